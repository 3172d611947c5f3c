// What an export is asked to make: a dataset of a format or pictures for editors, and its name.

import { clipped } from "@masklet/annotation/reading";
import { FORMAT_NAMES, type FormatName } from "@masklet/formats";
import type { ExportOptions, Video } from "@masklet/protocol";
import { fileNameOf } from "../folders.ts";
import { Refusal } from "../problem.ts";

/** What an export makes: a dataset of a format, or pictures for editors. */
export type ExportKind = FormatName | "cut-outs" | "overlay";

/** What the making of an export gets. */
export interface ExportMaking {
  readonly order: ExportOptions;
  readonly path: string;
  readonly signal: AbortSignal;
  readonly progress: (done: number, all: number) => void;
}

/** The kind of a name. Throws a Refusal for a name that is none. */
export function exportKind(text: string): ExportKind {
  return text === "cut-outs" || text === "overlay" ? text : formatName(text);
}

/** Throws a Refusal where there is no such format. */
export function formatName(text: string): FormatName {
  const name = FORMAT_NAMES.find((known) => known === text);
  if (name === undefined)
    throw new Refusal("bad-request", `There is no format "${clipped(text)}".`);
  return name;
}

/** The name under which an export is downloaded. */
export function exportName(project: string, kind: ExportKind, videos: readonly Video[]): string {
  const [first, ...others] = videos;
  if (kind === "overlay" && first !== undefined && others.length === 0) {
    return `${stemOf(first.name)}-overlay.mp4`;
  }
  return `${fileNameOf(project)}-${kind}.zip`;
}

function stemOf(name: string): string {
  return fileNameOf(name.replace(/\.[^.]+$/, ""));
}
