// The part of an embedded network's configuration that every door of the engine reads.
import type { MemoryRules, PredictorRules } from "./rules.ts";

/** A line: `scale` times the network's figure plus `shift`. */
export interface Line {
  readonly scale: number;
  readonly shift: number;
}

/** Measured for a network by `training/evaluate.py calibration` and kept beside its weights. */
export interface Calibration {
  /** Of the object score (logit): afterwards the sigmoid is the share of such frames that show the object. */
  readonly objectScore: Line;
  /** Of the predicted IoU; the result is cut to 0…1. */
  readonly predictedIou: Line;
}

/** The network's figures as they are. */
export const uncalibrated: Calibration = {
  objectScore: { scale: 1, shift: 0 },
  predictedIou: { scale: 1, shift: 0 },
};

/**
 * A network of our own small family. Its layers are described by `architecture`, which only the
 * builder of its graphs reads; the rest is what predictors need of any network.
 */
export interface NanoConfiguration {
  readonly family: "nano";
  readonly name: string;
  readonly imageSize: number;
  /** Channels of an object pointer. */
  readonly width: number;
  readonly mean: readonly [number, number, number];
  readonly deviation: readonly [number, number, number];
  readonly architecture: Readonly<Record<string, unknown>>;
  readonly memory: MemoryRules;
  readonly rules: PredictorRules;
  /** What brings the network's own figures to what they mean on pictures it did not learn from. */
  readonly calibration: Calibration;
  /** Prompted pictures are looked at again, mirrored and closer (`second-look/`). */
  readonly secondLook: boolean;
  /** Parts of a mask far from where the object is known to be are look-alikes (`near-parts.ts`). */
  readonly nearParts: boolean;
}
