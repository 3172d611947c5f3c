// Names that people give to projects and videos: what can be seen, on one line.

import { clipped } from "@masklet/annotation/reading";
import { NAME_CHARACTERS_MAX } from "@masklet/protocol";
import { Refusal } from "./problem.ts";

/** Characters that draw nothing by themselves, or break a line. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029]/u;
/** Drawn, though Unicode also lists a few fillers among letters that draw nothing. */
const VISIBLE = /(?!\p{Default_Ignorable_Code_Point}|\u2800)[\p{L}\p{N}\p{P}\p{S}]/u;

/** The name as it is. Throws a Refusal (`bad-request`) for one that is too long, on two lines, or cannot be seen. */
export function printableName(name: string, of: string): string {
  const characters = [...name].length;
  if (characters <= NAME_CHARACTERS_MAX && VISIBLE.test(name) && !UNPRINTABLE.test(name)) {
    return name;
  }
  throw new Refusal(
    "bad-request",
    `The name of ${of} has 1 to ${NAME_CHARACTERS_MAX} characters on one line that can be seen (got ${clipped(JSON.stringify(name))}).`,
  );
}

/** A printable name of a file, with no folder before it. Throws a Refusal (`bad-request`) for any other. */
export function uploadName(name: string): string {
  printableName(name, "an uploaded file");
  if (!/[/\\]/.test(name) && name !== "." && name !== "..") return name;
  throw new Refusal(
    "bad-request",
    `The name of an uploaded file has no folders in it (got ${clipped(JSON.stringify(name))}).`,
  );
}
