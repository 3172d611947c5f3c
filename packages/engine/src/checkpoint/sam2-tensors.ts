// The tensors that a SAM 2 checkpoint must hold for a configuration: every name and shape.
import { type Sam2Configuration, sam2Fixed, trunkWidths } from "../configuration/sam2.ts";

export type ExpectedTensors = ReadonlyMap<string, readonly number[]>;

/** Collects names and shapes; a layer's parts share its prefix. */
class Inventory {
  readonly tensors = new Map<string, readonly number[]>();

  add(name: string, ...shape: number[]): void {
    this.tensors.set(name, shape);
  }

  /** A matrix or convolution with its bias, one for each output. */
  layer(name: string, ...shape: [number, ...number[]]): void {
    this.add(`${name}.weight`, ...shape);
    this.add(`${name}.bias`, shape[0]);
  }

  norm(name: string, width: number): void {
    this.layer(name, width);
  }

  /** A perceptron with `widths.length - 1` linear layers. */
  perceptron(name: string, ...widths: number[]): void {
    for (const [index, width] of widths.slice(0, -1).entries()) {
      this.layer(`${name}.layers.${index}`, widths[index + 1]!, width);
    }
  }

  attention(
    name: string,
    { width, inner, keyWidth }: { width: number; inner: number; keyWidth: number },
  ): void {
    this.layer(`${name}.q_proj`, inner, width);
    this.layer(`${name}.k_proj`, inner, keyWidth);
    this.layer(`${name}.v_proj`, inner, keyWidth);
    this.layer(`${name}.out_proj`, width, inner);
  }
}

/** Every tensor of the official state dictionary. Source: the modules' constructors in `sam2/modeling`. */
export function expectedSam2Tensors(configuration: Sam2Configuration): ExpectedTensors {
  const inventory = new Inventory();
  addTrunk(inventory, configuration);
  addNeck(inventory, configuration);
  addMemoryAttention(inventory, configuration);
  addMemoryEncoder(inventory, configuration);
  addPromptEncoder(inventory, configuration);
  addMaskDecoder(inventory, configuration);
  addTracker(inventory, configuration);
  return inventory.tensors;
}

function addTrunk(inventory: Inventory, { trunk }: Sam2Configuration): void {
  const root = "image_encoder.trunk";
  const widths = trunkWidths(trunk);
  inventory.layer(`${root}.patch_embed.proj`, trunk.width, 3, 7, 7);
  inventory.add(`${root}.pos_embed`, 1, trunk.width, ...trunk.positionBackground);
  inventory.add(`${root}.pos_embed_window`, 1, trunk.width, trunk.windows[0], trunk.windows[0]);
  let block = 0;
  let before = trunk.width;
  for (const [stage, blocks] of trunk.stages.entries()) {
    const width = widths[stage]!;
    for (let i = 0; i < blocks; i++, block++, before = width) {
      const name = `${root}.blocks.${block}`;
      inventory.norm(`${name}.norm1`, before);
      inventory.norm(`${name}.norm2`, width);
      inventory.layer(`${name}.attn.qkv`, 3 * width, before);
      inventory.layer(`${name}.attn.proj`, width, width);
      inventory.perceptron(`${name}.mlp`, width, 4 * width, width);
      if (before !== width) inventory.layer(`${name}.proj`, width, before);
    }
  }
}

/** The neck's first convolution belongs to the deepest level. */
function addNeck(inventory: Inventory, { trunk, width }: Sam2Configuration): void {
  for (const [index, channels] of [...trunkWidths(trunk)].reverse().entries()) {
    inventory.layer(`image_encoder.neck.convs.${index}.conv`, width, channels, 1, 1);
  }
}

function addMemoryAttention(inventory: Inventory, configuration: Sam2Configuration): void {
  const { width, memoryAttention, memoryEncoder } = configuration;
  for (let i = 0; i < memoryAttention.layers; i++) {
    const name = `memory_attention.layers.${i}`;
    inventory.attention(`${name}.self_attn`, { width, inner: width, keyWidth: width });
    inventory.attention(`${name}.cross_attn_image`, {
      width,
      inner: width,
      keyWidth: memoryEncoder.width,
    });
    inventory.layer(`${name}.linear1`, memoryAttention.feedForward, width);
    inventory.layer(`${name}.linear2`, width, memoryAttention.feedForward);
    for (const norm of ["norm1", "norm2", "norm3"]) inventory.norm(`${name}.${norm}`, width);
  }
  inventory.norm("memory_attention.norm", width);
}

function addMemoryEncoder(inventory: Inventory, { width, memoryEncoder }: Sam2Configuration): void {
  const root = "memory_encoder";
  // Four strided convolutions 1-4-16-64-256, each with a norm and an activation between.
  const channels = [1, 4, 16, 64, 256];
  for (let i = 0; i < 4; i++) {
    const name = `${root}.mask_downsampler.encoder`;
    inventory.layer(`${name}.${3 * i}`, channels[i + 1]!, channels[i]!, 3, 3);
    inventory.norm(`${name}.${3 * i + 1}`, channels[i + 1]!);
  }
  inventory.layer(`${root}.mask_downsampler.encoder.12`, width, 256, 1, 1);
  inventory.layer(`${root}.pix_feat_proj`, width, width, 1, 1);
  for (let i = 0; i < memoryEncoder.fuserLayers; i++) {
    const name = `${root}.fuser.layers.${i}`;
    inventory.layer(
      `${name}.dwconv`,
      width,
      1,
      memoryEncoder.fuserKernel,
      memoryEncoder.fuserKernel,
    );
    inventory.norm(`${name}.norm`, width);
    inventory.layer(`${name}.pwconv1`, 4 * width, width);
    inventory.layer(`${name}.pwconv2`, width, 4 * width);
    inventory.add(`${name}.gamma`, width);
  }
  // A memory as wide as the features passes unprojected (`MemoryEncoder.out_proj` is an identity then).
  if (memoryEncoder.width !== width)
    inventory.layer(`${root}.out_proj`, memoryEncoder.width, width, 1, 1);
}

function addPromptEncoder(inventory: Inventory, { width }: Sam2Configuration): void {
  const root = "sam_prompt_encoder";
  const channels = sam2Fixed.maskPromptChannels;
  inventory.add(`${root}.pe_layer.positional_encoding_gaussian_matrix`, 2, width / 2);
  for (let label = 0; label < 4; label++)
    inventory.add(`${root}.point_embeddings.${label}.weight`, 1, width);
  inventory.add(`${root}.not_a_point_embed.weight`, 1, width);
  inventory.add(`${root}.no_mask_embed.weight`, 1, width);
  inventory.layer(`${root}.mask_downscaling.0`, channels / 4, 1, 2, 2);
  inventory.norm(`${root}.mask_downscaling.1`, channels / 4);
  inventory.layer(`${root}.mask_downscaling.3`, channels, channels / 4, 2, 2);
  inventory.norm(`${root}.mask_downscaling.4`, channels);
  inventory.layer(`${root}.mask_downscaling.6`, width, channels, 1, 1);
}

function addMaskDecoder(inventory: Inventory, { width }: Sam2Configuration): void {
  const root = "sam_mask_decoder";
  const cross = { width, inner: width / sam2Fixed.decoderAttentionDownsampling, keyWidth: width };
  for (let i = 0; i < sam2Fixed.decoderLayers; i++) {
    const name = `${root}.transformer.layers.${i}`;
    inventory.attention(`${name}.self_attn`, { ...cross, inner: width });
    inventory.attention(`${name}.cross_attn_token_to_image`, cross);
    inventory.attention(`${name}.cross_attn_image_to_token`, cross);
    inventory.perceptron(`${name}.mlp`, width, sam2Fixed.decoderFeedForward, width);
    for (const norm of ["norm1", "norm2", "norm3", "norm4"])
      inventory.norm(`${name}.${norm}`, width);
  }
  inventory.attention(`${root}.transformer.final_attn_token_to_image`, cross);
  inventory.norm(`${root}.transformer.norm_final_attn`, width);
  inventory.add(`${root}.iou_token.weight`, 1, width);
  inventory.add(`${root}.mask_tokens.weight`, 4, width);
  inventory.add(`${root}.obj_score_token.weight`, 1, width);
  // Transposed convolutions: inputs first, so the bias follows the second side.
  inventory.add(`${root}.output_upscaling.0.weight`, width, width / 4, 2, 2);
  inventory.add(`${root}.output_upscaling.0.bias`, width / 4);
  inventory.norm(`${root}.output_upscaling.1`, width / 4);
  inventory.add(`${root}.output_upscaling.3.weight`, width / 4, width / 8, 2, 2);
  inventory.add(`${root}.output_upscaling.3.bias`, width / 8);
  inventory.layer(`${root}.conv_s0`, width / 8, width, 1, 1);
  inventory.layer(`${root}.conv_s1`, width / 4, width, 1, 1);
  for (let i = 0; i < 4; i++) {
    inventory.perceptron(`${root}.output_hypernetworks_mlps.${i}`, width, width, width, width / 8);
  }
  const hidden = sam2Fixed.qualityHidden;
  inventory.perceptron(`${root}.iou_prediction_head`, width, hidden, hidden, 4);
  inventory.perceptron(`${root}.pred_obj_score_head`, width, width, width, 1);
}

function addTracker(inventory: Inventory, configuration: Sam2Configuration): void {
  const { width, memoryEncoder, memory, pointerAge } = configuration;
  inventory.add("maskmem_tpos_enc", memory.slots, 1, 1, memoryEncoder.width);
  inventory.add("no_mem_embed", 1, 1, width);
  inventory.add("no_mem_pos_enc", 1, 1, width);
  inventory.add("no_obj_ptr", 1, width);
  if (memoryEncoder.noObjectEmbedding)
    inventory.add("no_obj_embed_spatial", 1, memoryEncoder.width);
  inventory.layer("mask_downsample", 1, 1, 4, 4);
  inventory.perceptron("obj_ptr_proj", width, width, width, width);
  if (pointerAge === "projected") inventory.layer("obj_ptr_tpos_proj", memoryEncoder.width, width);
}
