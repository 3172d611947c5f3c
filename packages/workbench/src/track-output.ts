// Writes a tracked clip as palette pictures and track.json, whole or not at all.
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Mask, masksFromLabels, writeIndexedPng } from "@masklet/vision";
import { WorkbenchError } from "./errors.ts";
import { labelFrame } from "./label-frame.ts";
import { readLabels } from "./labels.ts";
import { type OutputFolder, openOutputFolder } from "./output-folder.ts";
import { type Direction, type TrackPlan, track } from "./track.ts";
import { rowsText, trackDocument } from "./track-document.ts";
import type { Policy, Tracker } from "./tracker.ts";

export interface TrackJob {
  readonly plan: TrackPlan;
  readonly tracker: Tracker;
  readonly out: OutputFolder;
  readonly policy: Policy;
  readonly direction: Direction;
  readonly signal: AbortSignal;
  readonly progress: (done: number, total: number) => void;
}

export interface TrackResult {
  /** Numbers of the frames that were tracked, ascending. */
  readonly tracked: readonly number[];
  /** False where the caller asked to stop before the end. */
  readonly complete: boolean;
}

/** Where the mask picture of a frame lies in an output folder: "masks/00042.png". */
export function maskName(frame: number): string {
  return `masks/${String(frame).padStart(5, "0")}.png`;
}

/**
 * Opens the output folder of a tracking run. Results of an earlier run there will be replaced; anything else under
 * `masks` is somebody's work. Throws a WorkbenchError (`output`).
 */
export async function openTrackFolder(path: string): Promise<OutputFolder> {
  const before = await readdir(join(path, "masks")).catch(() => []);
  const foreign = before.find((name) => !/^\d{5,}\.png$/.test(name));
  const isOurs = await stat(join(path, "track.json")).then(
    () => true,
    () => false,
  );
  if (foreign !== undefined || (before.length > 0 && !isOurs)) {
    throw new WorkbenchError(
      "output",
      `${join(path, "masks")} holds files that masklet did not write (${foreign ?? before[0]}); choose another folder.`,
    );
  }
  return openOutputFolder(path);
}

/**
 * Tracks and writes into the staging folder of `out`; the caller commits (`finishTrack`) or abandons. Frames
 * outside the stretches get empty masks unless the work was interrupted: then they get none.
 * Throws a WorkbenchError (`interrupted`) where not one frame was finished, and what tracking and writing throw.
 */
export async function trackIntoFolder(job: TrackJob): Promise<TrackResult> {
  const { plan, out, signal } = job;
  const { size } = plan.clip.table;
  const rows = new Map<number, string>();
  for await (const answer of track(plan, job)) {
    const labels = labelFrame(answer.objects, size);
    await out.write(maskName(answer.frame), await writeIndexedPng(labels));
    rows.set(answer.frame, rowsText(answer));
    job.progress(rows.size, plan.frames);
  }
  const complete = rows.size === plan.frames;
  if (!complete && !signal.aborted) {
    throw new Error(`The tracker gave ${rows.size} frames of ${plan.frames}.`);
  }
  if (rows.size === 0) {
    throw new WorkbenchError(
      "interrupted",
      "Interrupted before the first frame was finished; nothing was written.",
    );
  }
  if (complete) await writeEmptyFrames(job, rows);
  await out.write("track.json", [...trackDocument(headerOf(job, complete), rows)].join(""));
  return { tracked: [...rows.keys()].sort((a, b) => a - b), complete };
}

async function writeEmptyFrames(job: TrackJob, rows: ReadonlyMap<number, string>): Promise<void> {
  const { size, frames } = job.plan.clip.table;
  const empty = await writeIndexedPng({ size, data: new Uint8Array(size.width * size.height) });
  for (let frame = 0; frame < frames.length; frame++) {
    if (!rows.has(frame)) await job.out.write(maskName(frame), empty);
  }
}

function headerOf(job: TrackJob, complete: boolean): Parameters<typeof trackDocument>[0] {
  const { plan, tracker } = job;
  const { clip } = plan;
  return {
    model: { name: tracker.name, digest: tracker.digest, side: tracker.side },
    policy: job.policy,
    direction: job.direction,
    video: {
      name: clip.name,
      frames: clip.table.frames.length,
      digest: clip.table.digest,
      ...clip.table.size,
    },
    prompts: plan.prompts,
    cuts: plan.cuts,
    complete,
    warnings: clip.warnings,
  };
}

/** The masks of a frame in a folder that `trackIntoFolder` wrote. Throws a WorkbenchError (`input`). */
export async function readFrameMasks(
  folder: string,
  frame: number,
): Promise<{ readonly object: number; readonly mask: Mask }[]> {
  const labels = await readLabels(join(folder, maskName(frame)));
  return [...masksFromLabels(labels)].map(([object, mask]) => ({ object, mask }));
}
