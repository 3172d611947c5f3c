// The two things tracking can leave behind: palette pictures with track.json, or a dataset of some format.
import type { FormatName } from "@masklet/formats";
import type { ObjectMask } from "@masklet/video";
import type { Direction, Policy, Tracker, TrackPlan } from "@masklet/workbench";

export type MasksOn = (frame: number) => Promise<readonly ObjectMask[]>;

export interface TrackWork {
  readonly plan: TrackPlan;
  readonly tracker: Tracker;
  readonly policy: Policy;
  readonly direction: Direction;
  readonly signal: AbortSignal;
  readonly progress: (done: number) => void;
}

export interface Tracked {
  readonly tracked: readonly number[];
  readonly complete: boolean;
  /** The masks that were written, for the overlay; to be asked after the commit. */
  readonly masksOn: MasksOn;
  /** What the format could not hold, in words; null where nothing can be lost. */
  readonly losses: string | null;
}

export interface TrackOutput {
  write(work: TrackWork): Promise<Tracked>;
  commit(): Promise<void>;
  /** Without a `commit` before it, leaves nothing behind. The masks cannot be asked for any more. */
  close(): Promise<void>;
}

/** Opens the output and tries whether it can be written. Throws a WorkbenchError (`output`) or FormatError (`unwritable`). */
export function openTrackOutput(wish: {
  readonly out: string;
  readonly format: FormatName | undefined;
}): Promise<TrackOutput> {
  return wish.format === undefined ? pictures(wish.out) : dataset(wish.out, wish.format);
}

async function pictures(path: string): Promise<TrackOutput> {
  const { openTrackFolder, readFrameMasks, trackIntoFolder } = await import("@masklet/workbench");
  const out = await openTrackFolder(path);
  return {
    async write(work) {
      const result = await trackIntoFolder({ ...work, out });
      return { ...result, masksOn: (frame) => readFrameMasks(out.path, frame), losses: null };
    },
    commit: () => out.commit("track.json"),
    close: () => out.abandon(),
  };
}

async function dataset(path: string, format: FormatName): Promise<TrackOutput> {
  const { openOutput } = await import("@masklet/formats/node");
  const { trackIntoDataset } = await import("@masklet/workbench");
  const out = await openOutput(path);
  let open = true;
  let masks: { close(): Promise<void> } | null = null;
  return {
    async write(work) {
      const result = await trackIntoDataset({ ...work, format, out });
      masks = result;
      return { ...result, losses: result.report.toText().trimEnd() };
    },
    async commit() {
      await out.commit();
      open = false;
    },
    async close() {
      await masks?.close();
      masks = null;
      if (!open) return;
      open = false;
      await out.abandon();
    },
  };
}
