// Which vertex of one outline answers to which of another, and the outline between the two.
import type { EdgePoint, Ring } from "./shape.ts";

/**
 * The outline at `part` (0 … 1) of the way from a to b. The documented rule of correspondence:
 * 1. b is walked in a's direction (both clockwise or both not).
 * 2. Equal numbers of vertices: vertex i answers to vertex i + s of b, where the shift s makes the sum
 *    of squared distances smallest after both centroids are laid on each other (the smallest s wins a tie).
 * 3. Different numbers: each vertex of a answers to the point of b at the same share of the walk
 *    around it, and each vertex of b to such a point of a; the walks start at the pair of vertices
 *    that lie closest once the centroids are laid on each other. The result has the vertices of both.
 * Each pair moves in a straight line.
 */
export function betweenRings(a: Ring, b: Ring, part: number): Ring {
  const turned = Math.sign(turning(a)) * Math.sign(turning(b)) < 0 ? [...b].reverse() : b;
  const [from, to] = a.length === turned.length ? aligned(a, turned) : matched(a, turned);
  return from.map((p, i) => {
    const q = to[i]!;
    return { x: p.x + (q.x - p.x) * part, y: p.y + (q.y - p.y) * part };
  });
}

/** Twice the signed area: positive when walked clockwise on screen (y down). */
function turning(ring: Ring): number {
  let sum = 0;
  ring.forEach((p, i) => {
    const q = ring[(i + 1) % ring.length]!;
    sum += p.x * q.y - q.x * p.y;
  });
  return sum;
}

function centre(ring: Ring): EdgePoint {
  let [x, y] = [0, 0];
  for (const p of ring) {
    x += p.x;
    y += p.y;
  }
  return { x: x / ring.length, y: y / ring.length };
}

function distance2(p: EdgePoint, q: EdgePoint, offset: EdgePoint): number {
  return (p.x + offset.x - q.x) ** 2 + (p.y + offset.y - q.y) ** 2;
}

/** More vertices than this are matched by their share of the walk: trying every shift is quadratic. */
const SHIFTS_MAX = 512;

function aligned(a: Ring, b: Ring): [Ring, Ring] {
  const n = a.length;
  if (n > SHIFTS_MAX) return matched(a, b);
  const offset = offsetOf(a, b);
  let best = { cost: Number.POSITIVE_INFINITY, shift: 0 };
  for (let shift = 0; shift < n; shift++) {
    let cost = 0;
    for (let i = 0; i < n && cost < best.cost; i++) {
      cost += distance2(a[i]!, b[(i + shift) % n]!, offset);
    }
    if (cost < best.cost) best = { cost, shift };
  }
  return [a, rotated(b, best.shift)];
}

function offsetOf(a: Ring, b: Ring): EdgePoint {
  const [p, q] = [centre(a), centre(b)];
  return { x: q.x - p.x, y: q.y - p.y };
}

function rotated(ring: Ring, by: number): Ring {
  return [...ring.slice(by), ...ring.slice(0, by)];
}

function matched(a: Ring, b: Ring): [Ring, Ring] {
  const offset = offsetOf(a, b);
  const start = nearest(a[0]!, b, offset);
  const other = rotated(b, start);
  const [sharesA, sharesB] = [shares(a), shares(other)];
  const all = [...new Set([...sharesA, ...sharesB])].sort((x, y) => x - y);
  return [
    all.map((share) => along(a, sharesA, share)),
    all.map((share) => along(other, sharesB, share)),
  ];
}

function nearest(p: EdgePoint, ring: Ring, offset: EdgePoint): number {
  let best = 0;
  ring.forEach((q, i) => {
    if (distance2(p, q, offset) < distance2(p, ring[best]!, offset)) best = i;
  });
  return best;
}

/** The share 0 … 1 of the way around at which each vertex lies; a ring without length is spread evenly. */
function shares(ring: Ring): number[] {
  const lengths = ring.map((p, i) => {
    const q = ring[(i + 1) % ring.length]!;
    return Math.hypot(q.x - p.x, q.y - p.y);
  });
  const total = lengths.reduce((sum, length) => sum + length, 0);
  let walked = 0;
  return ring.map((_, i) => {
    const share = total === 0 ? i / ring.length : walked / total;
    walked += lengths[i]!;
    return share;
  });
}

function along(ring: Ring, at: readonly number[], share: number): EdgePoint {
  let i = at.length - 1;
  while (at[i]! > share) i--;
  const [p, q] = [ring[i]!, ring[(i + 1) % ring.length]!];
  const length = (at[i + 1] ?? 1) - at[i]!;
  const part = length === 0 ? 0 : (share - at[i]!) / length;
  return { x: p.x + (q.x - p.x) * part, y: p.y + (q.y - p.y) * part };
}
