// YouTube-VIS and OVIS: one JSON file, an annotation an object, a list of masks as long as the video's list of pictures.
import { absent, type Document, type State, visible } from "@masklet/annotation";
import type { Value } from "@masklet/annotation/reading";
import type { FrameIndex } from "@masklet/vision";
import { Builder, checkedSize, readFrame, readFrameCount } from "../builder.ts";
import { geometryOf, shapeFromSegmentation } from "../coco/segmentation.ts";
import { categories } from "../coco/write.ts";
import { FormatError, inFile } from "../error.ts";
import type { InputFiles, OutputFiles } from "../files.ts";
import { type Format, HOLDS_LITTLE, type WriteOptions } from "../format.ts";
import { readJsonParts } from "../json-parts.ts";
import { JsonWriter } from "../json-writer.ts";
import { framesOfPictures } from "../pictures.ts";
import { checkpoint } from "../progress.ts";
import { listedFrames, type Source, type TrackStates } from "../source.ts";

const FILE = "instances.json";
const DECLARED = [
  "videos.name",
  "videos.frame_indices",
  "videos.frame_count",
  "annotations.track_id",
];
const IMPORTED = { by: "imported", format: "youtube-vis", source: null } as const;

export const youtubeVis: Format = {
  name: "youtube-vis",
  holds: {
    ...HOLDS_LITTLE,
    presence: "listed",
    emptyTracks: true,
    label: "required",
    labelScope: "dataset",
    labelFacts: ["parent"],
    videoFacts: ["annotated", "pictures", "frameCount"],
  },
  read,
  write,
};

interface Video {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly pictures: readonly string[];
  readonly frames: readonly FrameIndex[];
  readonly frameCount: number;
}

interface Annotation {
  readonly video: number;
  readonly track: number;
  readonly category: number;
  readonly states: readonly State[];
  readonly place: string;
}

async function* read(files: InputFiles): AsyncIterable<Document> {
  const names = (await files.list()).filter((name) => /\.json$/i.test(name));
  if (names.length === 0)
    throw new FormatError("missing", { file: files.name }, "there is no .json file");
  for (const file of names) yield* readFile(files, file);
}

async function* readFile(files: InputFiles, file: string): AsyncIterable<Document> {
  const videos = new Map<number, Video>();
  const labels = new Map<number, { name: string; parent: string | null }>();
  const annotations: Annotation[] = [];
  for await (const { key, member, value } of readJsonParts(files, file, [
    "videos",
    "categories",
    "annotations",
  ])) {
    if (member === null) continue;
    if (key === "")
      throw new FormatError(
        "malformed",
        { file },
        "a YouTube-VIS file is an object with videos, annotations and categories, not a list",
      );
    inFile(
      file,
      () => {
        if (key === "annotations") return void annotations.push(annotationOf(value));
        const id = value.at("id").whole();
        if (key === "videos" ? videos.has(id) : labels.has(id))
          value.at("id").fail(`${id} is there twice`);
        if (key === "videos") videos.set(id, videoOf(value, id));
        else
          labels.set(id, {
            name: value.at("name").text(),
            parent: value.at("supercategory").maybe((one) => one.text()) || null,
          });
      },
      value.place,
    );
  }
  for (const [id, video] of videos) {
    const builder = new Builder(
      checkedSize(video.width, video.height, { file, place: `video ${id}` }),
    );
    for (const [label, facts] of labels) builder.label(label, facts, { file });
    for (const one of annotations) if (one.video === id) addTrack(builder, one, video, file);
    const { name, pictures, frames, frameCount } = video;
    yield builder.finish(
      { name, pictures, frameCount, annotated: frames },
      { file, place: `video ${id}` },
    );
  }
  const lost = annotations.find(({ video }) => !videos.has(video));
  if (lost)
    throw new FormatError(
      "malformed",
      { file, place: lost.place },
      `there is no video ${lost.video}`,
    );
}

function addTrack(builder: Builder, one: Annotation, video: Video, file: string): void {
  const where = { file, place: one.place };
  if (one.states.length !== video.frames.length) {
    throw new FormatError(
      "malformed",
      where,
      `it has ${one.states.length} masks for ${video.frames.length} pictures`,
    );
  }
  builder.track(one.track, { label: one.category as never }, where);
  one.states.forEach((state, i) => {
    builder.state(one.track, video.frames[i]!, state, where);
  });
}

function videoOf(value: Value, id: number): Video {
  const pictures = value
    .at("file_names")
    .items()
    .map((one) => one.text());
  const said = value.at("frame_indices").maybe((list) => list.items().map(readFrame));
  const frames = said ?? framesOfPictures(pictures);
  if (frames.length !== pictures.length)
    value.at("frame_indices").fail(`${frames.length} frames for ${pictures.length} pictures`);
  const folder = pictures[0]?.split("/").slice(0, -1).join("/");
  return {
    name: value.at("name").maybe((one) => one.text()) ?? (folder || `video ${id}`),
    width: value.at("width").whole(1),
    height: value.at("height").whole(1),
    pictures,
    frames,
    frameCount: value.at("frame_count").maybe(readFrameCount) ?? (frames.at(-1) ?? -1) + 1,
  };
}

function annotationOf(value: Value): Annotation {
  const track = value.at("track_id").missing ? value.at("id") : value.at("track_id");
  return {
    video: value.at("video_id").whole(),
    track: track.whole(),
    category: value.at("category_id").whole(),
    place: value.place,
    states: value
      .at("segmentations")
      .items()
      .map((segment) => {
        const { shape } = shapeFromSegmentation(segment);
        const empty = shape === null || (shape.kind === "mask" && shape.mask.counts.length === 1);
        return empty ? absent(IMPORTED) : visible(shape, IMPORTED);
      }),
  };
}

async function write(
  sources: readonly Source[],
  files: OutputFiles,
  options: WriteOptions,
): Promise<void> {
  const out = new JsonWriter(await files.open(FILE));
  const info = {
    description: "Exported by masklet",
    version: "1.0",
    masklet: { version: 1, extra_keys: DECLARED },
  };
  await out.text(
    `{"info":${JSON.stringify(info)},\n"licenses":[],\n"categories":${JSON.stringify(categories(sources))},\n`,
  );
  await out.open('"videos":');
  for (const [i, { head }] of sources.entries()) {
    const { name, size, pictures, frameCount } = head.video;
    const frames = listedFrames(head.video);
    const standard = {
      id: i + 1,
      width: size.width,
      height: size.height,
      length: frames.length,
      file_names: pictures,
    };
    await out.item({ ...standard, name, frame_indices: frames, frame_count: frameCount });
  }
  await out.close(",\n");
  await out.open('"annotations":');
  let id = 1;
  for (const [i, { head, byTrack }] of sources.entries()) {
    const { size } = head.video;
    const { length } = listedFrames(head.video);
    let done = 0;
    for await (const { track, states } of byTrack("derived")) {
      const facts = {
        id: id++,
        video_id: i + 1,
        category_id: head.tracks.get(track)!.info.label,
        iscrowd: 0,
        width: size.width,
        height: size.height,
        length,
        track_id: track,
      };
      await out.between(JSON.stringify(facts).slice(0, -1));
      await writeLists(out, states);
      checkpoint(options, ++done, head.tracks.size);
    }
  }
  await out.close("}\n");
  await out.end();
}

/** The masks one after the other, so that a long object is never held as text; boxes and areas are small. */
async function writeLists(out: JsonWriter, states: TrackStates["states"]): Promise<void> {
  const boxes: (readonly number[] | null)[] = [];
  const areas: (number | null)[] = [];
  let first = true;
  await out.text(',"segmentations":[');
  for await (const [, state] of states) {
    const geometry = state.presence === "visible" ? geometryOf(state.shape) : null;
    await out.text((first ? "" : ",") + JSON.stringify(geometry?.segmentation ?? null));
    first = false;
    boxes.push(geometry?.bbox ?? null);
    areas.push(geometry?.area ?? null);
  }
  await out.text(`],"bboxes":${JSON.stringify(boxes)},"areas":${JSON.stringify(areas)}}`);
}
