// An object's memory bank: what its tracker knows of each frame, as read-only data.

/** The way through the video in which a frame is tracked. */
export type Direction = "forward" | "backward";

/** A memory [T, channels] in bfloat16 halves; T is the network's own. */
export interface StoredMemory {
  readonly channels: number;
  readonly data: Uint16Array;
}

/** What one object's tracker decided on one frame. */
export interface FrameOutput {
  /** Mask logits [S/4, S/4] after holes were filled; −1024 everywhere when the object is absent. */
  readonly logits: Float32Array;
  /** The same [S, S], four times as fine, where a prompted frame was looked at again (`second-look/`). */
  readonly detail?: Float32Array;
  /** Object pointer after the no-object rule. */
  readonly pointer: Float32Array;
  /** Object score (logit); above 0 the object is in view. */
  readonly score: number;
  /** Predicted IoU of the chosen mask, 0…1; 1 for a mask that was given. */
  readonly quality: number;
  /** Null before it is made, or after it was dropped. */
  readonly memory: StoredMemory | null;
  /** Number of the shot, or null where shots are not known. */
  readonly shot: number | null;
  /** True when the frame may be shown but not remembered (a collision, see `policy/`). */
  readonly withheld: boolean;
}

/** Both maps keep the order in which frames were first added, as the reference's dictionaries do. */
export interface MemoryBank {
  readonly conditioning: ReadonlyMap<number, FrameOutput>;
  readonly tracked: ReadonlyMap<number, FrameOutput>;
}

export const emptyBank: MemoryBank = { conditioning: new Map(), tracked: new Map() };

/** The bank with this frame's output, replacing an earlier one of the same kind in its place. */
export function withOutput(
  bank: MemoryBank,
  kind: keyof MemoryBank,
  frame: number,
  output: FrameOutput,
): MemoryBank {
  return { ...bank, [kind]: new Map(bank[kind]).set(frame, output) };
}

/** The bank without tracked outputs of frames that are conditioning frames as well. */
export function withoutDoubles(bank: MemoryBank): MemoryBank {
  return withoutTracked(bank, (frame) => bank.conditioning.has(frame));
}

/** The bank without the tracked outputs of these frames. */
export function withoutTracked(bank: MemoryBank, drop: (frame: number) => boolean): MemoryBank {
  const tracked = new Map([...bank.tracked].filter(([frame]) => !drop(frame)));
  return tracked.size === bank.tracked.size ? bank : { ...bank, tracked };
}

/** A conditioning output becomes a tracked one, last in order; unchanged when there is none. */
export function demoted(bank: MemoryBank, frame: number): MemoryBank {
  const output = bank.conditioning.get(frame);
  if (output === undefined) return bank;
  const conditioning = new Map(bank.conditioning);
  conditioning.delete(frame);
  return { conditioning, tracked: new Map(bank.tracked).set(frame, output) };
}

/** The output shown for a frame: a person's word goes before the tracker's. */
export function outputOn(bank: MemoryBank, frame: number): FrameOutput | undefined {
  return bank.conditioning.get(frame) ?? bank.tracked.get(frame);
}
