// Writes small PyTorch archives for tests: the form of torch.save, without PyTorch.

export interface ArchiveContent {
  readonly storages: Readonly<
    Record<string, { type: string; bytes: Uint8Array; elements: number }>
  >;
  readonly tensors: Readonly<
    Record<
      string,
      { storage: string; offset: number; shape: readonly number[]; strides: readonly number[] }
    >
  >;
  readonly byteOrder?: string;
  /** Compression method that the entries claim; 0 is stored. */
  readonly method?: number;
  /** Writes sizes and offsets in the fields of zip64, as archives over 4 GiB do. */
  readonly wide?: boolean;
}

/** A zip with `archive/data.pkl` of protocol 2 holding {"model": tensors by name}, and the storages. */
export function torchArchive(content: ArchiveContent): Uint8Array {
  const files: [string, Uint8Array][] = [
    ["archive/data.pkl", pickleOf(content)],
    ["archive/byteorder", new TextEncoder().encode(content.byteOrder ?? "little")],
  ];
  for (const [key, storage] of Object.entries(content.storages))
    files.push([`archive/data/${key}`, storage.bytes]);
  return content.wide ? wideZipOf(files) : zipOf(files, content.method ?? 0);
}

function pickleOf({ storages, tensors }: ArchiveContent): Uint8Array {
  const bytes: number[] = [0x80, 2];
  const text = (value: string) => {
    const encoded = new TextEncoder().encode(value);
    bytes.push(0x58, encoded.length, 0, 0, 0, ...encoded);
  };
  const ascii = (value: string) => bytes.push(...new TextEncoder().encode(value));
  const integer = (value: number) => {
    bytes.push(0x4a, value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >> 24) & 255);
  };
  const tuple = (values: readonly number[]) => {
    bytes.push(0x28);
    values.forEach(integer);
    bytes.push(0x74);
  };
  bytes.push(0x7d);
  text("model");
  ascii("ccollections\nOrderedDict\n");
  bytes.push(0x29, 0x52, 0x28);
  for (const [name, { storage, offset, shape, strides }] of Object.entries(tensors)) {
    text(name);
    ascii("ctorch._utils\n_rebuild_tensor_v2\n");
    bytes.push(0x28, 0x28);
    text("storage");
    ascii(`ctorch\n${storages[storage]!.type}\n`);
    text(storage);
    text("cpu");
    integer(storages[storage]!.elements);
    bytes.push(0x74, 0x51);
    integer(offset);
    tuple(shape);
    tuple(strides);
    bytes.push(0x89);
    ascii("ccollections\nOrderedDict\n");
    bytes.push(0x29, 0x52, 0x74, 0x52);
  }
  bytes.push(0x75, 0x7d);
  text("_metadata");
  bytes.push(0x7d, 0x73, 0x62, 0x73, 0x2e);
  return Uint8Array.from(bytes);
}

function zipOf(files: readonly (readonly [string, Uint8Array])[], method: number): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  const header = (
    length: number,
    fields: readonly (readonly [number, number, 2 | 4])[],
    name: Uint8Array,
  ) => {
    const bytes = new Uint8Array(length + name.length);
    const view = new DataView(bytes.buffer);
    for (const [at, value, width] of fields) {
      if (width === 2) view.setUint16(at, value, true);
      else view.setUint32(at, value, true);
    }
    bytes.set(name, length);
    return bytes;
  };
  for (const [file, data] of files) {
    const name = new TextEncoder().encode(file);
    const local = header(
      30,
      [
        [0, 0x04034b50, 4],
        [8, method, 2],
        [18, data.length, 4],
        [22, data.length, 4],
        [26, name.length, 2],
      ],
      name,
    );
    directory.push(
      header(
        46,
        [
          [0, 0x02014b50, 4],
          [10, method, 2],
          [20, data.length, 4],
          [24, data.length, 4],
          [28, name.length, 2],
          [42, offset, 4],
        ],
        name,
      ),
    );
    parts.push(local, data);
    offset += local.length + data.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = header(
    22,
    [
      [0, 0x06054b50, 4],
      [8, files.length, 2],
      [10, files.length, 2],
      [12, size, 4],
      [16, offset, 4],
    ],
    new Uint8Array(0),
  );
  return Uint8Array.from([...parts, ...directory, end].flatMap((part) => [...part]));
}

/** An archive of tensors of these shapes that all repeat one zero: large shapes in a small file. */
export function repeatedArchive(shapes: ReadonlyMap<string, readonly number[]>): Uint8Array {
  const tensors = Object.fromEntries(
    [...shapes].map(([name, shape]) => [
      name,
      { storage: "0", offset: 0, shape, strides: shape.map(() => 0) },
    ]),
  );
  return torchArchive({
    storages: { "0": { type: "FloatStorage", bytes: new Uint8Array(4), elements: 1 } },
    tensors,
  });
}

/** The same archive in the form of zip64: every number that can be elsewhere is elsewhere. */
function wideZipOf(files: readonly (readonly [string, Uint8Array])[]): Uint8Array {
  const narrow = Buffer.from(zipOf(files, 0));
  const end = narrow.length - 22;
  const [size, offset] = [narrow.readUInt32LE(end + 12), narrow.readUInt32LE(end + 16)];
  const directory: Buffer[] = [];
  for (let at = offset; at < offset + size; ) {
    const length = 46 + narrow.readUInt16LE(at + 28);
    const entry = Buffer.concat([narrow.subarray(at, at + length), Buffer.alloc(28)]);
    entry.writeUInt16LE(28, 30);
    entry.writeUInt16LE(1, length);
    entry.writeUInt16LE(24, length + 2);
    for (const [index, field] of [24, 20, 42].entries()) {
      entry.writeBigUInt64LE(BigInt(narrow.readUInt32LE(at + field)), length + 4 + 8 * index);
      entry.writeUInt32LE(0xffffffff, field);
    }
    directory.push(entry);
    at += length;
  }
  const wideSize = directory.reduce((sum, entry) => sum + entry.length, 0);
  const tail = Buffer.alloc(56 + 20 + 22);
  tail.writeUInt32LE(0x06064b50, 0);
  tail.writeBigUInt64LE(BigInt(files.length), 32);
  tail.writeBigUInt64LE(BigInt(wideSize), 40);
  tail.writeBigUInt64LE(BigInt(offset), 48);
  tail.writeUInt32LE(0x07064b50, 56);
  tail.writeBigUInt64LE(BigInt(offset + wideSize), 64);
  tail.writeUInt32LE(0x06054b50, 76);
  tail.fill(0xff, 84, 96);
  return Buffer.concat([narrow.subarray(0, offset), ...directory, tail]);
}
