// DAVIS 2016 and 2017: one indexed PNG a frame, index = object. Annotations/<resolution>/<sequence>/00000.png.
import { absent, type Document } from "@masklet/annotation";
import { type FrameIndex, type Mask, writeIndexedPng } from "@masklet/vision";
import { Builder, checkedFrame, checkedSize } from "../builder.ts";
import { FormatError } from "../error.ts";
import { type InputFiles, type OutputFiles, writeFile } from "../files.ts";
import { type Format, HOLDS_LITTLE, type WriteOptions } from "../format.ts";
import {
  checkFrames,
  findSequences,
  importedMask,
  labelMap,
  readLabelMap,
  type Sequence,
} from "../label-maps.ts";
import { stem } from "../names.ts";
import { checkpoint } from "../progress.ts";
import type { LossReport } from "../report.ts";
import type { Source } from "../source.ts";

/** "Do not count this pixel" in DAVIS 2017; the object itself in DAVIS 2016, whose files know only 0 and 255. */
const VOID = 255;

export const davis: Format = {
  name: "davis",
  holds: {
    ...HOLDS_LITTLE,
    onlyFrames: true,
    overlaps: false,
    presence: "listed",
    tracks: { from: 1, to: VOID - 1 },
    videoFacts: ["annotated"],
    videoName: "file-name",
  },
  read,
  write,
};

async function* read(files: InputFiles, report: LossReport): AsyncIterable<Document> {
  const names = await files.list();
  const found = findSequences(names, ["Annotations", "Annotations_unsupervised"]);
  if (found.length === 0) {
    throw new FormatError(
      "missing",
      { file: files.name },
      "there are no masks such as Annotations/480p/dog/00000.png",
    );
  }
  const frames = findSequences(names, ["JPEGImages"], "jpg");
  for (const sequence of oneResolution(found, report)) {
    const pictures = frames.find(({ name }) => name === sequence.name)?.pictures ?? [];
    yield await readSequence(files, sequence, pictures.at(-1)?.frame ?? -1, report);
  }
}

/** Where a sequence lies in several folders of resolutions, the first one by name counts. */
function oneResolution(sequences: readonly Sequence[], report: LossReport): Sequence[] {
  const first = new Map<string, Sequence>();
  for (const sequence of sequences) {
    if (!first.has(sequence.name)) first.set(sequence.name, sequence);
    else report.add("not-understood", { video: sequence.name, place: sequence.pictures[0]!.file });
  }
  return [...first.values()];
}

async function readSequence(
  files: InputFiles,
  sequence: Sequence,
  lastPicture: number,
  report: LossReport,
): Promise<Document> {
  checkFrames(sequence);
  const found: { frame: FrameIndex; file: string; masks: ReadonlyMap<number, Mask> }[] = [];
  let builder: Builder | null = null;
  for (const { frame, file } of sequence.pictures) {
    const { picture, masks } = await readLabelMap(files, file);
    const size = checkedSize(picture.size.width, picture.size.height, { file });
    builder ??= new Builder(size);
    if (size.width !== builder.size.width || size.height !== builder.size.height) {
      const [here, first] = [
        `${size.width} × ${size.height}`,
        `${builder.size.width} × ${builder.size.height}`,
      ];
      throw new FormatError(
        "malformed",
        { file },
        `it is ${here}, the pictures before it are ${first}`,
      );
    }
    found.push({ frame: checkedFrame(frame, { file }), file, masks });
  }
  const numbers = new Set(found.flatMap(({ masks }) => [...masks.keys()]));
  // DAVIS 2016 has one object and writes it as 255.
  const single = numbers.size === 1 && numbers.has(VOID);
  const objects = single
    ? [VOID]
    : [...numbers].filter((number) => number !== VOID).sort((a, b) => a - b);
  const [first] = sequence.pictures;
  for (const number of objects) builder!.track(single ? 1 : number, {}, { file: first!.file });
  for (const { frame, file, masks } of found) {
    if (!single && masks.has(VOID))
      report.add("not-understood", {
        video: sequence.name,
        place: `void pixels of frame ${frame}`,
      });
    for (const number of objects) {
      const mask = masks.get(number);
      const state = mask
        ? importedMask(mask, "davis")
        : absent({ by: "imported", format: "davis", source: null });
      builder!.state(single ? 1 : number, frame, state, { file });
    }
  }
  const annotated = found.map(({ frame }) => frame);
  const frameCount = Math.max(annotated.at(-1)!, lastPicture) + 1;
  return builder!.finish({ name: sequence.name, frameCount, annotated }, { file: first!.file });
}

async function write(
  sources: readonly Source[],
  files: OutputFiles,
  options: WriteOptions,
): Promise<void> {
  for (const source of sources) {
    const { name, size, frameCount } = source.head.video;
    // Tools look for 480p; pictures of another height lie where DAVIS keeps its originals.
    const resolution = size.height === 480 ? "480p" : "Full-Resolution";
    for await (const frame of source.byFrame("derived")) {
      const png = await writeIndexedPng(labelMap(frame, size));
      await writeFile(files, `Annotations/${resolution}/${name}/${stem(frame.frame)}.png`, png);
      checkpoint(options, frame.frame + 1, frameCount);
    }
  }
  const list = sources.map(({ head }) => `${head.video.name}\n`).join("");
  await writeFile(files, "ImageSets/2017/val.txt", list);
}
