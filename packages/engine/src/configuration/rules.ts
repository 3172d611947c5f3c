// What predictors and the memory bank may decide: the reference's switches, and their released values.

/** How many memories and pointers take part, and which. Source: `modeling/sam2_base.py`, `_prepare_memory_conditioned_features`. */
export interface MemoryRules {
  /** Spatial memories: one kind for conditioning frames and `slots - 1` recent frames (`num_maskmem`). */
  readonly slots: number;
  /** Limit on conditioning frames that take part, at least 2; null for all (`max_cond_frames_in_attn`). */
  readonly conditioningMax: number | null;
  /** Every how many frames a recent memory is taken (`memory_temporal_stride_for_eval`). */
  readonly stride: number;
  /** Pointers that take part (`max_obj_ptrs_in_encoder`). */
  readonly pointersMax: number;
  /** Distances of conditioning pointers keep their sign (`use_signed_tpos_enc_to_obj_ptrs`). */
  readonly signedDistances: boolean;
  /** Conditioning pointers of the future stay out (`only_obj_ptrs_in_the_past_for_eval`). */
  readonly pointersOnlyFromPast: boolean;
}

/** The reference's switches around the network. Official names in brackets; released values in `released.ts`. */
export interface PredictorRules {
  /** Several masks on the first prompt (`multimask_output_in_sam`) for this many points, box corners counted. */
  readonly multimask: {
    readonly onPrompt: boolean;
    readonly whileTracking: boolean;
    readonly pointsMin: number;
    readonly pointsMax: number;
    /** The pointer is that of the chosen mask (`use_multimask_token_for_obj_ptr`). */
    readonly pointerOfChosen: boolean;
  };
  /** Falls back from the single mask to the best of three when unstable; null when off (`dynamic_multimask_via_stability`). */
  readonly stability: { readonly delta: number; readonly threshold: number } | null;
  /** `fixed_no_obj_ptr`: an absent object's pointer is the no-object vector alone. */
  readonly fixedNoObjectPointer: boolean;
  /** `soft_no_obj_ptr`: pointer and no-object vector are mixed by the score's sigmoid. */
  readonly softNoObjectPointer: boolean;
  /** `binarize_mask_from_pts_for_mem_enc`: prompted masks are cut at 0 before they are remembered. */
  readonly binarisePrompted: boolean;
  /** `fill_hole_area` in low-resolution pixels; 0 is off. */
  readonly fillHoleArea: number;
  /** `non_overlap_masks`: each pixel belongs to the object with the highest logit. */
  readonly nonOverlap: boolean;
  /** `clear_non_cond_mem_around_input`: prompts drop tracked memories within 7 strides. */
  readonly clearAroundPrompts: boolean;
  /** `add_all_frames_to_correct_as_cond`: a corrected tracked frame becomes a conditioning frame. */
  readonly correctionsCondition: boolean;
}

/** The memory rules of the released SAM 2.1 networks. */
export const releasedMemoryRules: MemoryRules = {
  slots: 7,
  conditioningMax: null,
  stride: 1,
  pointersMax: 16,
  signedDistances: true,
  pointersOnlyFromPast: true,
};

/** The predictor rules of the released networks, with the options that the video builder adds (`build_sam.py`). */
export const releasedPredictorRules: PredictorRules = {
  multimask: {
    onPrompt: true,
    whileTracking: true,
    pointsMin: 0,
    pointsMax: 1,
    pointerOfChosen: true,
  },
  stability: { delta: 0.05, threshold: 0.98 },
  fixedNoObjectPointer: true,
  softNoObjectPointer: false,
  binarisePrompted: true,
  fillHoleArea: 8,
  nonOverlap: false,
  clearAroundPrompts: false,
  correctionsCondition: false,
};
