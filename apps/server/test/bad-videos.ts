// Files that are no video, as people and attackers send them.
import { crc32, deflateSync } from "node:zlib";

/** By name; `clip` is a good video, to be cut off. */
export function badVideos(clip: Uint8Array): Readonly<Record<string, Uint8Array>> {
  return {
    "text.mp4": Buffer.from("This is a shopping list.\n".repeat(50)),
    "empty.mp4": Buffer.alloc(0),
    "truncated.mp4": clip.subarray(0, 400),
    "sound.wav": silence(),
    "bomb.png": pictureBomb(),
  };
}

/** A second of silence: a WAV file. */
function silence(): Uint8Array {
  const samples = Buffer.alloc(16_000);
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + samples.length, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8000, 24);
  head.writeUInt32LE(16_000, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write("data", 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}

/** A small file that claims sixty thousand pixels a side. */
function pictureBomb(): Uint8Array {
  const size = Buffer.alloc(13);
  size.writeUInt32BE(60_000, 0);
  size.writeUInt32BE(60_000, 4);
  size.set([8, 2, 0, 0, 0], 8);
  const chunk = (name: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(name), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", size),
    chunk("IDAT", deflateSync(Buffer.alloc(200_000))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}
