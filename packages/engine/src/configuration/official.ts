// Configurations in the official form: the keys of the reference's YAML files.
import { type Fields, invalid, openFields } from "./fields.ts";
import type { MemoryRules, PredictorRules } from "./rules.ts";
import { type Sam2Configuration, type TrunkConfiguration, trunkWidths } from "./sam2.ts";

const IMAGE_SIZE_MAX = 4096; // four times the released side; beyond it attention outgrows any machine
const WIDTH_MAX = 4096;
const LAYERS_MAX = 256;
const COUNT_MAX = 1 << 20;

/**
 * Reads a configuration with the keys of `configs/sam2.1/*.yaml` and of the predictors' constructors.
 * Missing keys take the constructors' defaults; unknown keys and options that no released network uses
 * are refused by name. Source: `modeling/sam2_base.py`, `sam2_video_predictor.py`, `build_sam.py`.
 *
 * `document` is the parsed file (with or without the outer `model`); `name` is used in messages.
 * Throws EngineError configuration-invalid.
 */
export function readOfficialConfiguration(document: unknown, name: string): Sam2Configuration {
  const outer = openFields(document, name);
  const model = outer.has("model") ? outer.object("model") : outer;
  const encoder = model.object("image_encoder");
  encoder.ignore("_target_");
  encoder.only("scalp", 1);
  const trunk = readTrunk(encoder.object("trunk"));
  const neck = readNeck(encoder.object("neck"), trunk);
  encoder.finish();
  const memoryAttention = readMemoryAttention(model.object("memory_attention"), neck.width);
  const memoryEncoder = readMemoryEncoder(model.object("memory_encoder"), neck.width);
  if (memoryAttention.memoryWidth !== memoryEncoder.width) {
    const cause = `kv_in_dim ${memoryAttention.memoryWidth} and memory_encoder.out_dim ${memoryEncoder.width} differ`;
    throw invalid(model.place, cause);
  }
  if (neck.width % memoryEncoder.width !== 0) {
    const cause = `pointers of ${neck.width} channels cannot be cut into memory tokens of ${memoryEncoder.width}`;
    throw invalid(model.place, cause);
  }
  const imageSize = model.integer("image_size", { min: 32, max: IMAGE_SIZE_MAX }, 512);
  checkImageSize(imageSize, trunk, model.place);
  readFixed(model);
  const configuration: Sam2Configuration = {
    family: "sam2",
    name,
    imageSize,
    trunk,
    neck: { topDownLevels: neck.topDownLevels, temperature: neck.temperature },
    width: neck.width,
    memoryAttention: {
      layers: memoryAttention.layers,
      feedForward: memoryAttention.feedForward,
      ropeTheta: memoryAttention.ropeTheta,
    },
    memoryEncoder: {
      ...memoryEncoder,
      maskScale: model.number("sigmoid_scale_for_mem_enc", 1),
      maskBias: model.number("sigmoid_bias_for_mem_enc", 0),
      noObjectEmbedding: model.flag("no_obj_embed_spatial", false),
    },
    pointerAge: readPointerAge(model),
    memory: readMemoryRules(model),
    rules: readPredictorRules(model),
  };
  model.finish();
  return configuration;
}

function readTrunk(fields: Fields): TrunkConfiguration {
  fields.ignore("_target_", "drop_path_rate", "weights_path");
  fields.only("q_pool", 3, 3);
  fields.only("dim_mul", 2, 2);
  fields.only("head_mul", 2, 2);
  fields.only("return_interm_layers", true, true);
  const width = fields.integer("embed_dim", { min: 1, max: WIDTH_MAX }, 96);
  const heads = fields.integer("num_heads", { min: 1, max: 64 }, 1);
  const stages = fields.integers("stages", { count: 4, max: LAYERS_MAX }, [2, 3, 16, 3]);
  const blocks = stages.reduce((sum, stage) => sum + stage, 0);
  const globalBlocks = fields.integers("global_att_blocks", { max: blocks - 1 }, [12, 16, 20]);
  const background = fields.integers(
    "window_pos_embed_bkg_spatial_size",
    { count: 2, max: 1024 },
    [14, 14],
  );
  const windows = fields.integers("window_spec", { count: 4, max: 1024 }, [8, 4, 14, 7]);
  // A window of 0 means the whole grid; the reference cannot pool inside it, so only the last stage may have it.
  if ([...stages, ...windows.slice(0, 3), ...background].includes(0)) {
    throw invalid(
      fields.place,
      "stages, the first three windows and the background must be at least 1",
    );
  }
  if (width % heads !== 0) {
    throw invalid(fields.place, `embed_dim ${width} cannot be shared by ${heads} heads`);
  }
  fields.finish();
  return {
    width,
    heads,
    stages: stages as unknown as TrunkConfiguration["stages"],
    globalBlocks,
    positionBackground: background as unknown as TrunkConfiguration["positionBackground"],
    windows: windows as unknown as TrunkConfiguration["windows"],
  };
}

function readNeck(fields: Fields, trunk: TrunkConfiguration) {
  fields.ignore("_target_");
  fields.only("fpn_interp_model", "nearest", "bilinear");
  fields.only("fuse_type", "sum", "sum");
  fields.only("kernel_size", 1, 1);
  const width = fields.integer("d_model", { min: 8, max: WIDTH_MAX });
  if (width % 8 !== 0) throw invalid(`${fields.place}.d_model`, `${width} is not a multiple of 8`);
  const channels = fields.integers("backbone_channel_list", { count: 4, max: COUNT_MAX });
  const expected = [...trunkWidths(trunk)].reverse();
  if (channels.some((count, index) => count !== expected[index])) {
    const cause = `the trunk gives ${expected.join(", ")}, not ${channels.join(", ")}`;
    throw invalid(`${fields.place}.backbone_channel_list`, cause);
  }
  const topDownLevels = fields.integers("fpn_top_down_levels", { max: 3 }, [0, 1, 2, 3]);
  const position = fields.object("position_encoding");
  position.ignore("_target_", "scale", "warmup_cache", "image_size", "strides");
  position.only("normalize", true, true);
  position.only("num_pos_feats", width);
  const temperature = position.number("temperature", 10000);
  position.finish();
  fields.finish();
  return { width, topDownLevels, temperature };
}

function readMemoryAttention(fields: Fields, width: number) {
  fields.ignore("_target_");
  fields.only("d_model", width);
  fields.only("pos_enc_at_input", true);
  fields.only("batch_first", true, true);
  const layers = fields.integer("num_layers", { min: 1, max: LAYERS_MAX });
  const layer = fields.object("layer");
  layer.ignore("_target_", "dropout");
  layer.only("activation", "relu");
  layer.only("pos_enc_at_attn", false);
  layer.only("pos_enc_at_cross_attn_keys", true);
  layer.only("pos_enc_at_cross_attn_queries", false);
  layer.only("d_model", width);
  const feedForward = layer.integer("dim_feedforward", { min: 1, max: COUNT_MAX });
  const self = readAttention(layer.object("self_attention"), width);
  const cross = readAttention(layer.object("cross_attention"), width);
  layer.finish();
  fields.finish();
  if (self.ropeTheta !== cross.ropeTheta) throw invalid(layer.place, "both rope_theta must agree");
  return { layers, feedForward, ropeTheta: self.ropeTheta, memoryWidth: cross.keyWidth };
}

function readAttention(fields: Fields, width: number) {
  // feat_sizes is a cache of the reference, recomputed there whenever it does not fit.
  fields.ignore("_target_", "dropout", "feat_sizes", "rope_k_repeat");
  fields.only("embedding_dim", width);
  fields.only("num_heads", 1);
  fields.only("downsample_rate", 1, 1);
  const ropeTheta = fields.number("rope_theta", 10000);
  const keyWidth = fields.integer("kv_in_dim", { min: 1, max: WIDTH_MAX }, width);
  fields.finish();
  return { ropeTheta, keyWidth };
}

function readMemoryEncoder(fields: Fields, width: number) {
  fields.ignore("_target_");
  fields.only("in_dim", width, width);
  const memoryWidth = fields.integer("out_dim", { min: 1, max: WIDTH_MAX });
  const position = fields.object("position_encoding");
  position.ignore("_target_", "scale", "temperature");
  position.only("normalize", true, true);
  position.only("num_pos_feats", memoryWidth);
  position.finish();
  const downsampler = fields.object("mask_downsampler");
  downsampler.ignore("_target_");
  downsampler.only("embed_dim", width, width);
  downsampler.only("kernel_size", 3, 4);
  downsampler.only("stride", 2, 4);
  downsampler.only("padding", 1, 0);
  downsampler.only("total_stride", 16, 16);
  downsampler.finish();
  const fuser = fields.object("fuser");
  fuser.ignore("_target_", "input_projection");
  const fuserLayers = fuser.integer("num_layers", { min: 1, max: LAYERS_MAX });
  const layer = fuser.object("layer");
  layer.ignore("_target_", "layer_scale_init_value", "drop_path");
  layer.only("dim", width);
  layer.only("use_dwconv", true, true);
  const fuserKernel = layer.integer("kernel_size", { min: 1, max: 31 }, 7);
  layer.only("padding", (fuserKernel - 1) / 2, 3);
  layer.finish();
  fuser.finish();
  fields.finish();
  return { width: memoryWidth, fuserLayers, fuserKernel };
}

function readFixed(model: Fields): void {
  model.ignore("_target_", "compile_image_encoder", "non_overlap_masks_for_mem_enc");
  model.only("backbone_stride", 16, 16);
  model.only("use_high_res_features_in_sam", true);
  model.only("directly_add_no_mem_embed", true);
  model.only("use_mask_input_as_output_without_sam", true);
  model.only("iou_prediction_use_sigmoid", true);
  model.only("use_obj_ptrs_in_encoder", true);
  model.only("pred_obj_scores", true);
  model.only("pred_obj_scores_mlp", true);
  model.only("use_mlp_for_obj_ptr_proj", true);
}

function readPointerAge(model: Fields): Sam2Configuration["pointerAge"] {
  const added = model.flag("add_tpos_enc_to_obj_ptrs", true);
  const projected = model.flag("proj_tpos_enc_in_obj_ptrs", false);
  if (projected && !added) {
    throw invalid(model.place, "proj_tpos_enc_in_obj_ptrs needs add_tpos_enc_to_obj_ptrs");
  }
  if (!added) return "none";
  return projected ? "projected" : "sine";
}

/** The memory rules by their official keys. Throws EngineError configuration-invalid. */
export function readMemoryRules(model: Fields): MemoryRules {
  const limit = model.integer("max_cond_frames_in_attn", { min: -1, max: COUNT_MAX }, -1);
  if (limit === 0 || limit === 1) {
    throw invalid(`${model.place}.max_cond_frames_in_attn`, "at least 2, or -1 for no limit");
  }
  return {
    slots: model.integer("num_maskmem", { min: 1, max: 64 }, 7),
    conditioningMax: limit === -1 ? null : limit,
    stride: model.integer("memory_temporal_stride_for_eval", { min: 1, max: COUNT_MAX }, 1),
    pointersMax: model.integer("max_obj_ptrs_in_encoder", { min: 1, max: 1024 }, 16),
    signedDistances: model.flag("use_signed_tpos_enc_to_obj_ptrs", false),
    pointersOnlyFromPast: model.flag("only_obj_ptrs_in_the_past_for_eval", false),
  };
}

/** The predictor's rules by their official keys. Throws EngineError configuration-invalid. */
export function readPredictorRules(model: Fields): PredictorRules {
  return {
    multimask: {
      onPrompt: model.flag("multimask_output_in_sam", false),
      whileTracking: model.flag("multimask_output_for_tracking", false),
      pointsMin: model.integer("multimask_min_pt_num", { min: 0, max: COUNT_MAX }, 1),
      pointsMax: model.integer("multimask_max_pt_num", { min: 0, max: COUNT_MAX }, 1),
      pointerOfChosen: model.flag("use_multimask_token_for_obj_ptr", false),
    },
    stability: readStability(model),
    fixedNoObjectPointer: model.flag("fixed_no_obj_ptr", false),
    softNoObjectPointer: model.flag("soft_no_obj_ptr", false),
    binarisePrompted: model.flag("binarize_mask_from_pts_for_mem_enc", false),
    fillHoleArea: model.integer("fill_hole_area", { min: 0, max: COUNT_MAX }, 0),
    nonOverlap: model.flag("non_overlap_masks", false),
    clearAroundPrompts: model.flag("clear_non_cond_mem_around_input", false),
    correctionsCondition: model.flag("add_all_frames_to_correct_as_cond", false),
  };
}

function readStability(model: Fields): PredictorRules["stability"] {
  if (!model.has("sam_mask_decoder_extra_args")) {
    model.ignore("sam_mask_decoder_extra_args");
    return null;
  }
  const extra = model.object("sam_mask_decoder_extra_args");
  const on = extra.flag("dynamic_multimask_via_stability", false);
  const delta = extra.number("dynamic_multimask_stability_delta", 0.05);
  const threshold = extra.number("dynamic_multimask_stability_thresh", 0.98);
  extra.finish();
  return on ? { delta, threshold } : null;
}

/**
 * The position code is tiled in whole windows, four poolings must come out even, and where the first block of a stage pools
 * inside the windows of the stage before, the pooled windows must cover the pooled grid: the reference fails otherwise.
 * Throws EngineError configuration-invalid.
 */
export function checkImageSize(imageSize: number, trunk: TrunkConfiguration, place: string): void {
  if (imageSize % 32 !== 0) {
    throw invalid(`${place}.image_size`, `${imageSize} is not a multiple of 32`);
  }
  if ((imageSize / 4) % trunk.windows[0] !== 0) {
    const cause = `a quarter of ${imageSize} is not a multiple of the first window ${trunk.windows[0]}`;
    throw invalid(`${place}.image_size`, cause);
  }
  for (const [stage, window] of trunk.windows.slice(0, 3).entries()) {
    const side = imageSize / 4 / 2 ** stage;
    const firstOfNext = trunk.stages.slice(0, stage + 1).reduce((sum, count) => sum + count, 0);
    if (trunk.globalBlocks.includes(firstOfNext)) {
      const cause = `block ${firstOfNext} pools and cannot attend to the whole picture too`;
      throw invalid(`${place}.global_att_blocks`, cause);
    }
    const half = Math.floor(window / 2);
    if (half === 0 || Math.ceil(side / 2 / half) !== Math.ceil(side / window)) {
      const cause = `windows of ${window} cannot be pooled on a grid of ${side}: half of each does not cover half of it`;
      throw invalid(`${place}.window_spec`, cause);
    }
  }
}
