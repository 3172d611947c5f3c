// Label Studio video: boxes (also turned) in percent of the frame, key frames from 1, linear between them, `enabled` for lifespans.
import {
  absent,
  type BoxShape,
  type Document,
  LIMITS,
  type RotatedBoxShape,
  type State,
  visible,
} from "@masklet/annotation";
import type { Value } from "@masklet/annotation/reading";
import type { FrameIndex, Size } from "@masklet/vision";
import { Builder, checkedSize, readFrameCount } from "../builder.ts";
import { FormatError, inFile } from "../error.ts";
import type { InputFiles, OutputFiles } from "../files.ts";
import { canonicalSpans } from "../fit-timeline.ts";
import { type Format, HOLDS_LITTLE, type ReadOptions, type WriteOptions } from "../format.ts";
import { readJsonParts } from "../json-parts.ts";
import { JsonWriter } from "../json-writer.ts";
import { checkpoint } from "../progress.ts";
import type { LossReport } from "../report.ts";
import { roundShape } from "../shapes.ts";
import { type Source, type WholeTrack, wholeTrack } from "../source.ts";

const FILE = "tasks.json";
const IMPORTED = { by: "imported", format: "label-studio", source: null } as const;
/** Digits of pixels after the point: percent has them all, the way back must not leave a trace. */
const DIGITS = 4;
/** Frames a second that times are written with where the video's are not known; frames are what counts. */
const RATE = 30;

/** Label Studio always moves between two enabled key frames, and the last one lasts. A turned box moves by its corner. */
function keepsSpan(start: State, end: State | null): boolean {
  if (start.presence === "absent" || end === null || end.presence === "absent") return true;
  if (start.after !== "linear" || start.shape.kind !== end.shape.kind) return false;
  return (
    start.shape.kind !== "rotated-box" ||
    start.shape.degrees === (end.shape as RotatedBoxShape).degrees
  );
}

export const labelStudio: Format = {
  name: "label-studio",
  holds: {
    ...HOLDS_LITTLE,
    shapes: { kinds: ["box", "rotated-box"], holes: false, parts: false, digits: DIGITS },
    presence: "timeline",
    keyFrames: "all",
    keepsSpan,
    label: "optional",
    labelNumbers: "by-name",
    videoFacts: ["frameCount"],
  },
  read,
  write,
};

async function* read(
  files: InputFiles,
  report: LossReport,
  options: ReadOptions,
): AsyncIterable<Document> {
  const names = (await files.list()).filter((name) => /\.json$/i.test(name));
  if (names.length === 0)
    throw new FormatError("missing", { file: files.name }, "there is no .json file");
  for (const file of names) {
    for await (const { key, member, value } of readJsonParts(files, file)) {
      if (key !== "" || member === null)
        throw new FormatError(
          "malformed",
          { file },
          "a Label Studio export is a list of tasks, not an object",
        );
      yield inFile(file, () => taskOf(value, { file, report, options }));
    }
  }
}

interface Context {
  readonly file: string;
  readonly report: LossReport;
  readonly options: ReadOptions;
}

function taskOf(task: Value, { file, report, options }: Context): Document {
  const meta = task.at("meta").maybe((one) => one.at("masklet").maybe((said) => said));
  const size = meta
    ? { width: meta.at("width").whole(1), height: meta.at("height").whole(1) }
    : options.video?.size;
  if (!size)
    throw new FormatError(
      "missing",
      { file, place: task.place },
      "it does not say the size of its video; give the video with --video",
    );
  const video =
    task
      .at("data")
      .entries()
      .find(([, { raw }]) => typeof raw === "string")?.[1]
      .text() ?? "video";
  const name =
    meta?.at("name").maybe((one) => one.text()) ??
    (video.replace(/^.*\//, "").replace(/\.\w+$/, "") || "video");
  const builder = new Builder(checkedSize(size.width, size.height, { file }));
  const results = task
    .at("annotations")
    .items()
    .flatMap((annotation) => annotation.at("result").items());
  const rectangles = results.filter((result) => result.at("type").raw === "videorectangle");
  report.add(
    "not-understood",
    { video: name, place: "regions of other types" },
    results.length - rectangles.length,
  );
  const labels = labelNumbers(rectangles);
  for (const [label, id] of labels) builder.label(id, { name: label }, { file });
  const counts = rectangles.map(
    (result) => result.at("value").at("framesCount").maybe(readFrameCount) ?? 0,
  );
  const frameCount = Math.max(
    meta ? readFrameCount(meta.at("frame_count")) : 0,
    options.video?.frameCount ?? 0,
    ...counts,
    ...rectangles.map(lastFrame),
  );
  const ids = trackNumbers(rectangles);
  rectangles.forEach((result, i) => {
    const value = result.at("value");
    const label = value.at("labels").maybe((list) => list.items()[0]?.text()) ?? null;
    const where = { file, place: result.place };
    const id = builder.track(
      ids[i]!,
      { label: label === null ? null : (labels.get(label)! as never) },
      where,
    );
    for (const { frame, state } of sequenceOf(value.at("sequence"), size))
      builder.state(id, frame, state, where);
    builder.replaceStates(
      id,
      canonicalSpans(sortedByFrame(builder.statesOf(id)), { holds: labelStudio.holds, frameCount }),
    );
  });
  return builder.finish({ name, frameCount }, { file, place: task.place });
}

function sortedByFrame(states: ReadonlyMap<FrameIndex, State>): ReadonlyMap<FrameIndex, State> {
  return new Map([...states].sort(([a], [b]) => a - b));
}

function lastFrame(result: Value): number {
  return Math.max(
    0,
    ...result
      .at("value")
      .at("sequence")
      .items()
      .map((key) => key.at("frame").whole(1, LIMITS.frames)),
  );
}

function labelNumbers(results: readonly Value[]): ReadonlyMap<string, number> {
  const names = results.flatMap(
    (result) =>
      result
        .at("value")
        .at("labels")
        .maybe((list) =>
          list
            .items()
            .slice(0, 1)
            .map((one) => one.text()),
        ) ?? [],
  );
  return new Map(
    [...new Set(names)].sort((a, b) => (a < b ? -1 : 1)).map((name, i) => [name, i + 1]),
  );
}

/** Region ids that are numbers stay; the others count on. */
function trackNumbers(results: readonly Value[]): number[] {
  const numbers = results.map((result) =>
    /^\d{1,15}$/.test(String(result.at("id").raw)) ? Number(result.at("id").raw) : null,
  );
  let free = Math.max(0, ...numbers.map((number) => number ?? 0)) + 1;
  return numbers.map((number) => number ?? free++);
}

function sequenceOf(sequence: Value, size: Size): { frame: number; state: State }[] {
  return sequence.items().map((key) => {
    const frame = key.at("frame").whole(1, LIMITS.frames) - 1;
    if (key.at("enabled").raw === false) return { frame, state: absent(IMPORTED, { key: true }) };
    return { frame, state: visible(shapeOf(key, size), IMPORTED, { key: true }) };
  });
}

/** Percent of the frame; a box turns around its own upper left corner. */
function shapeOf(key: Value, size: Size): BoxShape | RotatedBoxShape {
  const pixels = (name: string, side: number): number => (key.at(name).number() * side) / 100;
  const [x, y] = [pixels("x", size.width), pixels("y", size.height)];
  const [width, height] = [pixels("width", size.width), pixels("height", size.height)];
  if (width < 0 || height < 0) key.fail("a box has no negative side");
  const degrees = key.at("rotation").maybe((one) => one.number()) ?? 0;
  const wrapped = ((degrees % 360) + 360) % 360;
  if (wrapped === 0) return roundShape({ kind: "box", x, y, width, height }, DIGITS) as BoxShape;
  const centre = turned({ x: width / 2, y: height / 2 }, wrapped);
  const shape = {
    kind: "rotated-box",
    centre: { x: x + centre.x, y: y + centre.y },
    width,
    height,
    degrees: wrapped > 180 ? wrapped - 360 : wrapped,
  } as const;
  return roundShape(shape, DIGITS) as RotatedBoxShape;
}

/** A vector turned clockwise on screen. */
function turned({ x, y }: { x: number; y: number }, degrees: number): { x: number; y: number } {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return { x: x * cos - y * sin, y: x * sin + y * cos };
}

async function write(
  sources: readonly Source[],
  files: OutputFiles,
  options: WriteOptions,
): Promise<void> {
  const out = new JsonWriter(await files.open(FILE));
  await out.open("");
  for (const [i, source] of sources.entries()) {
    const { video, tracks } = source.head;
    const results: unknown[] = [];
    let done = 0;
    for await (const streamed of source.byTrack("left-out")) {
      const one = await wholeTrack(streamed);
      if ([...one.states.values()].some(({ presence }) => presence === "visible"))
        results.push(region(one, source));
      checkpoint(options, ++done, tracks.size);
    }
    const { width, height } = video.size;
    const masklet = { name: video.name, width, height, frame_count: video.frameCount };
    await out.item({
      id: i + 1,
      data: { video: video.name },
      meta: { masklet },
      annotations: [{ id: i + 1, result: results }],
    });
  }
  await out.close("\n");
  await out.end();
}

function region({ track, states }: WholeTrack, { head }: Source): unknown {
  const { video, labels, tracks } = head;
  const rate = video.rate ?? RATE;
  const label = tracks.get(track)!.info.label;
  let last: BoxShape | RotatedBoxShape = { kind: "box", x: 0, y: 0, width: 0, height: 0 };
  const sequence = [...states].map(([frame, state]) => {
    // A disabled key frame repeats the last box, so that nothing moves towards it.
    if (state.presence === "visible") last = state.shape as BoxShape | RotatedBoxShape;
    return {
      frame: frame + 1,
      enabled: state.presence === "visible",
      ...percent(last, video.size),
      time: Math.round((frame / rate) * 100) / 100,
    };
  });
  return {
    id: String(track),
    type: "videorectangle",
    from_name: "box",
    to_name: "video",
    origin: "manual",
    value: {
      framesCount: video.frameCount,
      duration: video.frameCount / rate,
      sequence,
      labels: label === null ? [] : [labels.get(label)!.name],
    },
  };
}

function percent(shape: BoxShape | RotatedBoxShape, size: Size): object {
  const { width, height } = shape;
  const degrees = shape.kind === "box" ? 0 : shape.degrees;
  const half = turned({ x: width / 2, y: height / 2 }, degrees);
  const corner =
    shape.kind === "box" ? shape : { x: shape.centre.x - half.x, y: shape.centre.y - half.y };
  return {
    x: (corner.x / size.width) * 100,
    y: (corner.y / size.height) * 100,
    width: (width / size.width) * 100,
    height: (height / size.height) * 100,
    rotation: (degrees + 360) % 360,
  };
}
