// Datumaro JSON: one file a video in annotations/, items with masks, boxes and polygons; identity as the attribute track_id.
import {
  type AttributeValues,
  type Document,
  type Shape,
  type State,
  visible,
} from "@masklet/annotation";
import type { Value } from "@masklet/annotation/reading";
import { Builder, checkedSize, readFrame, readFrameCount } from "../builder.ts";
import { maskFromSegmentation, segmentationFromMask } from "../coco/segmentation.ts";
import { FormatError, inFile } from "../error.ts";
import type { InputFiles, OutputFiles } from "../files.ts";
import { type Format, HOLDS_LITTLE, type ReadOptions, type WriteOptions } from "../format.ts";
import { readJsonParts } from "../json-parts.ts";
import { JsonWriter } from "../json-writer.ts";
import { fileName, uniqueNames } from "../names.ts";
import { framesOfPictures } from "../pictures.ts";
import { checkpoint } from "../progress.ts";
import type { LossReport } from "../report.ts";
import { flatRing, ringFromFlat } from "../shapes.ts";
import { listedFrames, type Source } from "../source.ts";

const IMPORTED = { by: "imported", format: "datumaro", source: null } as const;
/** Attribute names with a meaning of their own. */
const RESERVED = new Set(["track_id", "occluded", "outside", "keyframe", "score", "rotation"]);

export const datumaro: Format = {
  name: "datumaro",
  holds: {
    ...HOLDS_LITTLE,
    shapes: { kinds: ["mask", "box", "polygon"], holes: false, parts: false, digits: null },
    occluded: true,
    score: true,
    stateAttributes: "typed",
    label: "optional",
    labelNumbers: "listed",
    labelFacts: ["parent"],
    trackFacts: ["order"],
    videoFacts: ["annotated", "pictures", "frameCount"],
  },
  read,
  write,
};

interface Item {
  readonly id: string;
  readonly frame: number | null;
  readonly picture: string | null;
  readonly size: { readonly width: number; readonly height: number } | null;
  readonly annotations: readonly Value[];
  readonly place: string;
}

async function* read(
  files: InputFiles,
  report: LossReport,
  options: ReadOptions,
): AsyncIterable<Document> {
  const names = (await files.list()).filter((name) => /\.json$/i.test(name));
  if (names.length === 0)
    throw new FormatError(
      "missing",
      { file: files.name },
      "there is no .json file such as annotations/default.json",
    );
  for (const file of names) yield await readVideo(files, file, { report, options });
}

interface Reading {
  readonly report: LossReport;
  readonly options: ReadOptions;
}

async function readVideo(
  files: InputFiles,
  file: string,
  { report, options }: Reading,
): Promise<Document> {
  const facts = new Map<string, Value>();
  const items: Item[] = [];
  for await (const { key, member, value } of readJsonParts(files, file, ["items"])) {
    if (member === null) facts.set(key, value);
    else if (key === "items") items.push(inFile(file, () => itemOf(value)));
    else
      throw new FormatError(
        "malformed",
        { file },
        "a Datumaro file is an object with categories and items, not a list",
      );
  }
  return inFile(file, () => documentOf(facts, items, { file, report, options }));
}

function itemOf(value: Value): Item {
  const image = value.at("image");
  const size = image.missing ? image : image.at("size");
  return {
    id: value.at("id").text(),
    frame: value.at("attr").missing ? null : value.at("attr").at("frame").maybe(readFrame),
    picture: image.missing ? null : image.at("path").maybe((one) => one.text()),
    size: size.maybe((one) => {
      const [height, width] = one.items(2).map((side) => side.whole(1));
      return height === undefined || width === undefined
        ? one.fail("a size is [height, width]")
        : { width, height };
    }),
    annotations: value.at("annotations").maybe((list) => list.items()) ?? [],
    place: value.place,
  };
}

interface Context extends Reading {
  readonly file: string;
}

function documentOf(
  facts: ReadonlyMap<string, Value>,
  items: readonly Item[],
  context: Context,
): Document {
  const { file, report, options } = context;
  const info = facts.get("info");
  const said = info && !info.missing ? info.at("masklet").maybe((one) => one) : null;
  const size = said
    ? { width: said.at("width").whole(1), height: said.at("height").whole(1) }
    : (items.find((item) => item.size)?.size ?? options.video?.size);
  if (!size)
    throw new FormatError(
      "missing",
      { file },
      "it does not say the size of its pictures; give the video with --video",
    );
  const builder = new Builder(checkedSize(size.width, size.height, { file }));
  const labels =
    facts
      .get("categories")
      ?.at("label")
      .maybe((one) => one.at("labels").items()) ?? [];
  labels.forEach((label, i) => {
    builder.label(
      i + 1,
      {
        name: label.at("name").text(),
        parent: label.at("parent").maybe((one) => one.text()) || null,
      },
      { file, place: label.place },
    );
  });
  const saidFrames = items.map(({ frame }) => frame);
  const frames = saidFrames.every((frame) => frame !== null)
    ? saidFrames
    : framesOfPictures(items.map(({ id }) => id));
  const name =
    said?.at("name").maybe((one) => one.text()) ??
    file.replace(/^.*\//, "").replace(/\.json$/i, "");
  const alone: { frame: number; label: number | null; state: State; place: string }[] = [];
  items.forEach((item, i) => {
    for (const value of item.annotations) {
      const found = annotationOf(value, builder, { file, report, name });
      if (found === null) continue;
      const { track, label, state, order } = found;
      const where = { file, place: value.place };
      if (track === null) {
        alone.push({ frame: frames[i]!, label, state, place: value.place });
        continue;
      }
      if (!builder.hasTrack(track)) builder.track(track, { label: label as never, order }, where);
      builder.state(track, frames[i]!, state, where);
    }
  });
  let free = Math.max(-1, ...builder.tracks.keys()) + 1;
  for (const { frame, label, state, place } of alone) {
    builder.track(free, { label: label as never }, { file, place });
    builder.state(free++, frame, state, { file, place });
  }
  const ordered = items
    .map((item, i) => ({ frame: frames[i]!, item }))
    .sort((a, b) => a.frame - b.frame);
  const annotated = ordered.map(({ frame }) => frame as never);
  const pictures = ordered.map(({ item }) => item.picture ?? item.id);
  const frameCount =
    said?.at("frame_count").maybe(readFrameCount) ?? (ordered.at(-1)?.frame ?? -1) + 1;
  return builder.finish({ name, frameCount, annotated, pictures }, { file });
}

interface Found {
  readonly track: number | null;
  readonly label: number | null;
  readonly order: number;
  readonly state: State;
}

function annotationOf(
  value: Value,
  builder: Builder,
  context: { file: string; report: LossReport; name: string },
): Found | null {
  const shape = shapeOf(value, builder);
  if (shape === null) {
    context.report.add("not-understood", {
      video: context.name,
      place: `${value.place}: ${String(value.at("type").raw)}`,
    });
    return null;
  }
  const said = value.at("attributes");
  const attributes = said.missing ? [] : said.entries();
  const attribute = (name: string): unknown => attributes.find(([key]) => key === name)?.[1].raw;
  if (attribute("outside") === true) return null;
  const track = attribute("track_id");
  const score = attribute("score");
  const others = attributes
    .filter(([name]) => !RESERVED.has(name))
    .map(([name, { raw }]) => [name, attributeOf(raw)]);
  return {
    track: typeof track === "number" && Number.isInteger(track) && track >= 0 ? track : null,
    label: value.at("label_id").maybe((one) => one.whole() + 1),
    order: value.at("z_order").maybe((one) => one.number()) ?? 0,
    state: visible(shape, IMPORTED, {
      occluded: attribute("occluded") === true,
      score: typeof score === "number" ? score : null,
      attributes: Object.fromEntries(others) as AttributeValues,
    }),
  };
}

function attributeOf(raw: unknown): string | number | boolean {
  return typeof raw === "string" || typeof raw === "number" || typeof raw === "boolean"
    ? raw
    : JSON.stringify(raw);
}

/** Null for kinds that masklet has not, and for masks without a pixel. */
function shapeOf(value: Value, builder: Builder): Shape | null {
  const type = value.at("type").text();
  if (type === "mask") {
    const mask = maskFromSegmentation(value.at("rle"));
    const { width, height } = builder.size;
    if (mask.size.width !== width || mask.size.height !== height)
      value
        .at("rle")
        .fail(
          `the mask is ${mask.size.width} × ${mask.size.height} in a video of ${width} × ${height}`,
        );
    return mask.counts.length === 1 ? null : { kind: "mask", mask };
  }
  if (type === "bbox") {
    const [x, y, width, height] = value
      .at("bbox")
      .items()
      .map((one) => one.number());
    if (x === undefined || y === undefined || !(width! >= 0) || !(height! >= 0))
      return value.at("bbox").fail("a box is [x, y, width, height], no side negative");
    return { kind: "box", x, y, width: width!, height: height! };
  }
  if (type === "polygon") {
    const points = value
      .at("points")
      .items()
      .map((one) => one.number());
    if (points.length < 6 || points.length % 2 === 1)
      value.at("points").fail("a polygon is [x, y, x, y, …] with at least three points");
    return { kind: "polygon", parts: [{ outer: ringFromFlat(points), holes: [] }] };
  }
  return null;
}

async function write(
  sources: readonly Source[],
  files: OutputFiles,
  options: WriteOptions,
): Promise<void> {
  const names = uniqueNames(sources.map(({ head }) => fileName(head.video.name)));
  for (const [i, { head, byFrame }] of sources.entries()) {
    const { video, labels, tracks } = head;
    const { size, frameCount } = video;
    const out = new JsonWriter(await files.open(`annotations/${names[i]}.json`));
    const info = {
      masklet: {
        name: video.name,
        width: size.width,
        height: size.height,
        frame_count: frameCount,
      },
    };
    const listed = [...labels.values()].map(({ name, parent }) => ({
      name,
      parent: parent ?? "",
      attributes: [],
    }));
    const categories = { label: { labels: listed, attributes: ["occluded"] } };
    await out.text(`{"info":${JSON.stringify(info)},"categories":${JSON.stringify(categories)},`);
    await out.open('"items":');
    const pictures = new Map(listedFrames(video).map((frame, at) => [frame, video.pictures![at]!]));
    const states = byFrame("derived")[Symbol.asyncIterator]();
    let here = await states.next();
    for (const [frame, path] of pictures) {
      const now =
        !here.done && here.value.frame === frame ? here.value.states : new Map<never, State>();
      const annotations = [...now].flatMap(([track, state]) =>
        state.presence === "visible" ? [annotation(track, state, tracks.get(track)!.info)] : [],
      );
      const image = { path, size: [size.height, size.width] };
      await out.item({
        id: path.replace(/\.[^./]+$/, ""),
        annotations: annotations.map((one, id) => ({ id, ...one })),
        attr: { frame },
        image,
      });
      if (!here.done && here.value.frame === frame) here = await states.next();
      checkpoint(options, frame + 1, frameCount);
    }
    await out.close("}\n");
    await out.end();
  }
}

function annotation(
  track: number,
  state: Extract<State, { presence: "visible" }>,
  info: { label: number | null; order: number },
): object {
  const attributes = {
    ...state.attributes,
    track_id: track,
    occluded: state.occluded,
    keyframe: true,
    outside: false,
    ...(state.score !== null && { score: state.score }),
  };
  const facts = {
    attributes,
    group: 0,
    label_id: info.label === null ? null : info.label - 1,
    z_order: info.order,
  };
  const { shape } = state;
  if (shape.kind === "mask")
    return { type: "mask", ...facts, rle: segmentationFromMask(shape.mask) };
  if (shape.kind === "box")
    return { type: "bbox", ...facts, bbox: [shape.x, shape.y, shape.width, shape.height] };
  return {
    type: "polygon",
    ...facts,
    points: shape.kind === "polygon" ? [...flatRing(shape.parts[0]!.outer)] : [],
  };
}
