// What MOT and MOTS share: seqinfo.ini, labels.txt, and where sequences lie.
import type { Label } from "@masklet/annotation";
import { clipped } from "@masklet/annotation/reading";
import type { Size } from "@masklet/vision";
import { checkedFrameCount, checkedSize } from "../builder.ts";
import { FormatError } from "../error.ts";
import { type InputFiles, type OutputFiles, readText, writeFile } from "../files.ts";
import type { Head } from "../source.ts";

export interface SequenceInfo {
  readonly name: string | null;
  readonly size: Size;
  readonly frameCount: number;
  readonly rate: number | null;
}

/** Reads `seqinfo.ini` (MOTChallenge development kit). */
export async function readSequenceInfo(files: InputFiles, file: string): Promise<SequenceInfo> {
  const lines = (await readText(files, file))
    .split(/\r?\n/)
    .map((line) => /^\s*(\w+)\s*=(.*)$/.exec(line));
  const values = new Map(
    lines
      .filter((match) => match !== null)
      .map((match) => [match[1]!.toLowerCase(), match[2]!.trim()]),
  );
  const number = (key: string): number => {
    const value = Number(values.get(key.toLowerCase()) ?? Number.NaN);
    if (!Number.isFinite(value) || value < 0)
      throw new FormatError(
        "malformed",
        { file, place: key },
        `it is ${clipped(values.get(key.toLowerCase()) ?? "missing")}, not a number`,
      );
    return value;
  };
  const frameCount = checkedFrameCount(number("seqLength"), { file, place: "seqLength" });
  return {
    name: values.get("name") ?? null,
    size: checkedSize(number("imWidth"), number("imHeight"), { file }),
    frameCount,
    rate: values.has("framerate") ? number("frameRate") : null,
  };
}

export async function writeSequenceInfo(
  files: OutputFiles,
  file: string,
  { video }: Head,
): Promise<void> {
  const { name, size, frameCount, rate } = video;
  const lines = [
    "[Sequence]",
    `name=${name}`,
    "imDir=img1",
    ...(rate === null ? [] : [`frameRate=${rate}`]),
    `seqLength=${frameCount}`,
    `imWidth=${size.width}`,
    `imHeight=${size.height}`,
    "imExt=.jpg",
  ];
  await writeFile(files, file, `${lines.join("\n")}\n`);
}

/** The names of the classes 1, 2, 3 …, a line each, as Datumaro and CVAT write them beside `gt.txt`. */
export async function readClassNames(files: InputFiles, file: string): Promise<string[]> {
  const lines = (await readText(files, file)).split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

export async function writeClassNames(
  files: OutputFiles,
  file: string,
  { labels }: Head,
): Promise<void> {
  const names = [...labels.values()].map(({ name }) => oneLine(name));
  await writeFile(files, file, names.map((name) => `${name}\n`).join(""));
}

/** A name without line ends, which a list of lines cannot hold. */
export function oneLine(name: string): string {
  return name.replace(/[\r\n]+/g, " ");
}

/** A label for class number `id` where no file names it: MOTS has cars and pedestrians. */
export function classLabel(
  id: number,
  names: readonly string[],
  usual: Readonly<Record<number, string>>,
): Pick<Label, "name"> {
  return { name: names[id - 1] ?? usual[id] ?? `class ${id}` };
}
