// Checkpoints of both forms: what is read, and what is refused.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { sourceFromBytes } from "../src/checkpoint/byte-source.ts";
import { checkAgainst, inspectCheckpoint } from "../src/checkpoint/inspect.ts";
import { fingerprintCheckpoint, openCheckpoint } from "../src/checkpoint/open.ts";
import { unpickle } from "../src/checkpoint/pickle.ts";
import { expectedSam2Tensors } from "../src/checkpoint/sam2-tensors.ts";
import { readConfiguration } from "../src/configuration/configuration.ts";
import { releasedModels } from "../src/configuration/released.ts";
import { sourceFromFile } from "../src/node/file-source.ts";
import { torchArchive } from "./torch-archive.ts";

const golden = new URL("../../../../shared/golden/", import.meta.url);
const skip = existsSync(golden) ? false : "the reference tensors (../shared/golden) are not here";

const refused = (message: RegExp) => ({
  name: "EngineError",
  code: "checkpoint-unreadable",
  message,
});

function safetensors(header: unknown, data = new Uint8Array(0)): Uint8Array {
  const text = new TextEncoder().encode(
    typeof header === "string" ? header : JSON.stringify(header),
  );
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

const open = (bytes: Uint8Array) => openCheckpoint(sourceFromBytes("weights", bytes));

test("safetensors of every number type are read as float32", () => {
  const data = new Uint8Array(32);
  const view = new DataView(data.buffer);
  view.setFloat32(0, 1.5, true);
  view.setUint16(4, 0x3e00, true); // 1.5 as float16
  view.setUint16(6, 0x3fc0, true); // 1.5 as bfloat16
  view.setFloat64(8, -2.25, true);
  view.setBigInt64(16, -3n, true);
  view.setInt32(24, 7, true);
  view.setUint8(28, 255);
  const bytes = safetensors(
    {
      __metadata__: { by: "test" },
      a: { dtype: "F32", shape: [1], data_offsets: [0, 4] },
      b: { dtype: "F16", shape: [1], data_offsets: [4, 6] },
      c: { dtype: "BF16", shape: [1], data_offsets: [6, 8] },
      d: { dtype: "F64", shape: [1], data_offsets: [8, 16] },
      e: { dtype: "I64", shape: [1], data_offsets: [16, 24] },
      f: { dtype: "I32", shape: [], data_offsets: [24, 28] },
      g: { dtype: "U8", shape: [1, 1], data_offsets: [28, 29] },
    },
    data,
  );
  const checkpoint = open(bytes);
  const values = [..."abcdefg"].map((name) => checkpoint.read(name).data[0]);
  assert.deepEqual(values, [1.5, 1.5, 1.5, -2.25, -3, 7, 255]);
  assert.deepEqual(checkpoint.read("g").shape, [1, 1]);
});

test("safetensors with damaged headers are refused in one sentence", () => {
  const tensor = (from: number, to: number, shape = [(to - from) / 4]) => ({
    dtype: "F32",
    shape,
    data_offsets: [from, to],
  });
  const data = new Uint8Array(16);
  const cases: [unknown, RegExp][] = [
    [{ a: tensor(0, 8), b: tensor(4, 12) }, /tensors a and b overlap/],
    [{ a: tensor(8, 20) }, /outside the file/],
    [{ a: tensor(0, 8, [3]) }, /does not fit its shape/],
    [{ a: { dtype: "F8", shape: [1], data_offsets: [0, 1] } }, /unknown type F8/],
    [{ a: { dtype: "F32", shape: [-1], data_offsets: [0, 4] } }, /no sensible shape/],
    [
      '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
      /names tensor a twice/,
    ],
    ['{"a":', /not JSON/],
  ];
  for (const [header, message] of cases)
    assert.throws(() => open(safetensors(header, data)), refused(message));
  const huge = safetensors({});
  new DataView(huge.buffer).setBigUint64(0, 1n << 60n, true);
  assert.throws(() => open(huge), refused(/header claims/));
});

test("safetensors headers of crafted values are refused in one short sentence", () => {
  const tensor = (fields: string) =>
    `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],${fields}}}`;
  const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
  const long = "n".repeat(100_000);
  const place = { shape: [1], data_offsets: [0, 4] };
  const cases: [unknown, RegExp][] = [
    [tensor(`"dtype":${deep}`), /tensor a has no type/],
    [tensor('"dtype":{"toString":1,"valueOf":1}'), /tensor a has no type/],
    [tensor('"shape":[{"toString":1}]'), /no sensible shape \(a object\)/],
    [tensor(`"shape":[${deep}]`), /no sensible shape/],
    [{ a: { dtype: "F32", ...place, shape: Array(200_000).fill(1) } }, /no sensible shape/],
    [{ [long]: { dtype: "Q", ...place } }, /tensor n+… has the unknown type Q/],
    [{ a: { dtype: long, ...place } }, /unknown type n+…/],
    ['{"a":1,"\\u0061":2}', /names tensor a twice/],
  ];
  for (const [header, message] of cases) {
    const bytes = safetensors(header, new Uint8Array(4));
    assert.throws(() => open(bytes), refused(message));
    assert.throws(
      () => open(bytes),
      (cause: Error) => cause.message.length < 300,
    );
  }
  const invalid = safetensors('{"?":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}');
  invalid[10] = 0xff;
  assert.throws(() => open(invalid), refused(/not UTF-8/));
});

test("tensors are counted before a header is read further", () => {
  // Damaged behind the names: whoever parses first says so instead.
  const names = Array.from({ length: (1 << 16) + 2 }, (_, i) => `"t${i}":0`).join();
  assert.throws(() => open(safetensors(`{${names},`)), refused(/more than 65536 tensors/));
});

test("a pickle of more objects, values or shared lists than tensors need is refused at once", () => {
  const door = { file: "x.pt", names: new Map(), persistent: () => null };
  const pickle = (body: readonly number[]) => Uint8Array.from([0x80, 2, ...body]);
  // Twelve lists of 100,000 dictionaries each, so that the stack stays low.
  const dictionaries = new Uint8Array(3 + 12 * 100_002).fill(0x7d);
  dictionaries.set([0x80, 2, 0x5d]);
  for (let at = 3; at < dictionaries.length; at += 100_002) {
    dictionaries[at] = 0x28;
    dictionaries[at + 100_001] = 0x65;
  }
  assert.throws(() => unpickle(dictionaries, door), refused(/more than 1048576 objects/));
  const numbers = new Uint8Array(3 + 5_000_000).fill(0x94); // None, remembered over and over
  numbers.set([0x80, 2, 0x4e]);
  assert.throws(() => unpickle(numbers, door), refused(/more than 4194304 values/));
  // Twenty lists, each of the one before twice: a million commas as text.
  const lists = [0x5d, 0x71, 0];
  for (let i = 1; i <= 20; i++) lists.push(0x5d, 0x28, 0x68, i - 1, 0x68, i - 1, 0x65, 0x71, i);
  assert.throws(
    () => unpickle(pickle([...lists, 0x8c, 1, 0x78, 0x93, 0x2e]), door),
    refused(/imports something whose name is no text/),
  );
});

test("long names and shapes of PyTorch archives are clipped", () => {
  const storages = { "0": { type: "FloatStorage", bytes: new Uint8Array(8), elements: 2 } };
  const shape = Array<number>(50_000).fill(1);
  const name = "n".repeat(250);
  const far = { storage: "0", offset: 9, shape: [2], strides: [1] };
  for (const [tensors, message] of [
    [{ a: { ...far, shape, strides: shape } }, /no sensible shape/],
    [{ [name]: far }, /tensor n{119}… reaches past/],
  ] as const) {
    const bytes = torchArchive({ storages, tensors });
    assert.throws(() => open(bytes), refused(message));
    assert.throws(
      () => open(bytes),
      (cause: Error) => cause.message.length < 300,
    );
  }
});

test("files that are no checkpoints are named as what they are", () => {
  assert.throws(() => open(new Uint8Array(0)), refused(/the file is empty/));
  assert.throws(
    () => open(new TextEncoder().encode("hello, this is text")),
    refused(/neither a PyTorch/),
  );
  assert.throws(
    () => open(Uint8Array.of(0x80, 2, 0x8a, 10, 1, 2, 3, 4, 5, 6)),
    refused(/before 1\.6/),
  );
  assert.throws(() => sourceFromFile("/nowhere/model.pt"), refused(/model\.pt: it cannot be read/));
});

test("PyTorch tensors are read through offsets, strides and shared storages", () => {
  const floats = new Uint8Array(Float32Array.from([0, 1, 2, 3, 4, 5]).buffer);
  const checkpoint = open(
    torchArchive({
      storages: { "0": { type: "FloatStorage", bytes: floats, elements: 6 } },
      tensors: {
        whole: { storage: "0", offset: 0, shape: [2, 3], strides: [3, 1] },
        turned: { storage: "0", offset: 0, shape: [3, 2], strides: [1, 3] },
        tail: { storage: "0", offset: 4, shape: [2], strides: [1] },
        repeated: { storage: "0", offset: 1, shape: [3], strides: [0] },
        scalar: { storage: "0", offset: 5, shape: [], strides: [] },
        none: { storage: "0", offset: 0, shape: [0], strides: [1] },
      },
    }),
  );
  const read = (name: string) => [...checkpoint.read(name).data];
  assert.deepEqual(read("whole"), [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(read("turned"), [0, 3, 1, 4, 2, 5]);
  assert.deepEqual(read("tail"), [4, 5]);
  assert.deepEqual(read("repeated"), [1, 1, 1]);
  assert.deepEqual(read("scalar"), [5]);
  assert.deepEqual(read("none"), []);
  assert.throws(() => checkpoint.read("other"), {
    code: "checkpoint-mismatch",
    message: /no tensor other/,
  });
});

test("archives in the form of zip64 are read like others", () => {
  const bytes = new Uint8Array(Float32Array.of(1, 2, 3).buffer);
  const checkpoint = open(
    torchArchive({
      storages: { "0": { type: "FloatStorage", bytes, elements: 3 } },
      tensors: { a: { storage: "0", offset: 1, shape: [2], strides: [1] } },
      wide: true,
    }),
  );
  assert.deepEqual([...checkpoint.read("a").data], [2, 3]);
});

test("half precision tensors of PyTorch become the nearest float32", () => {
  const checkpoint = open(
    torchArchive({
      storages: {
        "0": { type: "HalfStorage", bytes: Uint8Array.of(0x00, 0xc0, 0x01, 0x00), elements: 2 },
        "1": { type: "BFloat16Storage", bytes: Uint8Array.of(0x49, 0x40), elements: 1 },
      },
      tensors: {
        half: { storage: "0", offset: 0, shape: [2], strides: [1] },
        brain: { storage: "1", offset: 0, shape: [1], strides: [1] },
      },
    }),
  );
  assert.deepEqual([...checkpoint.read("half").data], [-2, 2 ** -24]);
  assert.deepEqual([...checkpoint.read("brain").data], [3.140625]);
});

test("tensors that reach past their data, other byte orders and compressed entries are refused", () => {
  const storages = { "0": { type: "FloatStorage", bytes: new Uint8Array(8), elements: 2 } };
  const a = { storage: "0", offset: 0, shape: [2], strides: [1] };
  assert.throws(
    () => open(torchArchive({ storages, tensors: { a: { ...a, offset: 1 } } })),
    refused(/reaches past/),
  );
  assert.throws(
    () => open(torchArchive({ storages, tensors: { a: { ...a, strides: [5] } } })),
    refused(/reaches past/),
  );
  const claims = { "0": { ...storages["0"], elements: 1000 } };
  assert.throws(
    () => open(torchArchive({ storages: claims, tensors: { a: { ...a, shape: [900] } } })),
    refused(/reaches past/),
  );
  const vast = { ...a, shape: [1 << 15, 1 << 15], strides: [0, 0] };
  assert.throws(() => open(torchArchive({ storages, tensors: { a: vast } })), refused(/more than/));
  assert.throws(
    () => open(torchArchive({ storages, tensors: { a }, byteOrder: "big" })),
    refused(/big-endian/),
  );
  assert.throws(
    () => open(torchArchive({ storages, tensors: { a }, method: 8 })),
    refused(/is compressed/),
  );
  const whole = torchArchive({ storages, tensors: { a } });
  for (const length of [3, 40, 200, whole.length - 5]) {
    assert.throws(
      () => open(whole.subarray(0, length)),
      (cause: Error) => cause.name === "EngineError",
    );
  }
});

test("a pickle that imports anything but tensors is refused before anything runs", () => {
  const door = {
    file: "evil.pt",
    names: new Map([["collections.OrderedDict", () => new Map()]]),
    persistent: () => null,
  };
  const bytes = (text: string) => Uint8Array.from(`\x80\x02${text}`, (c) => c.charCodeAt(0));
  assert.throws(
    () => unpickle(bytes("cos\nsystem\nX\x02\0\0\0ls\x85R."), door),
    refused(/asks to import os\.system/),
  );
  assert.throws(() => unpickle(bytes("c__builtin__\neval\n."), door), refused(/__builtin__\.eval/));
  assert.throws(() => unpickle(bytes("K\x01)R."), door), refused(/no constructor/));
  assert.throws(() => unpickle(bytes("K\x01}b."), door), refused(/state of an unknown object/));
  assert.throws(() => unpickle(bytes("P1\n."), door), refused(/opcode 0x50/));
  assert.throws(() => unpickle(bytes("(K\x01"), door), refused(/cut short/));
  assert.throws(() => unpickle(bytes("h\x07."), door), refused(/slot 7/));
  assert.throws(() => unpickle(bytes("."), door), refused(/damaged/));
});

test("the released configurations need as many values as the reference's modules hold", () => {
  const tensorCounts: Record<string, number> = {
    tiny: 471,
    small: 519,
    base_plus: 615,
    large: 903,
  };
  for (const { configuration, values, name } of releasedModels) {
    const expected = expectedSam2Tensors(configuration);
    const sum = [...expected.values()].reduce(
      (total, shape) => total + shape.reduce((a, b) => a * b, 1),
      0,
    );
    assert.equal(sum, values, name);
    const size = name.replace(/^.*hiera_/, "");
    if (name.startsWith("sam2.1")) assert.equal(expected.size, tensorCounts[size], name);
  }
});

test("the reference checkpoint fits its configuration and no other", { skip }, async () => {
  const file = (name: string) =>
    readConfiguration(JSON.parse(readFileSync(new URL(name, golden), "utf8")), name);
  const source = sourceFromFile(new URL("small21.pt", golden).pathname);
  const checkpoint = openCheckpoint(source);
  const configuration = file("small21.config.json");
  assert(configuration.family === "sam2");
  checkAgainst(checkpoint, configuration);
  const older = file("small21_sam20.config.json");
  assert(older.family === "sam2");
  assert.throws(() => checkAgainst(checkpoint, older), {
    code: "checkpoint-mismatch",
    message: /3 mismatches.*no_obj_embed_spatial is not part of it.*obj_ptr_tpos_proj\.weight/,
  });
  const tiny = releasedModels[0]!.configuration;
  assert.throws(() => checkAgainst(checkpoint, tiny), {
    message: /patch_embed\.proj\.weight is \[12, 3, 7, 7\] instead of \[96/,
  });
  const inspection = inspectCheckpoint(checkpoint);
  assert.equal(inspection.release, null);
  assert.match(
    inspection.likeness,
    /SAM 2\.1 form: trunk of width 12 with 7 blocks, 8 memory channels/,
  );
  assert.match(await fingerprintCheckpoint(checkpoint), /^[0-9a-f]{64}$/);
  checkpoint.close();
});
