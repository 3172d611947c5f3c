// Writing COCO: standard fields first, what COCO lacks under keys declared in info.masklet.
import type { State, TrackId } from "@masklet/annotation";
import type { FrameIndex } from "@masklet/vision";
import type { OutputFiles } from "../files.ts";
import type { WriteOptions } from "../format.ts";
import { JsonWriter } from "../json-writer.ts";
import { checkpoint } from "../progress.ts";
import { listedFrames, type Source } from "../source.ts";
import { geometryOf } from "./segmentation.ts";

export const COCO_FILE = "annotations.json";

/** The keys that COCO does not define; other tools pass over them. */
const DECLARED = [
  "videos",
  "images.video_id",
  "images.frame_index",
  "annotations.track_id",
  "annotations.score",
  "annotations.attributes",
];

export async function writeCoco(
  sources: readonly Source[],
  files: OutputFiles,
  options: WriteOptions,
): Promise<void> {
  const out = new JsonWriter(await files.open(COCO_FILE));
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
    const { name, size, frameCount } = head.video;
    await out.item({ id: i + 1, name, width: size.width, height: size.height, length: frameCount });
  }
  await out.close(",\n");
  const imageIds = await writeImages(sources, out);
  await out.open('"annotations":');
  let id = 1;
  for (const [i, source] of sources.entries()) {
    for await (const { frame, states } of source.byFrame("derived")) {
      const imageId = imageIds[i]!.get(frame)!;
      for (const [track, state] of states) {
        if (state.presence === "absent") continue;
        await out.item(annotation(source, { id: id++, imageId, track, state }));
      }
      checkpoint(options, frame + 1, source.head.video.frameCount);
    }
  }
  await out.close("}\n");
  await out.end();
}

/** Categories of all videos; they were made one list before. */
export function categories(sources: readonly Source[]): unknown[] {
  const labels = sources[0]?.head.labels ?? new Map();
  return [...labels].map(([id, { name, parent }]) => ({ id, name, supercategory: parent ?? "" }));
}

async function writeImages(
  sources: readonly Source[],
  out: JsonWriter,
): Promise<Map<FrameIndex, number>[]> {
  let id = 1;
  const ids: Map<FrameIndex, number>[] = [];
  await out.open('"images":');
  for (const [i, { head }] of sources.entries()) {
    const { size, pictures } = head.video;
    const ofVideo = new Map<FrameIndex, number>();
    for (const [at, frame] of listedFrames(head.video).entries()) {
      ofVideo.set(frame, id);
      const image = { id: id++, file_name: pictures![at]!, width: size.width, height: size.height };
      await out.item({ ...image, video_id: i + 1, frame_index: frame });
    }
    ids.push(ofVideo);
  }
  await out.close(",\n");
  return ids;
}

interface Facts {
  readonly id: number;
  readonly imageId: number;
  readonly track: TrackId;
  readonly state: Extract<State, { presence: "visible" }>;
}

function annotation({ head }: Source, { id, imageId, track, state }: Facts): unknown {
  const attributes = { ...state.attributes, ...(state.occluded && { occluded: true }) };
  return {
    id,
    image_id: imageId,
    category_id: head.tracks.get(track)!.info.label,
    iscrowd: 0,
    ...geometryOf(state.shape),
    track_id: track,
    ...(state.score !== null && { score: state.score }),
    ...(Object.keys(attributes).length > 0 && { attributes }),
  };
}
