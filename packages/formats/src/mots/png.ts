// MOTS as pictures: instances/<sequence>/000000.png, 16-bit grey, class × 1000 + instance.
import { absent, type Document } from "@masklet/annotation";
import { type FrameIndex, type Mask, writeGreyPng } from "@masklet/vision";
import { Builder, checkedFrame, checkedSize } from "../builder.ts";
import { FormatError } from "../error.ts";
import { type InputFiles, type OutputFiles, writeFile } from "../files.ts";
import { type Format, HOLDS_LITTLE, type ReadOptions, type WriteOptions } from "../format.ts";
import {
  checkFrames,
  findSequences,
  importedMask,
  labelMap,
  readLabelMap,
  type Sequence,
  visibleMasks,
} from "../label-maps.ts";
import { readClassNames, writeClassNames } from "../mot/sequence.ts";
import { stem } from "../names.ts";
import { checkpoint } from "../progress.ts";
import type { LossReport } from "../report.ts";
import type { FrameStates, Source } from "../source.ts";
import { addObjects, checkClasses, classOf, IGNORE, INSTANCES } from "./values.ts";

const LABELS = "instances/labels.txt";
const DIGITS = 6;

export const mots: Format = {
  name: "mots",
  holds: {
    ...HOLDS_LITTLE,
    onlyFrames: true,
    overlaps: false,
    presence: "listed",
    tracks: { from: 0, to: INSTANCES - 1 },
    label: "required",
    labelNumbers: "listed",
    labelScope: "dataset",
    videoFacts: ["annotated"],
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
  const sequences = findSequences(names, ["instances"]);
  if (sequences.length === 0)
    throw new FormatError(
      "missing",
      { file: files.name },
      "there are no masks such as instances/0002/000000.png",
    );
  const labels = names.find((name) => name === LABELS || name === "labels.txt");
  const classes = labels ? await readClassNames(files, labels) : [];
  for (const sequence of sequences)
    yield await readSequence(files, sequence, { classes, report, first: options.firstFrame ?? 0 });
}

interface Reading {
  readonly classes: readonly string[];
  readonly report: LossReport;
  readonly first: number;
}

async function readSequence(
  files: InputFiles,
  sequence: Sequence,
  { classes, report, first }: Reading,
): Promise<Document> {
  checkFrames(sequence);
  const where = { file: sequence.pictures[0]!.file };
  const found: { frame: FrameIndex; file: string; masks: ReadonlyMap<number, Mask> }[] = [];
  let builder: Builder | null = null;
  for (const { frame, file } of sequence.pictures) {
    const { picture, masks } = await readLabelMap(files, file);
    builder ??= new Builder(checkedSize(picture.size.width, picture.size.height, { file }));
    if (masks.has(IGNORE))
      report.add("not-understood", {
        video: sequence.name,
        place: `ignored region of frame ${frame - first}`,
      });
    found.push({ frame: checkedFrame(frame - first, { file }), file, masks });
  }
  const values = [...new Set(found.flatMap(({ masks }) => [...masks.keys()]))]
    .filter((value) => value !== IGNORE)
    .sort((a, b) => a - b);
  const numbers = addObjects(builder!, values, classes, where);
  for (const { frame, file, masks } of found) {
    for (const [value, track] of numbers) {
      const mask = masks.get(value);
      const state = mask
        ? importedMask(mask, "mots")
        : absent({ by: "imported", format: "mots", source: null });
      builder!.state(track, frame, state, { file });
    }
  }
  return builder!.finish(
    { name: sequence.name, annotated: found.map(({ frame }) => frame) },
    where,
  );
}

async function write(
  sources: readonly Source[],
  files: OutputFiles,
  options: WriteOptions,
): Promise<void> {
  const first = options.firstFrame ?? 0;
  for (const source of sources) {
    const { name, frameCount } = source.head.video;
    checkClasses(source.head.labels.size, name);
    for await (const frame of source.byFrame("derived")) {
      const png = await writeGreyPng(valueMap(source, frame));
      await writeFile(files, `instances/${name}/${stem(frame.frame + first, DIGITS)}.png`, png);
      checkpoint(options, frame.frame + 1, frameCount);
    }
  }
  if (sources[0]) await writeClassNames(files, LABELS, sources[0].head);
}

/** A frame as 16-bit numbers, painted 255 objects at a time. */
function valueMap(
  { head }: Source,
  frame: FrameStates,
): { size: { width: number; height: number }; data: Uint16Array } {
  const { size } = head.video;
  const data = new Uint16Array(size.width * size.height);
  const ids = [...visibleMasks(frame, size)].map(([id]) => id);
  for (let from = 0; from < ids.length; from += 255) {
    const batch = ids.slice(from, from + 255);
    const states = new Map(batch.map((id, i) => [(i + 1) as typeof id, frame.states.get(id)!]));
    const painted = labelMap({ frame: frame.frame, states }, size).data;
    const values = batch.map((id) => classOf(head.tracks.get(id)!.info.label!) * INSTANCES + id);
    for (let i = 0; i < painted.length; i++)
      if (painted[i] !== 0) data[i] = values[painted[i]! - 1]!;
  }
  return { size, data };
}
