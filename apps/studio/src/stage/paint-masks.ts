// Masks composited into pixels by the processor: fills first, then every outline with its halo. No canvas here.
import type { Mask, PixelBox, Size } from "@masklet/vision";
import {
  type DistanceField,
  distanceField,
  EDGE,
  insideOf,
  STEPS_PER_PIXEL,
} from "./distance-field.ts";
import { FINE, type Inks, inksOf, type MaskLook, reachOf, TABLE } from "./mask-look.ts";

/** Where the picture lies: `x`, `y` its corner and `scale` the size of an image pixel, all in device pixels. */
export interface Placement {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
  /** Device pixels of a CSS pixel. */
  readonly ratio: number;
  /** Of the picture, image pixels. */
  readonly picture: Size;
}

export interface Painter {
  readonly size: Size;
  /** Premultiplied little-endian RGBA, row by row. */
  readonly pixels: Uint32Array;
  /** Paints a scene anew and returns the rectangle that it or the one before covers, or null where both are empty. */
  paint(masks: readonly MaskLook[], at: Placement): PixelBox | null;
  /** A painter of another size that knows the same masks. */
  resized(size: Size): Painter;
}

/** Bytes of fields kept. */
const FIELD_BYTES_MAX = 96 * 1024 * 1024;
/** From here on (CSS pixels an image pixel) masks follow pixel edges. */
const SHARP_SCALE = 4;
/** Tables of colours kept: looks × colours at one zoom. */
const INKS_MAX = 256;
/** Stripes of stale and lost masks, CSS pixels. */
const HATCH_PERIOD = 10;
const HATCH_LINE = 3;

/** A painter over a canvas of `size` device pixels. */
export function createPainter(size: Size): Painter {
  return painterOver(size, createFields(), createInks());
}

function painterOver(
  size: Size,
  fields: ReturnType<typeof createFields>,
  inks: ReturnType<typeof createInks>,
): Painter {
  const pixels = new Uint32Array(size.width * size.height);
  const band: Band = { index: new Uint32Array(1 << 16), step: new Uint16Array(1 << 16), length: 0 };
  let painted: PixelBox | null = null;

  return {
    size,
    pixels,
    resized: (other) => painterOver(other, fields, inks),
    paint(masks, at) {
      const before = painted;
      if (before) clear(pixels, size.width, before);
      painted = null;
      band.length = 0;
      const ends: { readonly line: Uint32Array; readonly end: number }[] = [];
      const sharp = at.scale >= SHARP_SCALE * at.ratio;
      for (const look of masks) {
        const ink = inks(look, at);
        const margin = Math.max(2, Math.ceil(reachOf(look.line, at.ratio) / at.scale) + 1);
        const field = sharp ? pixelField(look.mask, at, size) : fields(look.mask, margin);
        const area = field && rectangleOf(field.box, at, size);
        if (!field || !area) continue;
        const job = { pixels, width: size.width, area, at, look, ink, band };
        if (sharp) sampleSharp(job, field);
        else sampleSmooth(job, field);
        ends.push({ line: ink.line, end: band.length });
        painted = joined(painted, area);
      }
      let from = 0;
      for (const { line, end } of ends) {
        strokeBand(pixels, band, line, from, end);
        from = end;
      }
      return joined(before, painted);
    },
  };
}

/** Pixels that a line may touch, of all masks one after another. */
interface Band {
  index: Uint32Array;
  step: Uint16Array;
  length: number;
}

interface Job {
  readonly pixels: Uint32Array;
  readonly width: number;
  readonly area: PixelBox;
  readonly at: Placement;
  readonly look: MaskLook;
  readonly ink: Inks;
  readonly band: Band;
}

/** Makes room for as many more entries. */
function reserve(band: Band, more: number): void {
  const wanted = band.length + more;
  if (wanted <= band.index.length) return;
  const length = Math.max(wanted, band.index.length * 2);
  const [index, step] = [new Uint32Array(length), new Uint16Array(length)];
  index.set(band.index);
  step.set(band.step);
  Object.assign(band, { index, step });
}

/** Reads the field between its pixels: paints the fill, and notes where the line comes. */
function sampleSmooth(job: Job, { box, data }: DistanceField): void {
  const { pixels, width, area, at, look, ink, band } = job;
  const { from, within, fill } = ink;
  const solid = fill[TABLE - 1]!;
  const stripes = look.hatch ? stripesOf(at.ratio) : null;
  const dashes = look.dash && dashesOf(look.dash, at.ratio);
  const [left, part] = columnsOf(area, at, box);
  const row = new Float32Array(box.width + 1);
  reserve(band, area.width * area.height);
  const { index, step } = band;
  let length = band.length;
  for (let y = area.y; y < area.y + area.height; y++) {
    const fieldY = (y + 0.5 - at.y) / at.scale - box.y - 0.5;
    const upper = Math.max(0, Math.min(box.height - 2, Math.floor(fieldY)));
    const share = Math.max(0, Math.min(1, fieldY - upper));
    const above = upper * box.width;
    if (!mixRows(data, above, box.width, share * FINE, (1 - share) * FINE, row, from)) continue;
    const start = y * width + area.x;
    for (let x = 0; x < area.width; x++) {
      const column = left[x]!;
      const a = row[column]!;
      const slope = row[column + 1]! - a;
      const value = (a + slope * part[x]!) | 0;
      if (value < from) continue;
      const place = start + x;
      const filled = stripes === null || stripes(area.x + x, y);
      if (value >= within) {
        if (filled && solid !== 0) pixels[place] = over(solid, pixels[place]!);
        continue;
      }
      const paint = fill[value]!;
      if (paint !== 0 && filled) pixels[place] = over(paint, pixels[place]!);
      index[length] = place;
      step[length++] =
        dashes === null ||
        dashes(area.x + x, y, slope, data[above + box.width + column]! - data[above + column]!)
          ? value
          : value + TABLE;
    }
  }
  band.length = length;
}

/** One row between two rows of the field, scaled; false where nothing of it is painted. */
function mixRows(
  data: Uint8Array,
  above: number,
  width: number,
  lower: number,
  upper: number,
  into: Float32Array,
  from: number,
): boolean {
  let most = 0;
  for (let x = 0; x < width; x++) {
    const value = data[above + x]! * upper + data[above + width + x]! * lower;
    into[x] = value;
    if (value > most) most = value;
  }
  into[width] = into[width - 1]!;
  return most >= from;
}

/** For each column of the area the field's column to its left and the share of the one to its right. */
function columnsOf(area: PixelBox, at: Placement, box: PixelBox): [Int32Array, Float32Array] {
  const left = new Int32Array(area.width);
  const part = new Float32Array(area.width);
  for (let x = 0; x < area.width; x++) {
    const fieldX = (area.x + x + 0.5 - at.x) / at.scale - box.x - 0.5;
    const column = Math.max(0, Math.min(box.width - 2, Math.floor(fieldX)));
    left[x] = column;
    part[x] = Math.max(0, Math.min(1, fieldX - column));
  }
  return [left, part];
}

/** Far in: the distance to the edges of the pixels themselves. `data` holds 1 inside, 0 outside. */
function sampleSharp(job: Job, { box, data }: DistanceField): void {
  const { pixels, width, area, at, look, ink, band } = job;
  const stripes = look.hatch ? stripesOf(at.ratio) : null;
  const dashes = look.dash && dashesOf(look.dash, at.ratio);
  reserve(band, area.width * area.height);
  const { index, step } = band;
  let length = band.length;
  for (let y = area.y; y < area.y + area.height; y++) {
    const row = Math.floor((y + 0.5 - at.y) / at.scale) - box.y;
    const low = (y + 0.5 - at.y) / at.scale - box.y - row;
    for (let x = area.x; x < area.x + area.width; x++) {
      const fieldX = (x + 0.5 - at.x) / at.scale - box.x;
      const column = Math.floor(fieldX);
      const here = row * box.width + column;
      const distance = toPixelEdge(data, here, box.width, fieldX - column, low);
      const value =
        Math.max(0, Math.min(TABLE - 1, (EDGE + STEPS_PER_PIXEL * distance) * FINE)) | 0;
      if (value < ink.from) continue;
      const place = y * width + x;
      const paint = ink.fill[value]!;
      if (paint !== 0 && (stripes === null || stripes(x, y)))
        pixels[place] = over(paint, pixels[place]!);
      if (value >= ink.within) continue;
      index[length] = place;
      const slopeX = data[here + 1]! - data[here - 1]!;
      const slopeY = data[here + box.width]! - data[here - box.width]!;
      step[length++] = dashes === null || dashes(x, y, slopeX, slopeY) ? value : value + TABLE;
    }
  }
  band.length = length;
}

/** Signed distance from a place inside a pixel to the nearest neighbour of the other side, image pixels; at most 15. */
function toPixelEdge(data: Uint8Array, here: number, width: number, x: number, y: number): number {
  const side = data[here];
  let nearest = 225;
  for (let dy = -1; dy <= 1; dy++) {
    const gapY = dy === 0 ? 0 : dy < 0 ? y : 1 - y;
    for (let dx = -1; dx <= 1; dx++) {
      if (data[here + dy * width + dx] === side) continue;
      const gapX = dx === 0 ? 0 : dx < 0 ? x : 1 - x;
      const squared = gapX * gapX + gapY * gapY;
      if (squared < nearest) nearest = squared;
    }
  }
  return side === 1 ? Math.sqrt(nearest) : -Math.sqrt(nearest);
}

/** The part of a mask that is on the canvas, one byte a pixel with two pixels of air around. */
function pixelField(mask: Mask, at: Placement, canvas: Size): DistanceField | null {
  const x = Math.max(0, Math.floor(-at.x / at.scale)) - 2;
  const y = Math.max(0, Math.floor(-at.y / at.scale)) - 2;
  const right = Math.min(at.picture.width, Math.ceil((canvas.width - at.x) / at.scale)) + 2;
  const bottom = Math.min(at.picture.height, Math.ceil((canvas.height - at.y) / at.scale)) + 2;
  if (right - x <= 4 || bottom - y <= 4) return null;
  const box = { x, y, width: right - x, height: bottom - y };
  return { box, data: insideOf(mask, box) };
}

/** The device pixels of a box that lie on the picture and on the canvas, or null. */
function rectangleOf(box: PixelBox, at: Placement, canvas: Size): PixelBox | null {
  const near = (image: number, corner: number) => Math.ceil(corner + image * at.scale - 0.5);
  const left = Math.max(0, near(Math.max(0, box.x), at.x));
  const top = Math.max(0, near(Math.max(0, box.y), at.y));
  const right = Math.min(canvas.width, near(Math.min(at.picture.width, box.x + box.width), at.x));
  const bottom = Math.min(
    canvas.height,
    near(Math.min(at.picture.height, box.y + box.height), at.y),
  );
  if (right <= left || bottom <= top) return null;
  return { x: left, y: top, width: right - left, height: bottom - top };
}

function strokeBand(
  pixels: Uint32Array,
  { index, step }: Band,
  line: Uint32Array,
  from: number,
  end: number,
): void {
  for (let i = from; i < end; i++) {
    const paint = line[step[i]!]!;
    if (paint === 0) continue;
    const place = index[i]!;
    pixels[place] = over(paint, pixels[place]!);
  }
}

/** Premultiplied source over destination, two channels at a time. */
function over(source: number, under: number): number {
  if (under === 0) return source;
  const alpha = source >>> 24;
  const rest = 256 - alpha - (alpha >>> 7);
  const even = (Math.imul(under & 0xff00ff, rest) >>> 8) & 0xff00ff;
  const odd = Math.imul((under >>> 8) & 0xff00ff, rest) & 0xff00ff00;
  return (source + (even | odd)) >>> 0;
}

/** Whether a device pixel lies on a stripe of the hatch. */
function stripesOf(ratio: number): (x: number, y: number) => boolean {
  const [period, line] = [HATCH_PERIOD * ratio, HATCH_LINE * ratio];
  return (x, y) => modulo(x - y, period) < line;
}

/** Whether a device pixel lies on a dash: measured along the edge, whose direction is kept to eighths of a turn. */
function dashesOf([on, off]: readonly [number, number], ratio: number) {
  const [period, line] = [(on + off) * ratio, on * ratio];
  const eighth = Math.PI / 4;
  return (x: number, y: number, slopeX: number, slopeY: number): boolean => {
    const turn = Math.round(Math.atan2(slopeY, slopeX) / eighth) * eighth;
    return modulo(y * Math.cos(turn) - x * Math.sin(turn), period) < line;
  };
}

function modulo(value: number, period: number): number {
  return value - Math.floor(value / period) * period;
}

function clear(
  pixels: Uint32Array,
  width: number,
  { x, y, width: columns, height }: PixelBox,
): void {
  for (let row = y; row < y + height; row++)
    pixels.fill(0, row * width + x, row * width + x + columns);
}

function joined(a: PixelBox | null, b: PixelBox | null): PixelBox | null {
  if (!a || !b) return a ?? b;
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  const right = Math.max(a.x + a.width, b.x + b.width);
  const bottom = Math.max(a.y + a.height, b.y + b.height);
  return { x, y, width: right - x, height: bottom - y };
}

/** Fields by mask, the longest unused given up. */
function createFields(): (mask: Mask, margin: number) => DistanceField | null {
  const kept = new Map<Mask, { readonly field: DistanceField | null; readonly margin: number }>();
  let bytes = 0;
  const drop = (mask: Mask) => {
    bytes -= kept.get(mask)?.field?.data.length ?? 0;
    kept.delete(mask);
  };
  return (mask, margin) => {
    const known = kept.get(mask);
    // Room for a lower zoom does for a higher one.
    if (known && known.margin >= margin) {
      kept.delete(mask);
      kept.set(mask, known);
      return known.field;
    }
    drop(mask);
    const field = distanceField(mask, margin);
    kept.set(mask, { field, margin });
    bytes += field?.data.length ?? 0;
    for (const oldest of kept.keys()) {
      if (bytes <= FIELD_BYTES_MAX || oldest === mask) break;
      drop(oldest);
    }
    return field;
  };
}

/** Tables of colours by look, as long as the zoom stays. */
function createInks(): (look: MaskLook, at: Placement) => Inks {
  const kept = new Map<string, Inks>();
  let zoom = "";
  return (look, at) => {
    const now = `${at.scale} ${at.ratio}`;
    if (now !== zoom || kept.size > INKS_MAX) kept.clear();
    zoom = now;
    const key = `${look.colour} ${look.fill} ${look.line} ${look.dim}`;
    let inks = kept.get(key);
    if (!inks) {
      inks = inksOf(look, at.scale, at.ratio);
      kept.set(key, inks);
    }
    return inks;
  };
}

/** Premultiplied pixels of a rectangle as canvases take them: `into` holds the rectangle alone, row by row. */
export function unpremultiplied(
  { pixels, size }: Pick<Painter, "pixels" | "size">,
  { x, y, width, height }: PixelBox,
  into: Uint32Array,
): void {
  for (let row = 0; row < height; row++) {
    let from = (y + row) * size.width + x;
    let to = row * width;
    for (const end = to + width; to < end; to++, from++) {
      const pixel = pixels[from]!;
      const alpha = pixel >>> 24;
      if (alpha === 0 || alpha === 255) {
        into[to] = pixel;
        continue;
      }
      const by = INVERSE[alpha]!;
      const red = Math.min(255, ((pixel & 255) * by + 32_768) >>> 16);
      const green = Math.min(255, (((pixel >>> 8) & 255) * by + 32_768) >>> 16);
      const blue = Math.min(255, (((pixel >>> 16) & 255) * by + 32_768) >>> 16);
      into[to] = red | (green << 8) | (blue << 16) | (alpha << 24);
    }
  }
}

/** 255 / alpha in 16 fractional bits. */
const INVERSE = Uint32Array.from({ length: 256 }, (_, alpha) => Math.round((255 * 65_536) / alpha));
