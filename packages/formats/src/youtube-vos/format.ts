// YouTube-VOS: palette PNG files of the labelled frames and meta.json with the category of each object.
import { absent, type Document } from "@masklet/annotation";
import { Value } from "@masklet/annotation/reading";
import { type FrameIndex, type Mask, writeIndexedPng } from "@masklet/vision";
import { Builder, checkedFrame, checkedSize } from "../builder.ts";
import { FormatError, inFile } from "../error.ts";
import { type InputFiles, type OutputFiles, readText, writeFile } from "../files.ts";
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
import type { Source } from "../source.ts";

const META = "meta.json";
const IMPORTED = { by: "imported", format: "youtube-vos", source: null } as const;

export const youtubeVos: Format = {
  name: "youtube-vos",
  holds: {
    ...HOLDS_LITTLE,
    onlyFrames: true,
    overlaps: false,
    presence: "listed",
    emptyTracks: true,
    tracks: { from: 1, to: 255 },
    label: "required",
    labelNumbers: "by-name",
    videoFacts: ["annotated"],
    videoName: "file-name",
  },
  read,
  write,
};

/** Categories by video and object. */
type Meta = ReadonlyMap<string, ReadonlyMap<number, string>>;

async function* read(files: InputFiles): AsyncIterable<Document> {
  const names = await files.list();
  const sequences = findSequences(names, ["Annotations"]);
  if (sequences.length === 0) {
    throw new FormatError(
      "missing",
      { file: files.name },
      "there are no masks such as Annotations/0a2f2bd294/00000.png",
    );
  }
  const metaFile = names.find((name) => name.split("/").at(-1) === META);
  const meta =
    metaFile === undefined ? new Map() : readMeta(metaFile, await readText(files, metaFile));
  for (const sequence of sequences) yield await readVideo(files, sequence, meta);
}

function readMeta(file: string, text: string): Meta {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    throw new FormatError("malformed", { file }, "it is not JSON; was it cut short?");
  }
  return inFile(file, () => {
    const videos = new Value(raw).at("videos").entries();
    return new Map(
      videos.map(([video, value]) => {
        const objects = value.at("objects").entries();
        return [
          video,
          new Map(objects.map(([id, one]) => [numberOf(id, one), one.at("category").text()])),
        ];
      }),
    );
  });
}

function numberOf(id: string, value: Value): number {
  const number = Number(id);
  return Number.isInteger(number) && number >= 1 && number <= 255
    ? number
    : value.fail("an object's number is 1 to 255");
}

async function readVideo(files: InputFiles, sequence: Sequence, meta: Meta): Promise<Document> {
  checkFrames(sequence);
  const [first] = sequence.pictures;
  const found: { frame: FrameIndex; file: string; masks: ReadonlyMap<number, Mask> }[] = [];
  let builder: Builder | null = null;
  for (const { frame, file } of sequence.pictures) {
    const { picture, masks } = await readLabelMap(files, file);
    builder ??= new Builder(checkedSize(picture.size.width, picture.size.height, { file }));
    found.push({ frame: checkedFrame(frame, { file }), file, masks });
  }
  const described = meta.get(sequence.name) ?? new Map<number, string>();
  const objects = [
    ...new Set([...described.keys(), ...found.flatMap(({ masks }) => [...masks.keys()])]),
  ].sort((a, b) => a - b);
  const categories = [...new Set(described.values())].sort((a, b) => (a < b ? -1 : 1));
  categories.forEach((name, i) => {
    builder!.label(i + 1, { name }, { file: META });
  });
  for (const id of objects) {
    const category = described.get(id);
    const label = category === undefined ? null : ((categories.indexOf(category) + 1) as never);
    builder!.track(id, { label }, { file: first!.file });
    for (const { frame, file, masks } of found) {
      const mask = masks.get(id);
      builder!.state(id, frame, mask ? importedMask(mask, "youtube-vos") : absent(IMPORTED), {
        file,
      });
    }
  }
  return builder!.finish(
    { name: sequence.name, annotated: found.map(({ frame }) => frame) },
    { file: first!.file },
  );
}

async function write(
  sources: readonly Source[],
  files: OutputFiles,
  options: WriteOptions,
): Promise<void> {
  // Without a prototype: a video may be called "__proto__".
  const videos: Record<string, unknown> = Object.create(null);
  for (const { head, byFrame } of sources) {
    const { name, size, frameCount } = head.video;
    const frames = new Map([...head.tracks.keys()].map((id) => [id, [] as string[]]));
    for await (const frame of byFrame("derived")) {
      await writeFile(
        files,
        `Annotations/${name}/${stem(frame.frame)}.png`,
        await writeIndexedPng(labelMap(frame, size)),
      );
      for (const [id, state] of frame.states)
        if (state.presence === "visible") frames.get(id)!.push(stem(frame.frame));
      checkpoint(options, frame.frame + 1, frameCount);
    }
    const objects = [...frames].map(([id, seen]) => {
      const label = head.labels.get(head.tracks.get(id)!.info.label!)!;
      return [id, { category: label.name, frames: seen }];
    });
    videos[name] = { objects: Object.fromEntries(objects) };
  }
  await writeFile(files, META, `${JSON.stringify({ videos }, null, 1)}\n`);
}
