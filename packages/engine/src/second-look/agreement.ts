// Which of many masks of one click is meant: the one that the sure ones agree on.

/** A mask that a view of the picture gave, on a plane over the whole picture. */
export interface Candidate {
  readonly logits: Float32Array;
  /** Predicted IoU, 0…1. */
  readonly quality: number;
  /** Area above +1 over area above −1. */
  readonly stability: number;
  /** Length of the mask along edges of its view inside the picture, in sides of the view: it is cut off there. */
  readonly cutOff: number;
}

/** A vote counts by the fourth power: measured, with first to fourth, on pictures kept for choosing (decision 0042). */
const VOTE_POWER = 4;
/** A mask that is cut off along a fifth of its view or more counts for a third. */
const CUT_OFF_WEIGHT = 5;

/** How far a candidate is to be believed, 0…1. */
export function beliefIn({ quality, stability, cutOff }: Candidate): number {
  return quality * stability * Math.exp(-Math.min(1, CUT_OFF_WEIGHT * cutOff));
}

/**
 * The candidates' indices, the one that is expected to overlap best with what is meant first: its mean IoU with all
 * candidates, each weighing by how far it is to be believed.
 */
export function rankedByAgreement(candidates: readonly Candidate[]): readonly number[] {
  const weights = candidates.map((candidate) => beliefIn(candidate) ** VOTE_POWER);
  const masks = candidates.map(({ logits }) => thinned(logits));
  const support = candidates.map((_, a) =>
    candidates.reduce((sum, _, b) => sum + weights[b]! * overlap(masks[a]!, masks[b]!), 0),
  );
  return [...candidates.keys()].sort((a, b) => support[b]! - support[a]!);
}

/** Every second pixel of every second row: enough to tell masks apart. */
function thinned(logits: Float32Array): Uint8Array {
  const side = Math.sqrt(logits.length);
  const half = side >> 1;
  return Uint8Array.from({ length: half * half }, (_, at) =>
    Number(logits[2 * Math.floor(at / half) * side + 2 * (at % half)]! > 0),
  );
}

/** IoU; 0 for two empty masks, which speak for nothing. */
function overlap(a: Uint8Array, b: Uint8Array): number {
  let both = 0;
  let either = 0;
  for (let at = 0; at < a.length; at++) {
    both += a[at]! & b[at]!;
    either += a[at]! | b[at]!;
  }
  return either === 0 ? 0 : both / either;
}

/** IoU of two masks given by logits over the same square, on every second pixel. */
export function overlapOfLogits(a: Float32Array, b: Float32Array): number {
  return overlap(thinned(a), thinned(b));
}

/** Share of a square view's side along which the mask lies on edges that are not the picture's own. */
export function cutOffLength(
  logits: Float32Array,
  inner: {
    readonly left: boolean;
    readonly top: boolean;
    readonly right: boolean;
    readonly bottom: boolean;
  },
): number {
  const side = Math.sqrt(logits.length);
  let cells = 0;
  for (let at = 0; at < side; at++) {
    if (inner.left && logits[at * side]! > 0) cells++;
    if (inner.right && logits[at * side + side - 1]! > 0) cells++;
    if (inner.top && logits[at]! > 0) cells++;
    if (inner.bottom && logits[(side - 1) * side + at]! > 0) cells++;
  }
  return cells / side;
}
