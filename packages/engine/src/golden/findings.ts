// Comparing with the reference: tensors within their tolerance, masks pixel for pixel, decisions exactly.
import type { Tensor } from "../network.ts";
import type { NoiseTable } from "./flows.ts";

/** The floor of every tolerance, and how far recorded noise is stretched. Source: `golden/README.md`. */
const TOLERANCE_MIN = 2e-3;
const NOISE_FACTOR = 10;
const COMPLAINTS_MAX = 20;

/** What a flow's comparison found so far. */
export interface Findings {
  readonly flow: string;
  tensors: number;
  /** Largest difference over its tolerance; at most 1 holds. */
  worst: number;
  worstTensor: string;
  /** Masks with a pixel unequal where the reference is sure. */
  masks: number;
  masksUnequal: number;
  decisions: number;
  decisionsUnequal: number;
  /** The first failures, in words. */
  readonly complaints: string[];
}

export function newFindings(flow: string): Findings {
  return {
    flow,
    tensors: 0,
    worst: 0,
    worstTensor: "",
    masks: 0,
    masksUnequal: 0,
    decisions: 0,
    decisionsUnequal: 0,
    complaints: [],
  };
}

export function holds({ worst, masksUnequal, decisionsUnequal, complaints }: Findings): boolean {
  return worst <= 1 && masksUnequal === 0 && decisionsUnequal === 0 && complaints.length === 0;
}

export function complain(findings: Findings, text: string): void {
  if (findings.complaints.length < COMPLAINTS_MAX) findings.complaints.push(text);
}

/** How far a tensor of this name (its last part, `_subN` included) may stray. */
export function toleranceOf(noise: NoiseTable, name: string): number {
  const bare = name.replace(/_sub\d+$/, "");
  const recorded =
    noise[name] ??
    noise[bare] ??
    Object.entries(noise).find(([key]) => key.replace(/_sub\d+$/, "") === bare)?.[1];
  return Math.max(TOLERANCE_MIN, NOISE_FACTOR * (recorded?.max_abs_change ?? 0));
}

/** A decision that must be equal; `margin` says how near the reference was to deciding otherwise. */
export function compareDecision(
  findings: Findings,
  what: string,
  {
    ours,
    theirs,
    isClose = false,
  }: { readonly ours: unknown; readonly theirs: unknown; readonly isClose?: boolean },
): void {
  findings.decisions++;
  if (JSON.stringify(ours) === JSON.stringify(theirs) || isClose) return;
  findings.decisionsUnequal++;
  complain(findings, `${what}: ${JSON.stringify(ours)} instead of ${JSON.stringify(theirs)}`);
}

/** Names whose sign makes a mask. */
const MASKS = /^(low_res|low_res_filled|video_logits|logits)(_sub\d+)?$/;
/** Stored as bfloat16, where one rounding step may differ. */
const ROUNDED = /^(maskmem_features_bf16|memory_attention\.memory)$/;

/**
 * Compares our tensor with the reference's, which may be every N-th of some axes. `key` is the full name.
 * `closeCalls` is our tensor with every choice made the other way that was nearer than the noise.
 */
export function compareTensor(
  findings: Findings,
  key: string,
  {
    ours,
    reference,
    closeCalls = ours,
  }: {
    readonly ours: Tensor;
    readonly reference: Tensor;
    readonly closeCalls?: Tensor | undefined;
  },
  noise: NoiseTable,
): void {
  const name = key.slice(key.lastIndexOf("/") + 1);
  const tolerance = toleranceOf(noise, name);
  const every = Number(/_sub(\d+)$/.exec(name)?.[1] ?? 1);
  const sampled = sampleLike(ours, reference.shape, every);
  const otherwise = sampleLike(closeCalls, reference.shape, every);
  findings.tensors++;
  if (sampled === null || otherwise === null) {
    complain(
      findings,
      `${key}: shape [${ours.shape.join(", ")}] does not give [${reference.shape.join(", ")}]`,
    );
    return;
  }
  const isRounded = ROUNDED.test(name);
  let unequal = 0;
  let worst = 0;
  for (let i = 0; i < sampled.length; i++) {
    const their = reference.data[i]!;
    const our = nearer(their, sampled[i]!, otherwise[i]!);
    const allowed = isRounded ? Math.max(tolerance, bfloat16Step(our, their)) : tolerance;
    const ratio = Math.abs(our - their) / allowed;
    if (!(ratio <= worst)) worst = Number.isNaN(ratio) ? Number.POSITIVE_INFINITY : ratio;
    if (our > 0 !== their > 0 && Math.abs(their) >= tolerance) unequal++;
  }
  if (worst > findings.worst || findings.worstTensor === "") {
    findings.worst = worst;
    findings.worstTensor = key;
  }
  if (worst > 1)
    complain(findings, `${key}: ${worst.toPrecision(3)} times its tolerance ${tolerance}`);
  if (!MASKS.test(name)) return;
  findings.masks++;
  if (unequal === 0) return;
  findings.masksUnequal++;
  complain(findings, `${key}: ${unequal} pixels of the mask differ`);
}

function nearer(to: number, a: number, b: number): number {
  return Math.abs(b - to) < Math.abs(a - to) ? b : a;
}

/** One step of bfloat16 (8 bits of precision) at the size of these numbers. */
function bfloat16Step(a: number, b: number): number {
  const size = Math.max(Math.abs(a), Math.abs(b));
  return size === 0 ? 0 : 2 ** (Math.floor(Math.log2(size)) - 7);
}

/** Our numbers at the reference's places: each axis as it is, or every N-th from 0. Null if the shapes cannot be matched. */
export function sampleLike(
  { shape, data }: Tensor,
  target: readonly number[],
  every: number,
): Float32Array | null {
  if (shape.length !== target.length) return null;
  const steps = target.map((side, axis) => (shape[axis] === side ? 1 : every));
  if (target.some((side, axis) => Math.ceil(shape[axis]! / steps[axis]!) !== side)) return null;
  if (steps.every((step) => step === 1)) return data;
  const result = new Float32Array(target.reduce((product, side) => product * side, 1));
  for (let i = 0; i < result.length; i++) {
    let rest = i;
    let at = 0;
    let stride = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += (rest % target[axis]!) * steps[axis]! * stride;
      rest = Math.floor(rest / target[axis]!);
      stride *= shape[axis]!;
    }
    result[i] = data[at]!;
  }
  return result;
}
