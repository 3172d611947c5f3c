// Reads the plain PNGs of the reference tensors: 8 bits, grey or RGB, not interlaced.
import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import type { Picture } from "@masklet/vision";

/** The picture as RGB. Source: PNG specification (Third Edition), sections 5, 9. */
export function readPng(path: string): Picture {
  const bytes = readFileSync(path);
  const [width, height, kind] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20), bytes[25]];
  const channels = kind === 2 ? 3 : kind === 0 ? 1 : 0;
  if (bytes[24] !== 8 || channels === 0 || bytes[28] !== 0)
    throw new Error(`${path}: another kind of PNG`);
  const parts: Buffer[] = [];
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    if (bytes.toString("latin1", at + 4, at + 8) === "IDAT")
      parts.push(bytes.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const lines = unfiltered(inflateSync(Buffer.concat(parts)), width * channels, height, channels);
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) data[i] = lines[channels === 3 ? i : Math.floor(i / 3)]!;
  return { size: { width, height }, channels: 3, data };
}

function unfiltered(raw: Uint8Array, stride: number, height: number, step: number): Uint8Array {
  const lines = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)]!;
    for (let x = 0; x < stride; x++) {
      const left = x >= step ? lines[y * stride + x - step]! : 0;
      const up = y > 0 ? lines[(y - 1) * stride + x]! : 0;
      const corner = x >= step && y > 0 ? lines[(y - 1) * stride + x - step]! : 0;
      const guesses = [0, left, up, (left + up) >> 1, paeth(left, up, corner)];
      lines[y * stride + x] = raw[y * (stride + 1) + 1 + x]! + guesses[filter]!;
    }
  }
  return lines;
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [byLeft, byUp, byCorner] = [
    Math.abs(guess - left),
    Math.abs(guess - up),
    Math.abs(guess - corner),
  ];
  if (byLeft <= byUp && byLeft <= byCorner) return left;
  return byUp <= byCorner ? up : corner;
}
