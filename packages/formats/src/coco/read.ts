// Reading COCO: images are grouped to videos, annotations to objects by `track_id`.
import {
  type AttributeValues,
  type Document,
  LIMITS,
  type Shape,
  visible,
} from "@masklet/annotation";
import type { Value } from "@masklet/annotation/reading";
import { Builder, checkedSize, readFrame, readFrameCount } from "../builder.ts";
import { FormatError, inFile } from "../error.ts";
import type { InputFiles } from "../files.ts";
import type { FormatName } from "../format.ts";
import { type JsonPart, readJsonParts } from "../json-parts.ts";
import type { LossReport } from "../report.ts";
import { boxFromBbox, shapeFromSegmentation } from "./segmentation.ts";

interface Image {
  readonly id: number;
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly video: number | null;
  readonly frame: number | null;
}

interface Annotation {
  readonly id: number;
  readonly image: number;
  readonly category: number;
  readonly track: number | null;
  readonly shape: Shape;
  readonly score: number | null;
  readonly occluded: boolean;
  readonly attributes: AttributeValues;
  readonly place: string;
}

interface Dataset {
  readonly images: Map<number, Image>;
  readonly videos: Map<number, { readonly name: string; readonly length: number | null }>;
  readonly categories: Map<number, { readonly name: string; readonly parent: string | null }>;
  readonly annotations: Annotation[];
}

/** Attribute names with a meaning of their own in files of CVAT and Datumaro. */
const RESERVED = new Set(["occluded", "track_id", "keyframe"]);

export async function* readCoco(
  files: InputFiles,
  report: LossReport,
  format: FormatName,
): AsyncIterable<Document> {
  const names = (await files.list()).filter((name) => /\.json$/i.test(name));
  if (names.length === 0)
    throw new FormatError("missing", { file: files.name }, "there is no .json file");
  for (const file of names) {
    const dataset = await gather(files, file, report);
    if (dataset === null) continue;
    yield* documents(dataset, { file, format, report });
  }
}

/** Null for a JSON file that has neither images nor annotations: it belongs to something else. */
async function gather(
  files: InputFiles,
  file: string,
  report: LossReport,
): Promise<Dataset | null> {
  const dataset: Dataset = {
    images: new Map(),
    videos: new Map(),
    categories: new Map(),
    annotations: [],
  };
  let known = false;
  for await (const part of readJsonParts(files, file, [
    "images",
    "videos",
    "categories",
    "annotations",
  ])) {
    if (part.member === null) {
      // An empty or wrong member of these names comes whole.
      if (["images", "videos", "categories", "annotations"].includes(part.key))
        inFile(file, () => part.value.items(0));
      continue;
    }
    if (part.key === "")
      throw new FormatError(
        "malformed",
        { file },
        "a COCO file is an object with images, annotations and categories, not a list (results without images are not a dataset)",
      );
    known = true;
    inFile(file, () => take(dataset, part, file, report), part.value.place);
  }
  return known || names(dataset) ? dataset : null;
}

function names({ images, categories }: Dataset): boolean {
  return images.size + categories.size > 0;
}

function take(dataset: Dataset, { key, value }: JsonPart, file: string, report: LossReport): void {
  const id = key === "annotations" ? 0 : value.at("id").whole();
  const once = <T>(map: Map<number, T>, one: T): void => {
    if (map.has(id)) value.at("id").fail(`${key.replace(/s$/, "")} ${id} is there twice`);
    map.set(id, one);
  };
  const text = (one: Value): string => one.text();
  if (key === "images") once(dataset.images, imageOf(value, id));
  else if (key === "videos") {
    once(dataset.videos, {
      name: value.at("name").maybe(text) ?? `video ${id}`,
      length: value.at("length").maybe(readFrameCount),
    });
  } else if (key === "categories") {
    once(dataset.categories, {
      name: value.at("name").text(),
      parent: value.at("supercategory").maybe(text) || null,
    });
  } else dataset.annotations.push(...annotationOf(value, file, report));
}

function imageOf(value: Value, id: number): Image {
  const whole = (one: Value): number => one.whole();
  const frame = value.at("frame_index").missing ? value.at("frame_id") : value.at("frame_index");
  return {
    id,
    file: value.at("file_name").text(),
    width: value.at("width").whole(1),
    height: value.at("height").whole(1),
    video: value.at("video_id").maybe(whole),
    frame: frame.maybe(readFrame),
  };
}

function annotationOf(value: Value, file: string, report: LossReport): Annotation[] {
  const { shape: segmented, slivers } = shapeFromSegmentation(value.at("segmentation"));
  if (slivers > 0)
    report.add(
      "not-understood",
      { video: file, place: `${value.place}: polygons of fewer than three points` },
      slivers,
    );
  const shape = segmented ?? value.at("bbox").maybe(boxFromBbox);
  if (shape === null || (shape.kind === "mask" && shape.mask.counts.length === 1)) {
    report.add("not-understood", { video: file, place: `${value.place}: no shape` });
    return [];
  }
  if (value.at("iscrowd").raw === 1)
    report.add("not-understood", { video: file, place: `${value.place}: iscrowd` });
  const said = value.at("attributes");
  const attributes = said.missing ? [] : said.entries();
  const track = value.at("track_id").missing
    ? said.missing
      ? value.at("instance_id")
      : said.at("track_id")
    : value.at("track_id");
  return [
    {
      id: value.at("id").whole(),
      image: value.at("image_id").whole(),
      category: value.at("category_id").whole(),
      track: track.maybe((one) => one.whole()),
      shape,
      score: value.at("score").maybe((one) => one.number()),
      occluded: attributes.some(([name, one]) => name === "occluded" && one.raw === true),
      attributes: Object.fromEntries(
        attributes
          .filter(([name]) => !RESERVED.has(name))
          .map(([name, one]) => [name, attributeOf(one)]),
      ),
      place: value.place,
    },
  ];
}

function attributeOf(value: Value): string | number | boolean {
  const { raw } = value;
  return typeof raw === "string" || typeof raw === "boolean" || typeof raw === "number"
    ? raw
    : JSON.stringify(raw);
}

interface Context {
  readonly file: string;
  readonly format: FormatName;
  readonly report: LossReport;
}

function* documents(dataset: Dataset, context: Context): Iterable<Document> {
  const { file } = context;
  const { images, annotations } = dataset;
  const ofImage = new Map<number, Annotation[]>();
  const ids = new Set<number>();
  for (const one of annotations) {
    if (ids.has(one.id))
      throw new FormatError(
        "malformed",
        { file, place: one.place },
        `annotation ${one.id} is there twice`,
      );
    ids.add(one.id);
    if (!images.has(one.image))
      throw new FormatError(
        "malformed",
        { file, place: one.place },
        `there is no image ${one.image}`,
      );
    const list = ofImage.get(one.image);
    if (list) list.push(one);
    else ofImage.set(one.image, [one]);
  }
  for (const group of groups(dataset)) yield document(dataset, group, ofImage, context);
}

interface Group {
  readonly name: string;
  readonly length: number | null;
  /** By frame, rising. */
  readonly images: readonly { readonly frame: number; readonly image: Image }[];
}

/**
 * Videos by `video_id`; without, by the folder of `file_name`. Pictures of different sizes cannot be
 * one video: then each is one of its own.
 */
function groups(dataset: Dataset): Group[] {
  const { images, videos } = dataset;
  const byVideo = new Map<string, Image[]>([...videos.keys()].map((id) => [`id ${id}`, []]));
  for (const image of images.values()) {
    const folder = image.file.split("/").slice(0, -1).join("/");
    const key = image.video === null ? `folder ${folder}` : `id ${image.video}`;
    const list = byVideo.get(key);
    if (list) list.push(image);
    else byVideo.set(key, [image]);
  }
  return [...byVideo].flatMap(([key, list]): Group[] => {
    const known = key.startsWith("id ") ? videos.get(Number(key.slice(3))) : undefined;
    const name =
      known?.name ??
      (key
        .replace(/^\w+ ?/, "")
        .split("/")
        .at(-1) ||
        "images");
    const [first] = list;
    if (!first) return [];
    const alike = list.every(
      ({ width, height }) => width === first.width && height === first.height,
    );
    if (alike) return [{ name, length: known?.length ?? null, images: numbered(list) }];
    return list.map((image) => ({ name: image.file, length: 1, images: [{ frame: 0, image }] }));
  });
}

/** Frames by `frame_index`; else by the digits at the end of the file's stem where all differ; else by the order of ids. */
function numbered(images: readonly Image[]): Group["images"] {
  const digits = images.map(({ file }) => /(\d+)\.[^./]+$/.exec(file)?.[1]);
  // Longer ones are times or numbers of cameras.
  const stems = digits.map((one) =>
    one === undefined || Number(one) >= LIMITS.frames ? null : Number(one),
  );
  const all = (list: readonly (number | null)[]): list is readonly number[] =>
    list.every((one) => one !== null) && new Set(list).size === list.length;
  const said = images.map(({ frame }) => frame);
  const frames = all(said) ? said : all(stems) ? stems : null;
  const ordered = [...images].sort((a, b) => a.id - b.id);
  const pairs =
    frames === null
      ? ordered.map((image, frame) => ({ frame, image }))
      : images.map((image, i) => ({ frame: frames[i]!, image }));
  return pairs.sort((a, b) => a.frame - b.frame);
}

function document(
  dataset: Dataset,
  group: Group,
  ofImage: ReadonlyMap<number, readonly Annotation[]>,
  context: Context,
): Document {
  const { file, format, report } = context;
  const first = group.images[0]!.image;
  const builder = new Builder(
    checkedSize(first.width, first.height, { file, place: `image ${first.id}` }),
  );
  for (const [id, { name, parent }] of dataset.categories)
    builder.label(id, { name, parent }, { file });
  const found = group.images.flatMap(({ frame, image }) =>
    (ofImage.get(image.id) ?? []).map((one) => ({ frame, one })),
  );
  let free = found.reduce((max, { one }) => Math.max(max, one.track ?? -1), 0) + 1;
  for (const { frame, one } of found) {
    const where = { file, place: one.place };
    const track = one.track ?? free++;
    if (!builder.hasTrack(track)) builder.track(track, { label: one.category as never }, where);
    else if (builder.tracks.get(track as never)!.info.label !== (one.category as never)) {
      report.add("not-understood", {
        video: group.name,
        place: `${one.place}: object ${track} changes its label`,
      });
    }
    const { occluded, score, attributes } = one;
    const state = visible(
      one.shape,
      { by: "imported", format, source: null },
      { occluded, score, attributes },
    );
    builder.state(track, frame, state, where);
  }
  const annotated = group.images.map(({ frame }) => frame as never);
  const pictures = group.images.map(({ image }) => image.file);
  const frameCount = Math.max(group.length ?? 0, (annotated.at(-1) ?? -1) + 1);
  return builder.finish({ name: group.name, frameCount, annotated, pictures }, { file });
}
