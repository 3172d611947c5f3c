// Import of a video: frame table, cuts, document; and a copy for browsers that cannot play the original.
import { stat } from "node:fs/promises";
import { labelId, newDocument } from "@masklet/annotation";
import { averageRate, type Clip, type FrameTable, findCuts } from "@masklet/video";
import { openClip } from "@masklet/video/node";
import type { Home } from "../home.ts";
import { readLabels } from "../labels.ts";
import type { Catalogue } from "../store/catalogue.ts";
import type { Documents } from "../store/documents.ts";

/** A rate counts as constant when no frame is further from it than this share of a frame. */
const RATE_SLACK = 0.1;

/** What browsers decode by themselves; the rest is shown frame by frame from the server. */
const PLAYABLE = /^(h264|vp8|vp9|av1)$/;
const PLAYABLE_CONTAINER = /mp4|matroska|webm/;
const PLAYABLE_PIXELS = /^yuvj?420p$/;
/** Progress is told so often at most. */
const TELL_MS = 500;

export interface PrepareBench {
  readonly home: Home;
  readonly catalogue: Catalogue;
  readonly documents: Documents;
  readonly now: () => number;
}

/**
 * Makes a video ready: proves its frames, finds its cuts, begins its document. Throws a VideoError where
 * the file has no frames to label, and the signal's reason when it is stopped; the video's row is left to the caller.
 */
export async function prepareVideo(
  bench: PrepareBench,
  video: {
    readonly id: string;
    readonly name: string;
    readonly source: string;
    readonly project: string;
  },
  {
    signal,
    progress,
  }: {
    readonly signal: AbortSignal;
    /** Hears how many frames are counted, and how many the file announces (0 where it does not). */
    readonly progress: (frames: number, expected: number) => void;
  },
): Promise<void> {
  const tell = everyNow(TELL_MS, progress);
  const clip = await openClip(video.source, {
    scans: bench.home.scans,
    signal,
    progress: (frames, expected) => tell(frames, expected ?? 0),
  });
  try {
    await describe(bench, video, clip);
  } finally {
    await clip.close();
  }
  await bench.catalogue.changeVideo(video.id, { state: "ready", prepared: 1, problem: null });
}

async function describe(
  { catalogue, documents }: PrepareBench,
  video: {
    readonly id: string;
    readonly name: string;
    readonly source: string;
    readonly project: string;
  },
  clip: Clip,
): Promise<void> {
  const { table } = clip;
  const seconds = table.frames.map((frame) => frame.seconds);
  const rate = constantRate(seconds, averageRate(table));
  const ticks = table.frames.map((frame) => frame.ticks);
  const { numerator, denominator } = table.timeBase;
  await catalogue.describeVideo(
    video.id,
    {
      width: table.size.width,
      height: table.size.height,
      frames: table.frames.length,
      digest: table.digest,
      rate,
      seconds: (seconds.at(-1) ?? 0) - (seconds[0] ?? 0),
      codec: table.codec,
      media: playsInBrowsers(table) ? "original" : "frames",
      cuts: findCuts(clip.changes),
    },
    { digest: table.digest, numerator, denominator, ticks },
  );
  const project = await catalogue.project(video.project);
  const facts = newDocument({
    name: video.name,
    size: table.size,
    frameCount: table.frames.length,
    digest: table.digest,
    rate,
    timestamps: { numerator, denominator, ticks },
  }).video;
  await documents.begin(video.id, facts);
  const labels = readLabels(project?.labels ?? []);
  if (labels.length === 0) return;
  await documents.commit(
    video.id,
    [
      {
        id: `labels-${video.id}`,
        title: "Labels of the project",
        origin: "import",
        author: null,
        run: null,
        steps: labels.map(({ id, label }) => ({
          type: "putLabel",
          label: labelId(id),
          before: null,
          after: label,
        })),
      },
    ],
    { client: null },
  );
}

/** Whether browsers decode a file by themselves; turned pictures they turn as we do, mirrored ones not all of them. */
function playsInBrowsers({ codec, container, pixelFormat, orientation }: FrameTable): boolean {
  return (
    PLAYABLE.test(codec) &&
    PLAYABLE_CONTAINER.test(container) &&
    PLAYABLE_PIXELS.test(pixelFormat) &&
    !orientation.mirrored
  );
}

/** Passes on at most one call in so many milliseconds. */
function everyNow<T extends readonly unknown[]>(
  pause: number,
  tell: (...facts: T) => void,
): (...facts: T) => void {
  let last = performance.now();
  return (...facts) => {
    const now = performance.now();
    if (now - last < pause) return;
    last = now;
    tell(...facts);
  };
}

/** Frames a second where every frame keeps to it, else null. */
function constantRate(seconds: readonly number[], average: number | null): number | null {
  if (average === null || seconds.length < 2) return null;
  const start = seconds[0]!;
  const steady = seconds.every(
    (at, index) => Math.abs((at - start) * average - index) < RATE_SLACK,
  );
  return steady ? Math.round(average * 1000) / 1000 : null;
}

/** Bytes of a file, or 0 for a folder. Throws where the path is not there. */
export async function bytesOf(path: string): Promise<number> {
  const facts = await stat(path);
  return facts.isFile() ? facts.size : 0;
}
