// The part of an embedded network's configuration that every door of the engine reads.
import type { MemoryRules, PredictorRules } from "./rules.ts";

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
  /** Prompted pictures are looked at again, mirrored and closer (`second-look/`). */
  readonly secondLook: boolean;
}
