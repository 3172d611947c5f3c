// YOLO segmentation: data.yaml with the names of the classes, and one text file a picture, a line an object: class x y x y …
import { type Document, type Ring, visible } from "@masklet/annotation";
import { clipped, Value } from "@masklet/annotation/reading";
import type { Size } from "@masklet/vision";
import { parse, stringify } from "yaml";
import { Builder, checkedSize, readFrameCount, type Where } from "../builder.ts";
import { FormatError, inFile } from "../error.ts";
import { type InputFiles, type OutputFiles, readLines, readText, writeFile } from "../files.ts";
import { type Format, HOLDS_LITTLE, type ReadOptions, type WriteOptions } from "../format.ts";
import { stem } from "../names.ts";
import { frameOfPicture } from "../pictures.ts";
import { checkpoint } from "../progress.ts";
import { roundTo } from "../shapes.ts";
import { listedFrames, type Source } from "../source.ts";

const DATA = "data.yaml";
/** Digits of a pixel that come back; shares are written with enough digits for the widest frame. */
const DIGITS = 4;
const SHARE_DIGITS = 10;
const IMPORTED = { by: "imported", format: "yolo-seg", source: null } as const;

export const yoloSeg: Format = {
  name: "yolo-seg",
  holds: {
    ...HOLDS_LITTLE,
    shapes: { kinds: ["polygon"], holes: false, parts: false, digits: DIGITS, bridged: true },
    tracks: null,
    label: "required",
    labelNumbers: "listed",
    labelScope: "dataset",
    videoFacts: ["annotated", "frameCount"],
    videoName: "file-name",
  },
  read,
  write,
};

interface Facts {
  readonly names: readonly string[];
  /** Sizes and lengths of videos, which only masklet's own files say. */
  readonly videos: ReadonlyMap<string, { readonly size: Size; readonly frameCount: number }>;
}

async function* read(
  files: InputFiles,
  _report: unknown,
  options: ReadOptions,
): AsyncIterable<Document> {
  const names = await files.list();
  const dataFile = names.find((name) => /(?:^|\/)(?:data|dataset)\.ya?ml$/i.test(name));
  if (dataFile === undefined)
    throw new FormatError(
      "missing",
      { file: files.name },
      "there is no data.yaml with the names of the classes",
    );
  const facts = readFacts(dataFile, await readText(files, dataFile));
  const folders = new Map<string, string[]>();
  for (const name of names.filter((one) => /(?:^|\/)labels\/.*\.txt$/i.test(one))) {
    const folder = name.split("/").slice(0, -1).join("/");
    folders.set(folder, [...(folders.get(folder) ?? []), name]);
  }
  for (const [folder, pictures] of folders) {
    const name = folder.split("/").at(-1) ?? "video";
    const known = facts.videos.get(name);
    const size = known?.size ?? options.video?.size;
    if (!size)
      throw new FormatError(
        "missing",
        { file: dataFile },
        `it does not say the size of the pictures of ${clipped(name)}; give the video with --video`,
      );
    yield await readVideo(files, {
      name,
      pictures,
      size,
      frameCount: known?.frameCount ?? null,
      labels: facts.names,
    });
  }
}

function readFacts(file: string, text: string): Facts {
  let raw: unknown;
  try {
    // Anchors can grow without end: none are followed.
    raw = parse(text, { maxAliasCount: 0, logLevel: "error" });
  } catch (error) {
    throw new FormatError(
      "malformed",
      { file },
      `it is not YAML (${clipped((error as Error).message.split("\n")[0]!.replace(/[:.]$/, ""))})`,
    );
  }
  return inFile(file, () => {
    const value = new Value(raw);
    const list = value.at("names");
    const names = Array.isArray(list.raw)
      ? list.items()
      : list
          .entries()
          .sort(([a], [b]) => Number(a) - Number(b))
          .map(([, one]) => one);
    const videos = value.at("masklet").maybe((said) => said.at("videos").items()) ?? [];
    return {
      names: names.map((one) => one.text()),
      videos: new Map(
        videos.map((video) => {
          const size = checkedSize(video.at("width").whole(1), video.at("height").whole(1), {
            file,
            place: video.place,
          });
          return [
            video.at("name").text(),
            { size, frameCount: readFrameCount(video.at("frames")) },
          ];
        }),
      ),
    };
  });
}

interface Video {
  readonly name: string;
  readonly pictures: readonly string[];
  readonly size: Size;
  readonly frameCount: number | null;
  readonly labels: readonly string[];
}

/** Without identity each line is an object of its own. */
async function readVideo(
  files: InputFiles,
  { name, pictures, size, frameCount, labels }: Video,
): Promise<Document> {
  const builder = new Builder(size);
  labels.forEach((label, i) => {
    builder.label(i + 1, { name: label }, { file: DATA });
  });
  const numbers = pictures.map(frameOfPicture);
  const distinct =
    numbers.every((number) => number !== null) && new Set(numbers).size === numbers.length;
  const ordered = pictures
    .map((file, i) => ({ file, frame: distinct ? numbers[i]! : i }))
    .sort((a, b) => a.frame - b.frame);
  let track = 1;
  for (const { file, frame } of ordered) {
    for await (const { line, text } of readLines(files, file)) {
      const where = { file, place: `line ${line}` };
      const { label, ring } = rowOf(text, size, where);
      if (label >= labels.length)
        throw new FormatError(
          "malformed",
          where,
          `class ${label} has no name in the list of ${labels.length}`,
        );
      builder.track(track, { label: (label + 1) as never }, where);
      builder.state(
        track++,
        frame,
        visible({ kind: "polygon", parts: [{ outer: ring, holes: [] }] }, IMPORTED),
        where,
      );
    }
  }
  const annotated = ordered.map(({ frame }) => frame as never);
  return builder.finish(
    { name, annotated, frameCount: frameCount ?? (annotated.at(-1) ?? -1) + 1 },
    { file: name },
  );
}

function rowOf(text: string, size: Size, where: Where): { label: number; ring: Ring } {
  const [label, ...shares] = text.trim().split(/\s+/).map(Number);
  if (
    !Number.isInteger(label) ||
    label! < 0 ||
    shares.length < 6 ||
    shares.length % 2 === 1 ||
    !shares.every(Number.isFinite)
  ) {
    throw new FormatError(
      "malformed",
      where,
      "a line is a class number and at least three points of x and y between 0 and 1",
    );
  }
  const ring = Array.from({ length: shares.length / 2 }, (_, i) => ({
    x: roundTo(shares[2 * i]! * size.width, DIGITS),
    y: roundTo(shares[2 * i + 1]! * size.height, DIGITS),
  }));
  return { label: label!, ring };
}

async function write(
  sources: readonly Source[],
  files: OutputFiles,
  options: WriteOptions,
): Promise<void> {
  const share = (value: number, side: number): number => roundTo(value / side, SHARE_DIGITS);
  for (const { head, byFrame } of sources) {
    const { name, size, frameCount } = head.video;
    const states = byFrame("derived")[Symbol.asyncIterator]();
    let here = await states.next();
    for (const frame of listedFrames(head.video)) {
      const now =
        !here.done && here.value.frame === frame ? here.value.states : new Map<never, never>();
      const lines = [...now].flatMap(([id, state]) => {
        if (state.presence === "absent" || state.shape.kind !== "polygon") return [];
        const points = state.shape.parts[0]!.outer.flatMap(({ x, y }) => [
          share(x, size.width),
          share(y, size.height),
        ]);
        return [`${[head.tracks.get(id)!.info.label! - 1, ...points].join(" ")}\n`];
      });
      await writeFile(files, `labels/train/${name}/${stem(frame)}.txt`, lines.join(""));
      if (!here.done && here.value.frame === frame) here = await states.next();
      checkpoint(options, frame + 1, frameCount);
    }
  }
  const labels = [...(sources[0]?.head.labels.values() ?? [])].map(({ name }, i) => [i, name]);
  const videos = sources.map(({ head: { video } }) => ({
    name: video.name,
    ...video.size,
    frames: video.frameCount,
  }));
  const data = {
    path: ".",
    train: "images/train",
    val: "images/train",
    names: Object.fromEntries(labels),
    masklet: { version: 1, videos },
  };
  await writeFile(files, DATA, stringify(data));
}
