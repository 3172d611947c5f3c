// The eight released networks: configurations, download addresses and sizes.
import { releasedMemoryRules, releasedPredictorRules } from "./rules.ts";
import type { Sam2Configuration, TrunkConfiguration } from "./sam2.ts";

/** A network that was released with weights, and where they are. */
export interface ReleasedModel {
  readonly name: string;
  readonly configuration: Sam2Configuration;
  readonly file: string;
  readonly address: string;
  /** Number of values in the state dictionary. Source: counted from the reference's modules. */
  readonly values: number;
}

const trunks = {
  tiny: {
    width: 96,
    heads: 1,
    stages: [1, 2, 7, 2],
    globalBlocks: [5, 7, 9],
    positionBackground: [7, 7],
    windows: [8, 4, 14, 7],
  },
  small: {
    width: 96,
    heads: 1,
    stages: [1, 2, 11, 2],
    globalBlocks: [7, 10, 13],
    positionBackground: [7, 7],
    windows: [8, 4, 14, 7],
  },
  base_plus: {
    width: 112,
    heads: 2,
    stages: [2, 3, 16, 3],
    globalBlocks: [12, 16, 20],
    positionBackground: [14, 14],
    windows: [8, 4, 14, 7],
  },
  large: {
    width: 144,
    heads: 2,
    stages: [2, 6, 36, 4],
    globalBlocks: [23, 33, 43],
    positionBackground: [7, 7],
    windows: [8, 4, 16, 8],
  },
} as const satisfies Record<string, TrunkConfiguration>;

type ReleasedSize = keyof typeof trunks;
type ReleasedVersion = "2" | "2.1";

/** Values of the SAM 2.1 state dictionaries; SAM 2 lacks `obj_ptr_tpos_proj` (16 448) and `no_obj_embed_spatial` (64). */
const values21: Readonly<Record<ReleasedSize, number>> = {
  tiny: 38_962_754,
  small: 46_060_610,
  base_plus: 80_850_434,
  large: 224_446_898,
};
const VALUES_ONLY_IN_21 = 16_512;

const addresses: Readonly<Record<ReleasedVersion, string>> = {
  "2": "https://dl.fbaipublicfiles.com/segment_anything_2/072824",
  "2.1": "https://dl.fbaipublicfiles.com/segment_anything_2/092824",
};

/**
 * A released configuration, with the options that the video builder adds to the YAML
 * (`build_sam.py`, `apply_postprocessing=True`). Source: `configs/sam2*`, `build_sam.py`.
 */
function releasedConfiguration(version: ReleasedVersion, size: ReleasedSize): Sam2Configuration {
  const is21 = version === "2.1";
  return {
    family: "sam2",
    name: `sam${version}_hiera_${size}`,
    imageSize: 1024,
    trunk: trunks[size],
    neck: { topDownLevels: [2, 3], temperature: 10000 },
    width: 256,
    memoryAttention: { layers: 4, feedForward: 2048, ropeTheta: 10000 },
    memoryEncoder: {
      width: 64,
      fuserLayers: 2,
      fuserKernel: 7,
      maskScale: 20,
      maskBias: -10,
      noObjectEmbedding: is21,
    },
    pointerAge: is21 ? "projected" : "none",
    memory: { ...releasedMemoryRules, signedDistances: is21 },
    rules: releasedPredictorRules,
  };
}

function released(version: ReleasedVersion, size: ReleasedSize): ReleasedModel {
  const configuration = releasedConfiguration(version, size);
  const file = `${configuration.name}.pt`;
  return {
    name: configuration.name,
    configuration,
    file,
    address: `${addresses[version]}/${file}`,
    values: version === "2.1" ? values21[size] : values21[size] - VALUES_ONLY_IN_21,
  };
}

/** SAM 2.1 first, then SAM 2; tiny to large. */
export const releasedModels: readonly ReleasedModel[] = (["2.1", "2"] as const).flatMap((version) =>
  (Object.keys(trunks) as ReleasedSize[]).map((size) => released(version, size)),
);
