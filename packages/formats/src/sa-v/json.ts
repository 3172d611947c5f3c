// SA-V training set: one JSON file a video, run lengths for each annotated frame and object; empty ones say "not visible".
import {
  type AttributeValues,
  absent,
  type Document,
  type State,
  type VideoInfo,
  visible,
} from "@masklet/annotation";
import type { Value } from "@masklet/annotation/reading";
import { emptyMask, type FrameIndex, isEmpty, type Mask, type Size } from "@masklet/vision";
import { Builder, checkedSize, readFrameCount } from "../builder.ts";
import { maskFromSegmentation, segmentationFromMask } from "../coco/segmentation.ts";
import { FormatError, inFile } from "../error.ts";
import type { InputFiles, OutputFiles } from "../files.ts";
import { type Format, HOLDS_LITTLE, type WriteOptions } from "../format.ts";
import { readJsonParts } from "../json-parts.ts";
import { JsonWriter } from "../json-writer.ts";
import { fileName } from "../names.ts";
import { checkpoint } from "../progress.ts";
import { maskFromShape } from "../shapes.ts";
import { listedFrames, type Source } from "../source.ts";
import { MaskletFollower } from "./statistics.ts";

/** Videos have 24 frames a second and every fourth one is annotated. */
const STEP = 4;
const RATE = 24;
const IMPORTED = { by: "imported", format: "sa-v", source: null } as const;

export const saV: Format = {
  name: "sa-v",
  holds: {
    ...HOLDS_LITTLE,
    presence: "listed",
    emptyTracks: true,
    score: true,
    trackAttributes: "typed",
    videoFacts: ["annotated", "frameCount", "attributes"],
    videoName: "file-name",
  },
  listed: grid,
  prepare: withEditedFrames,
  read,
  write,
};

/** Every fourth frame where that is enough, else every frame: the file has no frame numbers. */
function grid(video: VideoInfo): readonly FrameIndex[] {
  const { frameCount, annotated } = video;
  const fourth = annotated?.every((frame) => frame % STEP === 0) ?? false;
  const step = fourth ? STEP : 1;
  return Array.from({ length: Math.ceil(frameCount / step) }, (_, i) => (i * step) as FrameIndex);
}

async function* read(files: InputFiles): AsyncIterable<Document> {
  const names = (await files.list()).filter((name) => /\.json$/i.test(name));
  if (names.length === 0)
    throw new FormatError(
      "missing",
      { file: files.name },
      "there is no .json file such as sav_000001_manual.json",
    );
  for (const file of names) yield await readVideo(files, file);
}

/** The parts of the file that are not masks. */
type Facts = ReadonlyMap<string, Value>;

async function readVideo(files: InputFiles, file: string): Promise<Document> {
  const facts = new Map<string, Value>();
  const masks: (readonly Mask[])[] = [];
  const scores: (readonly (number | null)[])[] = [];
  for await (const { key, member, value } of readJsonParts(files, file, [
    "masklet",
    "masklet_stability_score",
  ])) {
    if (member === null) facts.set(key, value);
    else if (key === "masklet")
      masks.push(inFile(file, () => value.items().map(maskFromSegmentation), value.place));
    else if (key === "masklet_stability_score") {
      scores.push(
        inFile(file, () =>
          Array.isArray(value.raw)
            ? value.items().map((one) => one.maybe((score) => score.number()))
            : [],
        ),
      );
    } else
      throw new FormatError(
        "malformed",
        { file },
        "an SA-V file is an object with video_id, masklet and masklet_id, not a list",
      );
  }
  return inFile(file, () => documentOf(facts, { masks, scores, file }));
}

interface Found {
  readonly masks: readonly (readonly Mask[])[];
  readonly scores: readonly (readonly (number | null)[])[];
  readonly file: string;
}

function documentOf(facts: Facts, { masks, scores, file }: Found): Document {
  const fact = (key: string): Value => facts.get(key) ?? new FactMissing(file, key).value();
  const size = checkedSize(fact("video_width").number(), fact("video_height").number(), {
    file,
    place: "video_width",
  });
  const frameCount = readFrameCount(fact("video_frame_count"));
  const step = stepOf(frameCount, masks.length, file);
  const builder = new Builder(size);
  const ids = fact("masklet_id")
    .items()
    .map((one) => one.whole());
  const edited =
    facts
      .get("masklet_edited_frame_count")
      ?.maybe((list) => list.items().map((one) => one.whole())) ?? [];
  const more = facts.get("masklet_attributes")?.items().map(attributesOf) ?? [];
  ids.forEach((id, i) => {
    const count = edited[i] ?? 0;
    builder.track(
      id,
      { attributes: { ...(count > 0 && { edited_frame_count: count }), ...more[i] } },
      { file, place: `masklet_id[${i}]` },
    );
  });
  masks.forEach((frame, at) => {
    const where = { file, place: `masklet[${at}]` };
    if (frame.length !== ids.length)
      throw new FormatError(
        "malformed",
        where,
        `it has ${frame.length} masks for ${ids.length} objects`,
      );
    frame.forEach((mask, i) => {
      builder.state(ids[i]!, at * step, stateOf(mask, scores[at]?.[i] ?? null), {
        ...where,
        place: `${where.place}[${i}]`,
      });
    });
  });
  const annotated = masks.map((_, i) => (i * step) as FrameIndex);
  return builder.finish(
    { name: nameOf(facts, fact), frameCount, annotated, attributes: videoAttributes(facts) },
    { file },
  );
}

class FactMissing extends FormatError {
  constructor(file: string, key: string) {
    super("malformed", { file, place: key }, "it is missing");
  }

  value(): never {
    throw this;
  }
}

function stateOf(mask: Mask, score: number | null): State {
  return isEmpty(mask)
    ? absent(IMPORTED, { score })
    : visible({ kind: "mask", mask }, IMPORTED, { score });
}

/** Entries count every fourth frame, or every frame where there are as many as frames. */
function stepOf(frameCount: number, entries: number, file: string): number {
  if (entries === Math.ceil(frameCount / STEP)) return STEP;
  if (entries === frameCount) return 1;
  throw new FormatError(
    "malformed",
    { file, place: "masklet" },
    `it has ${entries} entries; ${frameCount} frames need ${Math.ceil(frameCount / STEP)} (every fourth) or ${frameCount}`,
  );
}

/** `video_id`; automatic masklets are a dataset of their own beside the manual ones. */
function nameOf(facts: Facts, fact: (key: string) => Value): string {
  const id = fact("video_id").text();
  return facts.get("masklet_type")?.items()[0]?.raw === "auto" ? `${id}_auto` : id;
}

function videoAttributes(facts: Facts): AttributeValues {
  const named = ["video_environment", "video_split"] as const;
  const said = named.flatMap((key) => {
    const raw = facts.get(key)?.raw;
    const value = Array.isArray(raw) ? raw[0] : raw;
    return typeof value === "string" && value !== "" ? [[key, value] as const] : [];
  });
  return {
    ...Object.fromEntries(said),
    ...(facts.get("video_attributes")?.maybe(attributesOf) ?? {}),
  };
}

function attributesOf(value: Value): AttributeValues {
  return Object.fromEntries(
    value
      .entries()
      .map(([key, { raw }]) => [
        key,
        typeof raw === "number" || typeof raw === "boolean" ? raw : String(raw),
      ]),
  );
}

async function write(
  sources: readonly Source[],
  files: OutputFiles,
  options: WriteOptions,
): Promise<void> {
  for (const source of sources) await writeVideo(source, files, options);
}

/** The attribute under which the number of frames that people touched travels. */
const EDITED = "edited_frame_count";

/** Counts the frames that a person touched, for objects that do not say it. */
async function withEditedFrames(source: Source): Promise<Source> {
  const tracks = new Map(source.head.tracks);
  for await (const { track, states } of source.byTrack("left-out")) {
    let touched = 0;
    for await (const [, { provenance, prompts }] of states)
      if (provenance.by === "person" || prompts !== null) touched++;
    const { info, review } = tracks.get(track)!;
    if (touched === 0 || EDITED in info.attributes) continue;
    tracks.set(track, {
      info: { ...info, attributes: { ...info.attributes, [EDITED]: touched } },
      review,
    });
  }
  return { ...source, head: { ...source.head, tracks } };
}

async function writeVideo(
  source: Source,
  files: OutputFiles,
  options: WriteOptions,
): Promise<void> {
  const { video, tracks } = source.head;
  const { size, frameCount } = video;
  const type = video.name.endsWith("_auto") ? "auto" : "manual";
  const id = video.name.replace(/_auto$/, "");
  const out = new JsonWriter(await files.open(`${fileName(id)}_${type}.json`));
  const {
    video_environment: environment = "",
    video_split: split = "",
    ...rest
  } = video.attributes;
  const head = {
    video_id: id,
    video_duration: frameCount / (video.rate ?? RATE),
    video_frame_count: frameCount,
    video_height: size.height,
    video_width: size.width,
    video_resolution: size.width * size.height,
    video_environment: environment,
    video_split: split,
    ...(Object.keys(rest).length > 0 && { video_attributes: rest }),
  };
  await out.text(JSON.stringify(head).slice(0, -1));
  await out.open(',"masklet":');
  const ids = [...tracks.keys()];
  const followers = ids.map(() => new MaskletFollower());
  const scores: (number | null)[][] = [];
  for await (const { frame, states } of source.byFrame("derived")) {
    const masks = ids.map((track) => maskOf(states.get(track), size));
    for (const [i, mask] of masks.entries()) followers[i]!.next(mask);
    scores.push(ids.map((track) => states.get(track)?.score ?? null));
    const empty = emptyMask(size);
    await out.item(masks.map((mask) => segmentationFromMask(mask ?? empty)));
    checkpoint(options, frame + 1, frameCount);
  }
  await out.close();
  const statistics = followers.map((follower) => follower.finish());
  const annotated = listedFrames(video).length;
  const attributes = ids.map((track) => tracks.get(track)!.info.attributes);
  const more = attributes.map(({ edited_frame_count: _, ...others }) => others);
  const tail = {
    masklet_id: ids,
    masklet_size_rel: statistics.map(({ meanArea }) => meanArea / (size.width * size.height)),
    masklet_size_abs: statistics.map(({ meanArea }) => meanArea),
    masklet_size_bucket: statistics.map(({ bucket }) => bucket),
    masklet_visibility_changes: statistics.map(({ visibilityChanges }) => visibilityChanges),
    masklet_first_appeared_frame: statistics.map(({ firstFrame }) =>
      type === "auto" ? 0 : firstFrame,
    ),
    masklet_frame_count: ids.map(() => annotated),
    masklet_edited_frame_count: attributes.map(({ edited_frame_count: count }) =>
      typeof count === "number" ? count : 0,
    ),
    masklet_type: ids.map(() => type),
    masklet_stability_score: scores.flat().some((score) => score !== null)
      ? scores
      : ids.map(() => null),
    masklet_num: ids.length,
    ...(more.some((one) => Object.keys(one).length > 0) && { masklet_attributes: more }),
  };
  await out.text(`,\n${JSON.stringify(tail).slice(1)}\n`);
  await out.end();
}

function maskOf(state: State | undefined, size: Size): Mask | null {
  return state?.presence === "visible" ? maskFromShape(state.shape, size) : null;
}
