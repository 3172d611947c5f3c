// Each pixel to one object: the reference's non-overlapping constraint.

const SUPPRESSED = -10;

/**
 * Keeps each pixel's highest logit (the first of equals) and lowers the others to at most −10; the
 * planes are changed in place. One plane stays as it is. Source: `sam2_base.py`, `_apply_non_overlapping_constraints`.
 */
export function applyNonOverlap(planes: readonly Float32Array[]): void {
  const first = planes[0];
  if (first === undefined || planes.length === 1) return;
  for (let pixel = 0; pixel < first.length; pixel++) {
    let best = 0;
    for (let object = 1; object < planes.length; object++) {
      if (planes[object]![pixel]! > planes[best]![pixel]!) best = object;
    }
    for (const [object, plane] of planes.entries()) {
      if (object !== best && plane[pixel]! > SUPPRESSED) plane[pixel] = SUPPRESSED;
    }
  }
}
