// A synthetic clip: two discs and a bar that move over a gradient, with a cut; pictures as PNG and true masks.
import { deflateSync } from "node:zlib";
import { type Mask, maskFromBitmap } from "@masklet/vision";

export const WIDTH = 640;
export const HEIGHT = 360;
export const FRAMES = 240;
export const CUT = 160;

interface Disc {
  readonly x: number;
  readonly y: number;
  readonly rx: number;
  readonly ry: number;
}

/** Where the objects are on a frame; after the cut they stand elsewhere. */
export function objectsAt(frame: number): readonly Disc[] {
  const shot = frame >= CUT ? 1 : 0;
  const t = frame / FRAMES;
  return [
    { x: 120 + 380 * t, y: 180 + 50 * Math.sin(t * 9) + 30 * shot, rx: 56, ry: 78 },
    { x: 520 - 330 * t, y: 190 + 40 * Math.cos(t * 7), rx: 46, ry: 64 },
    { x: 320 + 60 * Math.sin(t * 5), y: 60 + 20 * shot, rx: 70, ry: 26 },
  ];
}

const inside = (disc: Disc, x: number, y: number) =>
  ((x - disc.x) / disc.rx) ** 2 + ((y - disc.y) / disc.ry) ** 2 <= 1;

/** The mask of the uppermost object under a point, or null. */
export function maskAt(frame: number, x: number, y: number): { mask: Mask; object: number } | null {
  const discs = objectsAt(frame);
  for (let object = discs.length - 1; object >= 0; object--)
    if (inside(discs[object]!, x, y)) return { mask: maskOf(frame, object), object };
  return null;
}

export function maskOf(frame: number, object: number): Mask {
  return discMask(objectsAt(frame)[object]!);
}

/** An ellipse as a mask; what the fake segmenter answers where no object is. */
export function discMask(disc: Disc): Mask {
  const data = new Uint8Array(WIDTH * HEIGHT);
  for (let y = 0; y < HEIGHT; y++)
    for (let x = 0; x < WIDTH; x++) if (inside(disc, x, y)) data[y * WIDTH + x] = 1;
  return maskFromBitmap({ size: { width: WIDTH, height: HEIGHT }, data });
}

const COLOURS = [
  [214, 206, 190],
  [70, 92, 150],
  [170, 120, 60],
] as const;

/** The frame as PNG bytes; its number is written as a bar code in the bottom row of blocks. */
export function picture(frame: number): Buffer {
  const rows = Buffer.alloc(HEIGHT * (1 + WIDTH * 3));
  const discs = objectsAt(frame);
  const shot = frame >= CUT;
  for (let y = 0; y < HEIGHT; y++) {
    const start = y * (1 + WIDTH * 3);
    for (let x = 0; x < WIDTH; x++) {
      const grain = ((x * 73 + y * 151 + frame * 31) % 5) - 2;
      let [r, g, b] = shot
        ? [60 + y / 5, 70 + x / 12, 88]
        : [72 + x / 10, 84 + y / 6, 78 + (x + y) / 20];
      discs.forEach((disc, i) => {
        if (!inside(disc, x, y)) return;
        const light = 1 - 0.35 * ((x - disc.x) / disc.rx + (y - disc.y) / disc.ry) * 0.5;
        [r, g, b] = COLOURS[i]!.map((value) => value * light) as [number, number, number];
      });
      if (y > HEIGHT - 12 && x < 12 * 16)
        r = g = b = ((frame >> (15 - Math.floor(x / 12))) & 1) === 1 ? 235 : 20;
      const at = start + 1 + x * 3;
      rows[at] = clamp(r + grain);
      rows[at + 1] = clamp(g + grain);
      rows[at + 2] = clamp(b + grain);
    }
  }
  return png(rows);
}

const clamp = (value: number) => Math.max(0, Math.min(255, Math.round(value)));

function png(rows: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(WIDTH, 0);
  header.writeUInt32BE(HEIGHT, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows, { level: 1 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const all = Buffer.alloc(body.length + 8);
  all.writeUInt32BE(data.length, 0);
  body.copy(all, 4);
  all.writeUInt32BE(crc(body), body.length + 4);
  return all;
}

function crc(bytes: Buffer): number {
  let value = 0xffffffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return (value ^ 0xffffffff) >>> 0;
}
