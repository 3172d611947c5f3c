// One outline for a shape of several parts and holes: rings joined by lines without width.
import type { EdgePoint, PolygonPart, Ring } from "@masklet/annotation";

/** Longer rings are joined at their first points: looking for the nearest pair is quadratic. */
const SEARCHED_MAX = 2_000;

/**
 * Joins all rings to one closed outline that fills the same pixels by the nonzero rule and by the
 * even-odd rule: each further ring is entered and left by the same line. Outer rings run clockwise on
 * screen, holes the other way. Ultralytics' converter joins parts so.
 */
export function bridged(parts: readonly PolygonPart[]): Ring {
  const rings = parts.flatMap(({ outer, holes }) => [
    running(outer, 1),
    ...holes.map((hole) => running(hole, -1)),
  ]);
  return rings.slice(1).reduce(join, rings[0]!);
}

function running(ring: Ring, sign: 1 | -1): Ring {
  return Math.sign(ringArea(ring)) === -sign ? [...ring].reverse() : ring;
}

function join(ring: Ring, other: Ring): Ring {
  const { at, from } = nearest(ring, other);
  const around = [...other.slice(from), ...other.slice(0, from), other[from]!];
  return [...ring.slice(0, at + 1), ...around, ...ring.slice(at)];
}

function nearest(ring: Ring, other: Ring): { at: number; from: number } {
  let best = { at: 0, from: 0, distance: Number.POSITIVE_INFINITY };
  if (ring.length * other.length > SEARCHED_MAX ** 2) return best;
  ring.forEach((p, at) => {
    other.forEach((q, from) => {
      const distance = squared(p, q);
      if (distance < best.distance) best = { at, from, distance };
    });
  });
  return best;
}

function squared(p: EdgePoint, q: EdgePoint): number {
  return (p.x - q.x) ** 2 + (p.y - q.y) ** 2;
}

/** The signed area; positive when walked clockwise on screen (y down). */
export function ringArea(ring: Ring): number {
  let twice = 0;
  ring.forEach((p, i) => {
    const q = ring[(i + 1) % ring.length]!;
    twice += p.x * q.y - q.x * p.y;
  });
  return twice / 2;
}
