// DIVE JSON 2: tracks of features with box, polygons (parts and holes) and key frame flags. One file a video.
import {
  type AttributeValue,
  type AttributeValues,
  type Document,
  type PolygonPart,
  type Ring,
  type Shape,
  type State,
  visible,
} from "@masklet/annotation";
import type { Value } from "@masklet/annotation/reading";
import type { FrameIndex } from "@masklet/vision";
import { Builder, checkedSize, readFrame, readFrameCount } from "../builder.ts";
import { FormatError, inFile } from "../error.ts";
import type { InputFiles, OutputFiles } from "../files.ts";
import { type Format, HOLDS_LITTLE, type ReadOptions, type WriteOptions } from "../format.ts";
import { readJsonParts } from "../json-parts.ts";
import { JsonWriter } from "../json-writer.ts";
import { fileName, uniqueNames } from "../names.ts";
import { checkpoint } from "../progress.ts";
import type { LossReport } from "../report.ts";
import { boxAround, roundShape } from "../shapes.ts";
import { type Source, type WholeTrack, wholeTrack } from "../source.ts";

const IMPORTED = { by: "imported", format: "dive", source: null } as const;
const VERSION = 2;
/** Digits after the point; boxes are written as corners, and the way back must not leave a trace. */
const DIGITS = 4;

export const dive: Format = {
  name: "dive",
  holds: {
    ...HOLDS_LITTLE,
    shapes: { kinds: ["polygon", "box"], holes: true, parts: true, digits: DIGITS },
    // DIVE moves boxes between key frames, never polygons.
    keepsSpan: (start, end) =>
      start.presence === "visible" &&
      end?.presence === "visible" &&
      start.after === "linear" &&
      start.shape.kind === "box" &&
      end.shape.kind === "box",
    keyFrames: "flag",
    stateAttributes: "typed",
    trackAttributes: "typed",
    label: "optional",
    labelNumbers: "by-name",
    videoFacts: ["frameCount", "rate"],
  },
  read,
  write,
};

async function* read(
  files: InputFiles,
  report: LossReport,
  options: ReadOptions,
): AsyncIterable<Document> {
  const names = (await files.list()).filter(
    (name) => /\.json$/i.test(name) && !/(?:^|\/)meta\.json$/.test(name),
  );
  if (names.length === 0)
    throw new FormatError("missing", { file: files.name }, "there is no .json file");
  for (const file of names) yield await readVideo(files, file, report, options);
}

async function readVideo(
  files: InputFiles,
  file: string,
  report: LossReport,
  options: ReadOptions,
): Promise<Document> {
  const facts = new Map<string, Value>();
  const tracks: Value[] = [];
  for await (const { key, member, value } of readJsonParts(files, file, ["tracks"])) {
    if (member === null) facts.set(key, value);
    else if (key === "tracks") tracks.push(value);
    else
      throw new FormatError(
        "malformed",
        { file },
        "a DIVE file is an object with version and tracks, not a list",
      );
  }
  return inFile(file, () => {
    const version = facts.get("version")?.whole() ?? 0;
    if (version !== VERSION)
      throw new FormatError(
        "unsupported",
        { file, place: "version" },
        `version ${version} is not known; export it again as version ${VERSION}`,
      );
    return documentOf(facts, tracks, { file, report, options });
  });
}

interface Context {
  readonly file: string;
  readonly report: LossReport;
  readonly options: ReadOptions;
}

function documentOf(
  facts: ReadonlyMap<string, Value>,
  tracks: readonly Value[],
  { file, report, options }: Context,
): Document {
  const said = facts.get("masklet")?.maybe((one) => one) ?? null;
  const size = said
    ? { width: said.at("width").whole(1), height: said.at("height").whole(1) }
    : options.video?.size;
  if (!size)
    throw new FormatError(
      "missing",
      { file },
      "it does not say the size of its video; give the video with --video",
    );
  const builder = new Builder(checkedSize(size.width, size.height, { file }));
  const labelled = tracks.map((track) => [track, labelOf(track)] as const);
  const names = [...new Set(labelled.map(([, name]) => name))]
    .filter((name) => name !== null)
    .sort((a, b) => (a < b ? -1 : 1));
  names.forEach((name, i) => {
    builder.label(i + 1, { name }, { file });
  });
  const name = said?.at("name").text() ?? file.replace(/^.*\//, "").replace(/\.json$/i, "");
  for (const [track, label] of labelled) {
    const where = { file, place: track.place };
    const id = track.at("id").missing ? track.at("trackId") : track.at("id");
    const info = {
      label: label === null ? null : ((names.indexOf(label) + 1) as never),
      attributes: attributesOf(track.at("attributes")),
    };
    const number = builder.track(id.whole(), info, where);
    for (const feature of track.at("features").items()) {
      if (feature.raw === null) continue;
      const frame = readFrame(feature.at("frame"));
      const shape = shapeOf(feature);
      if (shape === null)
        report.add("not-understood", {
          video: name,
          place: `${feature.place}: no box and no polygon`,
        });
      else builder.state(number, frame, stateOf(feature, shape), { file, place: feature.place });
    }
    builder.replaceStates(number, withSpans(builder.statesOf(number)));
  }
  const frameCount =
    (said ? readFrameCount(said.at("frame_count")) : options.video?.frameCount) ??
    builder.lastFrame + 1;
  const rate = said?.at("rate").maybe((one) => one.number()) ?? options.video?.rate ?? null;
  return builder.finish({ name, frameCount, rate }, { file });
}

/** The likeliest type; the score of the whole track has no place. */
function labelOf(track: Value): string | null {
  const pairs = track.at("confidencePairs").maybe((list) => list.items()) ?? [];
  const scored = pairs.map((pair) => {
    const [name, score] = pair.items(2);
    return { name: name!.text(), score: score?.number() ?? 0 };
  });
  return scored.sort((a, b) => b.score - a.score)[0]?.name ?? null;
}

function attributesOf(value: Value): AttributeValues {
  if (value.missing) return {};
  const one = (raw: unknown): AttributeValue =>
    typeof raw === "string" || typeof raw === "number" || typeof raw === "boolean"
      ? raw
      : JSON.stringify(raw);
  return Object.fromEntries(value.entries().map(([name, { raw }]) => [name, one(raw)]));
}

function stateOf(feature: Value, shape: Shape): State {
  const key = feature.at("keyframe").maybe((one) => one.flag()) ?? true;
  const moves = feature.at("interpolate").maybe((one) => one.flag()) ?? false;
  return visible(shape, IMPORTED, {
    key,
    after: moves ? "linear" : "nothing",
    attributes: attributesOf(feature.at("attributes")),
  });
}

/** What moves does so only towards a next box that is not the next frame's. */
function withSpans(states: ReadonlyMap<FrameIndex, State>): ReadonlyMap<FrameIndex, State> {
  const ordered = [...states].sort(([a], [b]) => a - b);
  return new Map(
    ordered.map(([frame, state], i) => {
      const next = ordered[i + 1];
      const moves =
        next !== undefined && next[0] - frame > 1 && dive.holds.keepsSpan?.(state, next[1]);
      return [frame, moves ? state : { ...state, after: "nothing" }];
    }),
  );
}

function shapeOf(feature: Value): Shape | null {
  const features =
    feature.at("geometry").maybe((geometry) => geometry.at("features").items()) ?? [];
  const polygons = features
    .map((one) => one.at("geometry"))
    .filter((geometry) => geometry.at("type").raw === "Polygon");
  const parts = polygons.map((polygon): PolygonPart => {
    const [outer, ...holes] = polygon.at("coordinates").items().map(ringOf);
    return outer ? { outer, holes } : polygon.fail("a polygon begins with its outer ring");
  });
  if (parts.length > 0) return { kind: "polygon", parts };
  return feature.at("bounds").maybe((bounds): Shape => {
    const [x0, y0, x1, y1] = bounds.items(4).map((one) => one.number());
    if (x0 === undefined || y0 === undefined || !(x1! >= x0) || !(y1! >= y0))
      return bounds.fail("bounds are [x0, y0, x1, y1], the smaller ones first");
    return roundShape({ kind: "box", x: x0, y: y0, width: x1! - x0, height: y1! - y0 }, DIGITS);
  });
}

/** GeoJSON rings repeat their first point at the end; masklet's do not. */
function ringOf(value: Value): Ring {
  const points = value.items().map((point) => {
    const [x, y] = point.items(3).map((one) => one.number());
    return x === undefined || y === undefined ? point.fail("a point is [x, y]") : { x, y };
  });
  const [first, last] = [points[0], points.at(-1)];
  if (points.length > 3 && first!.x === last!.x && first!.y === last!.y) points.pop();
  return points.length < 3 ? value.fail("a ring has at least three points") : points;
}

async function write(
  sources: readonly Source[],
  files: OutputFiles,
  options: WriteOptions,
): Promise<void> {
  const names = uniqueNames(sources.map(({ head }) => fileName(head.video.name)));
  for (const [i, source] of sources.entries()) {
    const { video, tracks } = source.head;
    const out = new JsonWriter(await files.open(`${names[i]}.json`));
    const masklet = {
      name: video.name,
      width: video.size.width,
      height: video.size.height,
      frame_count: video.frameCount,
      rate: video.rate,
    };
    await out.text(
      `{"version":${VERSION},"masklet":${JSON.stringify(masklet)},"groups":{},"tracks":{`,
    );
    let [done, first] = [0, true];
    for await (const streamed of source.byTrack("left-out")) {
      const one = await wholeTrack(streamed);
      if (one.states.size > 0) {
        await out.text(
          `${first ? "" : ","}\n${JSON.stringify(String(one.track))}:${JSON.stringify(trackOf(one, source))}`,
        );
        first = false;
      }
      checkpoint(options, ++done, tracks.size);
    }
    await out.text("}}\n");
    await out.end();
  }
}

function trackOf({ track, states }: WholeTrack, { head }: Source): unknown {
  const { info } = head.tracks.get(track)!;
  const frames = [...states.keys()];
  const features = [...states].flatMap(([frame, state]) =>
    state.presence === "visible" ? [feature(frame, state)] : [],
  );
  const pairs = info.label === null ? [] : [[head.labels.get(info.label)!.name, 1]];
  return {
    id: track,
    begin: frames[0],
    end: frames.at(-1),
    confidencePairs: pairs,
    attributes: info.attributes,
    meta: {},
    features,
  };
}

function feature(frame: number, state: Extract<State, { presence: "visible" }>): unknown {
  const { shape, attributes } = state;
  const { x, y, width, height } = boxAround(shape);
  const facts = {
    frame,
    keyframe: state.key,
    interpolate: state.after === "linear",
    bounds: [x, y, x + width, y + height],
    ...(Object.keys(attributes).length > 0 && { attributes }),
  };
  if (shape.kind !== "polygon") return facts;
  const closed = (ring: Ring): number[][] => [...ring, ring[0]!].map((point) => [point.x, point.y]);
  const features = shape.parts.map(({ outer, holes }, i) => ({
    type: "Feature",
    properties: { key: i === 0 ? "" : String(i) },
    geometry: { type: "Polygon", coordinates: [outer, ...holes].map(closed) },
  }));
  return { ...facts, geometry: { type: "FeatureCollection", features } };
}
