// Indexed and grey PNG: every depth, filter and interlacing, and damage of every kind.
import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32, deflateSync } from "node:zlib";
import fc from "fast-check";
import { DAVIS_PALETTE, readIndexedPng, writeGreyPng, writeIndexedPng } from "../src/index.ts";
import { anySize } from "./drawn.ts";

interface Recipe {
  readonly width: number;
  readonly height: number;
  readonly depth: 1 | 2 | 4 | 8 | 16;
  readonly colour: number;
  readonly interlaced: boolean;
  readonly filter: (row: number) => number;
  readonly value: (x: number, y: number) => number;
}

function chunk(name: string, body: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(name, "latin1"), body]);
  const bytes = Buffer.alloc(named.length + 8);
  bytes.writeUInt32BE(body.length, 0);
  named.copy(bytes, 4);
  bytes.writeUInt32BE(crc32(named), named.length + 4);
  return bytes;
}

const GRIDS = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** A second writer, for the test alone: bit by bit from the words of the PNG specification. */
function rawRows({ width, height, depth, interlaced, filter, value }: Recipe): Buffer {
  const rows: number[][] = [];
  for (const [x0, y0, dx, dy] of interlaced ? GRIDS : ([[0, 0, 1, 1]] as const)) {
    let above: number[] = [];
    for (let y = y0, n = 0; y < height; y += dy, n++) {
      let bits = "";
      for (let x = x0; x < width; x += dx) bits += value(x, y).toString(2).padStart(depth, "0");
      if (bits === "") continue;
      bits = bits.padEnd(Math.ceil(bits.length / 8) * 8, "0");
      const row = (bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
      const back = depth === 16 ? 2 : 1;
      const kind = filter(n);
      const filtered = row.map((byte, i) => {
        const a = row[i - back] ?? 0;
        const b = above[i] ?? 0;
        const c = i < back ? 0 : (above[i - back] ?? 0);
        const p = a + b - c;
        const [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)];
        const best = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
        return (byte - [0, a, b, Math.floor((a + b) / 2), best][kind]! + 512) % 256;
      });
      rows.push([kind, ...filtered]);
      above = row;
    }
  }
  return Buffer.from(rows.flat());
}

function header(
  recipe: Pick<Recipe, "width" | "height" | "depth" | "colour" | "interlaced">,
): Buffer {
  const bytes = Buffer.alloc(13);
  bytes.writeUInt32BE(recipe.width, 0);
  bytes.writeUInt32BE(recipe.height, 4);
  bytes[8] = recipe.depth;
  bytes[9] = recipe.colour;
  bytes[12] = recipe.interlaced ? 1 : 0;
  return chunk("IHDR", bytes);
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const END = chunk("IEND", new Uint8Array(0));
const PALETTE = chunk("PLTE", new Uint8Array(DAVIS_PALETTE));

function file(recipe: Recipe, raw = rawRows(recipe)): Buffer {
  const packed = deflateSync(raw);
  const half = packed.length >> 1;
  const palette = recipe.colour === 3 ? [PALETTE] : [];
  const parts = [header(recipe), chunk("tEXt", Buffer.from("a\0b")), ...palette];
  const data = [chunk("IDAT", packed.subarray(0, half)), chunk("IDAT", packed.subarray(half))];
  return Buffer.concat([SIGNATURE, ...parts, ...data, END]);
}

const plain: Recipe = {
  width: 5,
  height: 4,
  depth: 8,
  colour: 3,
  interlaced: false,
  filter: () => 0,
  value: (x, y) => x * y,
};

test("the DAVIS palette starts with the colours everybody knows and ends with VOC's void", () => {
  const colour = (i: number) => [...DAVIS_PALETTE.subarray(i * 3, i * 3 + 3)];
  assert.deepEqual([1, 2, 3, 4, 8, 11].map(colour), [
    [128, 0, 0],
    [0, 128, 0],
    [128, 128, 0],
    [0, 0, 128],
    [64, 0, 0],
    [192, 128, 0],
  ]);
  assert.deepEqual(colour(255), [224, 224, 192]);
});

test("label maps survive the way into a file and back", async () => {
  await fc.assert(
    fc.asyncProperty(anySize, fc.infiniteStream(fc.nat(65535)), async (size, stream) => {
      const pixels = size.width * size.height;
      const wide = Uint16Array.from({ length: pixels }, () => stream.next().value);
      const bytes = Uint8Array.from(wide);
      const indexed = await readIndexedPng(await writeIndexedPng({ size, data: bytes }));
      assert.deepEqual(indexed, {
        size,
        kind: "indexed",
        depth: 8,
        data: bytes,
        palette: DAVIS_PALETTE,
      });
      const grey = await readIndexedPng(await writeGreyPng({ size, data: wide }));
      assert.deepEqual(grey, {
        size: grey.size,
        kind: "grey",
        depth: 16,
        data: wide,
        palette: null,
      });
      assert.deepEqual(
        (await readIndexedPng(await writeGreyPng({ size, data: bytes }))).data,
        bytes,
      );
    }),
    { numRuns: 30 },
  );
});

test("every depth, filter and interlacing is read", async () => {
  const recipe = fc.record({
    width: fc.integer({ min: 1, max: 19 }),
    height: fc.integer({ min: 1, max: 19 }),
    depth: fc.constantFrom<Recipe["depth"]>(1, 2, 4, 8, 16),
    grey: fc.boolean(),
    interlaced: fc.boolean(),
    filters: fc.array(fc.nat(4), { minLength: 1, maxLength: 7 }),
    salt: fc.nat(1e6),
  });
  await fc.assert(
    fc.asyncProperty(recipe, async ({ grey, filters, salt, ...rest }) => {
      const value = (x: number, y: number) =>
        (Math.imul(x * 31 + y * 17 + salt, 2654435761) >>> 7) % 2 ** rest.depth;
      const colour = grey || rest.depth === 16 ? 0 : 3;
      const bytes = file({
        ...rest,
        colour,
        value,
        filter: (row) => filters[row % filters.length]!,
      });
      const picture = await readIndexedPng(bytes);
      assert.equal(picture.kind, colour === 0 ? "grey" : "indexed");
      assert.equal(picture.depth, rest.depth);
      const expected = Array.from({ length: rest.width * rest.height }, (_, i) =>
        value(i % rest.width, Math.floor(i / rest.width)),
      );
      assert.deepEqual([...picture.data], expected);
    }),
    { numRuns: 150 },
  );
});

test("a file that is none, or damaged, is refused in one sentence", async () => {
  const good = file(plain);
  const cases: [string, Uint8Array, RegExp][] = [
    ["nothing", new Uint8Array(0), /no PNG/],
    ["text", Buffer.from("not a picture at all"), /no PNG/],
    ["the signature alone", good.subarray(0, 8), /ends at byte 8/],
    ["cut in the data", good.subarray(0, good.length - 20), /cut short|ends at/],
    ["without an end", good.subarray(0, good.length - 12), /before its end/],
    ["no header first", Buffer.concat([SIGNATURE, PALETTE, END]), /header/],
    ["two headers", Buffer.concat([SIGNATURE, header(plain), header(plain), END]), /header/],
    ["no data", Buffer.concat([SIGNATURE, header(plain), PALETTE, END]), /no picture data/],
    ["too little data", file(plain, rawRows({ ...plain, height: 3 })), /18 of 24/],
    ["too much data", file(plain, rawRows({ ...plain, height: 9 })), /more than its size/],
    ["an unknown filter", file(plain, Buffer.alloc(24, 7)), /filter 7/],
    ["a depth that is none", file({ ...plain, depth: 16 }), /depth 16/],
    ["size 0", Buffer.concat([SIGNATURE, header({ ...plain, width: 0 }), END]), /is 0/],
  ];
  for (const [name, bytes, message] of cases) {
    await assert.rejects(readIndexedPng(bytes), { code: "png-invalid", message }, name);
  }
  const unpacked = Buffer.concat([
    SIGNATURE,
    header(plain),
    PALETTE,
    chunk("IDAT", Buffer.from("junk")),
    END,
  ]);
  await assert.rejects(readIndexedPng(unpacked), { code: "png-invalid", message: /unpacked/ });
  const bare = Buffer.concat([
    SIGNATURE,
    header(plain),
    chunk("IDAT", deflateSync(rawRows(plain))),
    END,
  ]);
  await assert.rejects(readIndexedPng(bare), {
    code: "png-invalid",
    message: /palette is missing/,
  });
});

test("a flipped bit anywhere is noticed", async () => {
  const good = file(plain);
  for (let i = 0; i < good.length; i++) {
    const bad = Buffer.from(good);
    bad[i]! ^= 1 << (i % 8);
    await assert.rejects(readIndexedPng(bad), { name: "VisionError" }, `byte ${i}`);
  }
});

test("pictures of colours are refused: their colours are no object numbers", async () => {
  for (const colour of [2, 4, 6]) {
    const bytes = Buffer.concat([SIGNATURE, header({ ...plain, colour }), END]);
    await assert.rejects(readIndexedPng(bytes), {
      code: "png-unsupported",
      message: /indexed or grey/,
    });
  }
  const critical = Buffer.concat([SIGNATURE, header(plain), chunk("ABCD", new Uint8Array(2)), END]);
  await assert.rejects(readIndexedPng(critical), { code: "png-unsupported", message: /ABCD/ });
});

test("a picture bomb is refused before it unpacks", async () => {
  const claims = Buffer.concat([
    SIGNATURE,
    header({ ...plain, width: 100_000, height: 100_000 }),
    END,
  ]);
  await assert.rejects(readIndexedPng(claims), {
    code: "png-too-large",
    message: /100000 × 100000/,
  });
  await assert.rejects(readIndexedPng(file(plain), { pixelsMax: 19 }), { code: "png-too-large" });
  const bomb = file(plain, Buffer.alloc(5_000_000));
  assert.ok(bomb.length < 10_000);
  await assert.rejects(readIndexedPng(bomb), {
    code: "png-invalid",
    message: /more than its size/,
  });
});

test("label maps that do not fit their size are refused", async () => {
  const size = { width: 3, height: 2 };
  await assert.rejects(writeIndexedPng({ size, data: new Uint8Array(5) }), /not 5/);
  await assert.rejects(writeGreyPng({ size, data: new Uint16Array(7) }), /not 7/);
});
