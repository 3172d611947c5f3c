// All formats by name, and what is done with any of them: read, write, check.
import type { Document } from "@masklet/annotation";
import { clipped } from "@masklet/annotation/reading";
import { burst } from "./burst/format.ts";
import { coco, cocoPolygons } from "./coco/format.ts";
import { cvatImages } from "./cvat/images.ts";
import { cvatVideo } from "./cvat/video.ts";
import { datumaro } from "./datumaro/format.ts";
import { davis } from "./davis/format.ts";
import { dive } from "./dive/format.ts";
import { FormatError } from "./error.ts";
import type { InputFiles, OutputFiles } from "./files.ts";
import { fitSources } from "./fit.ts";
import type { Format, FormatName, ReadOptions, VideoFacts, WriteOptions } from "./format.ts";
import { labelStudio } from "./label-studio/format.ts";
import { labelme } from "./labelme/format.ts";
import { masklet } from "./masklet/format.ts";
import { mot } from "./mot/format.ts";
import { mots } from "./mots/png.ts";
import { motsText } from "./mots/text.ts";
import { LossReport } from "./report.ts";
import { saV } from "./sa-v/json.ts";
import { saVPng } from "./sa-v/png.ts";
import { sidecarMerger, writeSidecar } from "./sidecar.ts";
import { frameListing, listedFrames, type Source } from "./source.ts";
import { yoloSeg } from "./yolo-seg/format.ts";
import { youtubeVis } from "./youtube-vis/format.ts";
import { youtubeVos } from "./youtube-vos/format.ts";

const FORMATS: Readonly<Record<FormatName, Format>> = {
  masklet,
  coco,
  "coco-polygons": cocoPolygons,
  "youtube-vis": youtubeVis,
  "youtube-vos": youtubeVos,
  davis,
  mots,
  "mots-txt": motsText,
  mot,
  "sa-v": saV,
  "sa-v-png": saVPng,
  burst,
  "cvat-video": cvatVideo,
  "cvat-images": cvatImages,
  datumaro,
  "yolo-seg": yoloSeg,
  "label-studio": labelStudio,
  labelme,
  dive,
};

/** The format of a name of FORMAT_NAMES. */
export function formatOf(name: FormatName): Format {
  return FORMATS[name];
}

/**
 * Reads a dataset: one document for each of its videos, one after the other. What the input holds and
 * masklet does not goes into the report. Throws FormatError naming file, place and cause.
 */
export async function* readDataset(
  name: FormatName,
  files: InputFiles,
  report: LossReport,
  options: ReadOptions = {},
): AsyncIterable<Document> {
  const names = new Set<string>();
  const format = formatOf(name);
  const merge = await sidecarMerger(files, format);
  for await (const document of format.read(files, report, options)) {
    if (options.signal?.aborted)
      throw new FormatError("cancelled", { file: files.name }, "Stopped");
    if (names.has(document.video.name)) {
      throw new FormatError(
        "malformed",
        { file: files.name },
        `there are two videos called ${JSON.stringify(clipped(document.video.name))}`,
      );
    }
    names.add(document.video.name);
    const merged = merge(document);
    yield options.video ? alignedTo(merged, options.video, files.name) : merged;
  }
}

/**
 * Writes videos as a dataset. Losses go into the report, and into the sidecar what masklet can read
 * back from it. Nothing is checked about what lies at the destination: that is the adapter's affair.
 */
export async function writeDataset(
  name: FormatName,
  sources: readonly Source[],
  files: OutputFiles,
  report: LossReport,
  options: WriteOptions = {},
): Promise<void> {
  const format = formatOf(name);
  const sidecar =
    (options.sidecar ?? true) && !format.holds.everything && format.holds.tracks !== null;
  report.sidecar = sidecar;
  await format.write(await fitSources(sources, format, report), files, options);
  if (sidecar) await writeSidecar(sources, format, files);
}

/** What a check found about one video. */
export interface CheckedVideo {
  readonly name: string;
  readonly size: { readonly width: number; readonly height: number };
  readonly frameCount: number;
  readonly annotatedFrames: number;
  readonly objects: number;
  readonly states: number;
}

export interface Check {
  readonly videos: readonly CheckedVideo[];
  readonly report: LossReport;
}

/** Reads everything and keeps nothing. Throws FormatError at the first fault, `mismatch` where it does not fit the video. */
export async function checkDataset(
  name: FormatName,
  files: InputFiles,
  options: ReadOptions = {},
): Promise<Check> {
  const report = new LossReport();
  const videos: CheckedVideo[] = [];
  for await (const { video, tracks } of readDataset(name, files, report, options)) {
    const states = [...tracks.values()].reduce((sum, track) => sum + track.states.size, 0);
    const { size, frameCount } = video;
    videos.push({
      name: video.name,
      size,
      frameCount,
      annotatedFrames: frameListing(video).length,
      objects: tracks.size,
      states,
    });
  }
  if (videos.length === 0)
    throw new FormatError("missing", { file: files.name }, "there is no video in it");
  return { videos, report };
}

/** The document with the facts of the video it belongs to. Throws FormatError `mismatch` where the two do not fit. */
export function alignedTo(document: Document, video: VideoFacts, file: string): Document {
  const { size, frameCount, digest, name } = document.video;
  const fail = (cause: string): never => {
    throw new FormatError("mismatch", { file, place: name }, cause);
  };
  if (size.width !== video.size.width || size.height !== video.size.height) {
    fail(
      `the annotations are for ${size.width} × ${size.height}, the video is ${video.size.width} × ${video.size.height}`,
    );
  }
  if (digest !== null && video.digest !== null && digest !== video.digest) {
    fail(
      "the annotations belong to a video with other frames (the digests of the frame tables differ)",
    );
  }
  if (frameCount > video.frameCount) {
    fail(
      `the annotations reach to frame ${frameCount - 1}, the video ends at ${video.frameCount - 1}`,
    );
  }
  const annotated =
    frameCount < video.frameCount ? listedFrames(document.video) : document.video.annotated;
  return {
    ...document,
    video: {
      ...document.video,
      annotated,
      frameCount: video.frameCount,
      digest: video.digest,
      rate: video.rate,
    },
  };
}
