// Sizes of the embedded network, read from the `architecture` of its configuration.
import { openFields } from "../configuration/fields.ts";
import type { NanoConfiguration } from "../configuration/nano.ts";

const CHANNELS_MAX = 4096;
const STAGES = 4;

/** What the graphs of the embedded network depend on. Levels: fine (stride 4), middle (8), coarse (16). */
export interface NanoArchitecture {
  readonly side: number;
  /** Blocks of the encoder's stages at strides 4, 8, 16 and 32. */
  readonly stages: readonly number[];
  readonly fine: number;
  readonly middle: number;
  readonly coarse: number;
  readonly similarityHeads: number;
  /** Channels of a key, by which the memory finds the likes of a cell. */
  readonly key: number;
  /** Temporal rows of the memory: recent frames, then one for conditioning frames. */
  readonly rows: number;
}

/** Throws EngineError configuration-invalid. Other keys describe what the shapes of the weights tell. */
export function readNanoArchitecture({
  architecture,
  imageSize,
  memory,
  name,
}: NanoConfiguration): NanoArchitecture {
  const fields = openFields(architecture, `${name}.architecture`);
  const channels = (key: string) => fields.integer(key, { min: 1, max: CHANNELS_MAX });
  return {
    side: imageSize,
    stages: fields.integers("stage_blocks", { count: STAGES, max: 64 }),
    fine: channels("fine_channels"),
    middle: channels("middle_channels"),
    coarse: channels("coarse_channels"),
    similarityHeads: fields.integer("similarity_heads", { min: 1, max: 64 }),
    key: channels("key_channels"),
    rows: memory.slots,
  };
}
