// MOTChallenge: boxes in gt/gt.txt, one line a box; frames and pixels count from 1.
import { type Document, visible } from "@masklet/annotation";
import { Builder, type Where } from "../builder.ts";
import { FormatError } from "../error.ts";
import { type InputFiles, type OutputFiles, readLines } from "../files.ts";
import { type Format, HOLDS_LITTLE, type ReadOptions, type WriteOptions } from "../format.ts";
import { checkpoint } from "../progress.ts";
import type { LossReport } from "../report.ts";
import { roundTo } from "../shapes.ts";
import type { Source } from "../source.ts";
import {
  classLabel,
  readClassNames,
  readSequenceInfo,
  writeClassNames,
  writeSequenceInfo,
} from "./sequence.ts";

/** Digits after the point of coordinates; what one adds and takes away again must not leave a trace. */
const DIGITS = 4;
const USUAL = { 1: "pedestrian" };

export const mot: Format = {
  name: "mot",
  holds: {
    ...HOLDS_LITTLE,
    shapes: { kinds: ["box"], holes: false, parts: false, digits: DIGITS },
    tracks: { from: 1, to: Number.MAX_SAFE_INTEGER },
    occluded: true,
    label: "required",
    labelNumbers: "listed",
    videoFacts: ["frameCount", "rate"],
    videoName: "file-name",
  },
  read,
  write,
};

async function* read(
  files: InputFiles,
  report: LossReport,
  options: ReadOptions,
): AsyncIterable<Document> {
  const names = await files.list();
  const tables = names.filter((name) => /(?:^|\/)gt\.txt$/.test(name));
  if (tables.length === 0)
    throw new FormatError("missing", { file: files.name }, "there is no gt/gt.txt");
  for (const file of tables) yield await readSequence(files, file, names, { report, options });
}

interface Reading {
  readonly report: LossReport;
  readonly options: ReadOptions;
}

async function readSequence(
  files: InputFiles,
  file: string,
  names: readonly string[],
  { report, options }: Reading,
): Promise<Document> {
  const folder = file.split("/").slice(0, -1);
  const sequence = folder.at(-1) === "gt" ? folder.slice(0, -1) : folder;
  const infoFile = names.find((name) => name === [...sequence, "seqinfo.ini"].join("/"));
  const info = infoFile ? await readSequenceInfo(files, infoFile) : options.video;
  if (!info)
    throw new FormatError(
      "missing",
      { file },
      "there is no seqinfo.ini beside it; give the video with --video",
    );
  const labelsFile = names.find((name) => name === [...folder, "labels.txt"].join("/"));
  const classes = labelsFile ? await readClassNames(files, labelsFile) : [];
  const builder = new Builder(info.size);
  const known = new Set(classes.map((_, i) => i + 1));
  classes.forEach((name, i) => {
    builder.label(i + 1, { name }, { file: labelsFile! });
  });
  const video = sequence.at(-1) ?? info.name ?? "video";
  for await (const { line, text } of readLines(files, file)) {
    const where = { file, place: `line ${line}` };
    const row = rowOf(text, where);
    if (row.confidence === 0) {
      report.add("not-understood", { video, place: `line ${line}: not to be considered` });
      continue;
    }
    if (!known.has(row.label))
      builder.label(row.label, classLabel(row.label, classes, USUAL), where);
    known.add(row.label);
    if (!builder.hasTrack(row.track))
      builder.track(row.track, { label: row.label as never }, where);
    const { box, occluded } = row;
    builder.state(
      row.track,
      row.frame - (options.firstFrame ?? 1),
      visible(box, { by: "imported", format: "mot", source: null }, { occluded }),
      where,
    );
  }
  return builder.finish(
    { name: video, frameCount: info.frameCount, rate: info.rate ?? null },
    { file },
  );
}

/** frame, id, left, top, width, height, confidence, class, visibility; the last three may be missing. */
function rowOf(text: string, where: Where) {
  const numbers = text.split(",").map((cell) => (cell.trim() === "" ? Number.NaN : Number(cell)));
  if (numbers.length < 6 || numbers.slice(0, 6).some((number) => !Number.isFinite(number))) {
    throw new FormatError(
      "malformed",
      where,
      "a line is frame,id,left,top,width,height,confidence,class,visibility",
    );
  }
  const [frame, track, left, top, width, height, confidence = 1, label = 1, visibility = 1] =
    numbers as [number, number, number, number, number, number, ...number[]];
  if (width < 0 || height < 0)
    throw new FormatError("malformed", where, "a box has no negative side");
  const [x, y] = [roundTo(left - 1, DIGITS), roundTo(top - 1, DIGITS)];
  return {
    frame,
    track,
    confidence,
    // Results say −1 for class and visibility: not known.
    label: label >= 0 ? label : 1,
    occluded: visibility >= 0 && visibility < 0.5,
    box: {
      kind: "box",
      x,
      y,
      width: roundTo(width, DIGITS),
      height: roundTo(height, DIGITS),
    } as const,
  };
}

async function write(
  sources: readonly Source[],
  files: OutputFiles,
  options: WriteOptions,
): Promise<void> {
  const first = options.firstFrame ?? 1;
  for (const { head, byFrame } of sources) {
    const { name, frameCount } = head.video;
    await writeSequenceInfo(files, `${name}/seqinfo.ini`, head);
    await writeClassNames(files, `${name}/gt/labels.txt`, head);
    const file = await files.open(`${name}/gt/gt.txt`);
    for await (const { frame, states } of byFrame("derived")) {
      for (const [id, state] of states) {
        if (state.presence === "absent" || state.shape.kind !== "box") continue;
        const { x, y, width, height } = state.shape;
        const label = head.tracks.get(id)!.info.label;
        const place = [roundTo(x + 1, DIGITS), roundTo(y + 1, DIGITS), width, height];
        await file.write(
          `${[frame + first, id, ...place, 1, label, state.occluded ? 0 : 1].join(",")}\n`,
        );
      }
      checkpoint(options, frame + 1, frameCount);
    }
    await file.close();
  }
}
