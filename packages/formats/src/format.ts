// What a format is: a name, what it can hold, a reader and a writer.
import type { Document, State, VideoInfo } from "@masklet/annotation";
import type { FrameIndex } from "@masklet/vision";
import type { InputFiles, OutputFiles } from "./files.ts";
import type { LossReport } from "./report.ts";
import type { ShapesHeld } from "./shapes.ts";
import type { Source } from "./source.ts";

export const FORMAT_NAMES = [
  "masklet",
  "coco",
  "coco-polygons",
  "youtube-vis",
  "youtube-vos",
  "davis",
  "mots",
  "mots-txt",
  "mot",
  "sa-v",
  "sa-v-png",
  "burst",
  "cvat-video",
  "cvat-images",
  "datumaro",
  "yolo-seg",
  "label-studio",
  "labelme",
  "dive",
] as const;

export type FormatName = (typeof FORMAT_NAMES)[number];

/** What a format can hold. Everything else is taken away, counted and reported before its writer sees it. */
export interface Holds {
  readonly shapes: ShapesHeld;
  /** Whether two objects may share a pixel. */
  readonly overlaps: boolean;
  /**
   * - `three`: visible, absent and unknown are told apart.
   * - `listed`: on a listed frame everything that is not visible is absent.
   * - `visible`: only visible states are written; the rest is unknown.
   * - `timeline`: from its first state on a track is either visible or absent, to the end of the video.
   */
  readonly presence: "three" | "listed" | "visible" | "timeline";
  /** Whether shapes between key frames are derived by the format too; which spans, `keepsSpan` says. */
  readonly keepsSpan: ((start: State, end: State | null) => boolean) | null;
  /**
   * - `flag`: each state says whether it is a key frame.
   * - `marked`: every state is one, except those that are marked as interpolated.
   * - `all`: every state is one.
   * - `none`: nothing is said of key frames.
   */
  readonly keyFrames: "flag" | "marked" | "all" | "none";
  /** Numbers that objects may have; null where shapes have no identity. */
  readonly tracks: { readonly from: number; readonly to: number } | null;
  /** Whether objects that are visible nowhere are written. */
  readonly emptyTracks: boolean;
  /** Whether videos without objects are written. */
  readonly emptyVideos: boolean;
  /** Whether files of frames are all there is of a video: one without frames to be annotated is not written. */
  readonly onlyFrames: boolean;
  readonly occluded: boolean;
  readonly score: boolean;
  /** Values of attributes: as they are, as text, or not at all. */
  readonly stateAttributes: "typed" | "text" | "none";
  readonly trackAttributes: "typed" | "text" | "none";
  readonly label: "optional" | "required" | "none";
  /** `kept`: numbers as they are. `listed`: 1, 2, 3 … in the order of the list. `by-name`: only those in use, 1, 2, 3 … by name. */
  readonly labelNumbers: "kept" | "listed" | "by-name";
  /** Whether all videos of a dataset share one list of labels. */
  readonly labelScope: "video" | "dataset";
  readonly labelFacts: readonly ("parent" | "colour" | "key" | "attributes")[];
  readonly trackFacts: readonly ("name" | "colour" | "order" | "exclusive" | "partOf")[];
  readonly reviews: boolean;
  readonly videoFacts: readonly (
    | "digest"
    | "rate"
    | "timestamps"
    | "annotated"
    | "pictures"
    | "attributes"
    | "frameCount"
  )[];
  /** Whether video names become names of files or folders. */
  readonly videoName: "any" | "file-name";
  /** Provenance, prompts, pins and key flags as they are: masklet's own archive alone. */
  readonly everything: boolean;
}

/** What is known of the video that annotations belong to, where the caller has it. */
export interface VideoFacts {
  readonly name?: string;
  readonly size: { readonly width: number; readonly height: number };
  readonly frameCount: number;
  readonly digest: string | null;
  readonly rate: number | null;
}

export interface ReadOptions {
  /** The video, for formats that do not say its size or length. */
  readonly video?: VideoFacts;
  /** The number of the first frame in files that do not say it (MOTS: KITTI 0, MOTSChallenge 1). */
  readonly firstFrame?: 0 | 1;
  readonly signal?: AbortSignal;
}

export interface WriteOptions {
  /** Whether masklet's sidecar with what the format cannot hold is written too. True unless said otherwise. */
  readonly sidecar?: boolean;
  readonly firstFrame?: 0 | 1;
  readonly signal?: AbortSignal;
  /** Called after each frame or track, with what is done of the whole. */
  readonly progress?: (done: number, all: number) => void;
}

export interface Format {
  readonly name: FormatName;
  readonly holds: Holds;
  /** Reads one document for each video, one after the other. */
  read(files: InputFiles, report: LossReport, options: ReadOptions): AsyncIterable<Document>;
  /** The frames that the format lists of a video, where it cannot list those that are to be annotated. */
  listed?(video: VideoInfo): readonly FrameIndex[];
  /** Adds what the format wants to know and the document only implies; before fitting. */
  prepare?(source: Source): Promise<Source>;
  /** Writes videos that were fitted to what the format holds. */
  write(sources: readonly Source[], files: OutputFiles, options: WriteOptions): Promise<void>;
}

/** Facts that most formats share; each names what differs. */
export const HOLDS_LITTLE: Holds = {
  shapes: { kinds: ["mask"], holes: true, parts: true, digits: null },
  overlaps: true,
  presence: "visible",
  keepsSpan: null,
  keyFrames: "none",
  tracks: { from: 0, to: Number.MAX_SAFE_INTEGER },
  emptyTracks: false,
  emptyVideos: true,
  onlyFrames: false,
  occluded: false,
  score: false,
  stateAttributes: "none",
  trackAttributes: "none",
  label: "none",
  labelNumbers: "kept",
  labelScope: "video",
  labelFacts: [],
  trackFacts: [],
  reviews: false,
  videoFacts: [],
  videoName: "any",
  everything: false,
};
