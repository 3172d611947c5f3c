// Checkpoints as PyTorch writes them: a zip with a pickle of the structure and one stored file a storage.
import { clipped } from "../errors.ts";
import type { ByteSource } from "./byte-source.ts";
import {
  type Checkpoint,
  checkShape,
  elementsOf,
  entryOf,
  TENSORS_MAX,
  type TensorEntry,
  unreadable,
} from "./checkpoint.ts";
import { bytesOfElement, type ElementType, floatsFromBytes } from "./elements.ts";
import { type Pickled, unpickle } from "./pickle.ts";
import { offsetOfEntry, readZip, type ZipEntry } from "./zip.ts";

const PICKLE_BYTES_MAX = 1 << 26; // the structure of the largest network takes 150 kB
const MARKER_BYTES_MAX = 64;

const storageTypes: ReadonlyMap<string, ElementType> = new Map([
  ["torch.FloatStorage", "float32"],
  ["torch.HalfStorage", "float16"],
  ["torch.BFloat16Storage", "bfloat16"],
  ["torch.DoubleStorage", "float64"],
  ["torch.LongStorage", "int64"],
  ["torch.IntStorage", "int32"],
  ["torch.ShortStorage", "int16"],
  ["torch.CharStorage", "int8"],
  ["torch.ByteStorage", "uint8"],
  ["torch.BoolStorage", "bool"],
]);

/** A storage: one file of the archive, shared by any number of tensors. */
class Storage {
  readonly key: string;
  readonly type: ElementType;
  readonly elements: number;
  constructor(key: string, type: ElementType, elements: number) {
    this.key = key;
    this.type = type;
    this.elements = elements;
  }
}

/** A tensor as a view of a storage: element (i, j, …) lies at offset + i·strides[0] + j·strides[1] + …. */
class StoredTensor implements TensorEntry {
  readonly storage: Storage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  constructor(
    storage: Storage,
    offset: number,
    shape: readonly number[],
    strides: readonly number[],
  ) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
  get type(): ElementType {
    return this.storage.type;
  }
}

/**
 * Opens a `.pt` file: the state dictionary under the key `model` (the official form), or the file's
 * own dictionary when it holds tensors directly. Source: PyTorch `torch/serialization.py`, `_utils.py`.
 * Throws checkpoint-unreadable.
 */
export function openTorchCheckpoint(source: ByteSource): Checkpoint {
  const archive = readZip(source);
  const pickleName = [...archive.keys()].find((name) => name.endsWith("/data.pkl"));
  const root = pickleName?.slice(0, -"data.pkl".length);
  const pickle = pickleName === undefined ? undefined : archive.get(pickleName);
  if (root === undefined || pickle === undefined) {
    throw unreadable(
      source.name,
      "the archive holds no data.pkl, so it is not a PyTorch checkpoint",
    );
  }
  checkByteOrder(source, archive.get(`${root}byteorder`));
  const structure = unpickle(readWhole(source, pickle, PICKLE_BYTES_MAX), {
    file: source.name,
    names: constructors(source.name),
    persistent: (id) => storageFromId(source.name, id),
  });
  const entries = tensorsOf(source.name, structure);
  for (const [name, tensor] of entries)
    checkTensor(source.name, name, tensor, archive.get(dataName(root, tensor)));
  return {
    name: source.name,
    format: "torch",
    entries,
    read: (name) => {
      const tensor = entryOf(source.name, entries, name);
      const data = readTensor(source, tensor, archive.get(dataName(root, tensor))!);
      return { shape: tensor.shape, data };
    },
    close: () => source.close(),
  };
}

function dataName(root: string, tensor: StoredTensor): string {
  return `${root}data/${tensor.storage.key}`;
}

function constructors(
  file: string,
): ReadonlyMap<string, ((values: readonly Pickled[]) => Pickled) | null> {
  const names = new Map<string, ((values: readonly Pickled[]) => Pickled) | null>();
  for (const name of storageTypes.keys()) names.set(name, null);
  names.set("collections.OrderedDict", (values) => {
    if (values.length > 0)
      throw unreadable(file, "its pickle fills an ordered dictionary in an unknown way");
    return new Map();
  });
  names.set("torch._utils._rebuild_tensor_v2", ([storage, offset, shape, strides]) => {
    if (
      !(storage instanceof Storage) ||
      !isCount(offset) ||
      !isCounts(shape) ||
      !isCounts(strides) ||
      shape.length !== strides.length
    ) {
      throw unreadable(file, "its pickle describes a tensor in an unknown way");
    }
    return new StoredTensor(storage, offset, shape, strides);
  });
  names.set("torch._utils._rebuild_parameter", ([tensor]) => {
    if (!(tensor instanceof StoredTensor))
      throw unreadable(file, "its pickle holds a parameter without a tensor");
    return tensor;
  });
  return names;
}

/** A persistent id is ("storage", type, key, device, elements). */
function storageFromId(file: string, id: Pickled): Pickled {
  const [kind, type, key, , elements] = Array.isArray(id) ? (id as readonly Pickled[]) : [];
  const name = typeof type === "object" && type !== null && "name" in type ? String(type.name) : "";
  const element = storageTypes.get(name);
  if (
    kind !== "storage" ||
    element === undefined ||
    typeof key !== "string" ||
    !isCount(elements)
  ) {
    throw unreadable(file, "its pickle refers to data in an unknown way");
  }
  return new Storage(key, element, elements);
}

function tensorsOf(file: string, structure: Pickled): ReadonlyMap<string, StoredTensor> {
  const wrong = () =>
    unreadable(
      file,
      'no dictionary of tensors was found; the official form is {"model": tensors by name}',
    );
  if (!(structure instanceof Map)) throw wrong();
  const inner = structure.get("model") ?? structure;
  if (!(inner instanceof Map) || inner.size === 0) throw wrong();
  if (inner.size > TENSORS_MAX) throw unreadable(file, `it holds more than ${TENSORS_MAX} tensors`);
  const tensors = new Map<string, StoredTensor>();
  for (const [name, tensor] of inner) {
    if (typeof name !== "string" || !(tensor instanceof StoredTensor)) throw wrong();
    tensors.set(name, tensor);
  }
  return tensors;
}

function checkTensor(
  file: string,
  name: string,
  tensor: StoredTensor,
  data: ZipEntry | undefined,
): void {
  checkShape(file, name, tensor.shape);
  if (data === undefined) throw unreadable(file, `the data of tensor ${clipped(name)} is missing`);
  const { storage } = tensor;
  if (
    lastElement(tensor) >= storage.elements ||
    storage.elements * bytesOfElement[storage.type] > data.size
  ) {
    throw unreadable(file, `tensor ${clipped(name)} reaches past its data`);
  }
}

/** Index in the storage of the last element, or −1 for a tensor without elements. */
function lastElement({ shape, strides, offset }: StoredTensor): number {
  if (elementsOf(shape) === 0) return -1;
  return shape.reduce((last, side, axis) => last + (side - 1) * strides[axis]!, offset);
}

function readTensor(source: ByteSource, tensor: StoredTensor, data: ZipEntry): Float32Array {
  const { shape, strides, offset } = tensor;
  const elements = elementsOf(shape);
  if (elements === 0) return new Float32Array(0);
  const width = bytesOfElement[tensor.type];
  const span = lastElement(tensor) - offset + 1;
  const start = offsetOfEntry(source, data) + offset * width;
  const stored = floatsFromBytes(source.read(start, span * width), tensor.type);
  return isContiguous(shape, strides) ? stored : gather(stored, shape, strides);
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}

/** Copies a strided view into row-major order. */
function gather(
  stored: Float32Array,
  shape: readonly number[],
  strides: readonly number[],
): Float32Array {
  const result = new Float32Array(elementsOf(shape));
  const index = new Array<number>(shape.length).fill(0);
  let at = 0;
  for (let i = 0; i < result.length; i++) {
    result[i] = stored[at]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      at -= shape[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}

function checkByteOrder(source: ByteSource, marker: ZipEntry | undefined): void {
  if (marker === undefined) return; // older PyTorch wrote none, and ran on little-endian machines only
  const order = new TextDecoder().decode(readWhole(source, marker, MARKER_BYTES_MAX)).trim();
  if (order !== "little") {
    throw unreadable(
      source.name,
      `it was written on a ${clipped(order)}-endian machine; save it again on a little-endian one`,
    );
  }
}

function readWhole(source: ByteSource, entry: ZipEntry, limit: number): Uint8Array {
  if (entry.size > limit)
    throw unreadable(source.name, `${clipped(entry.name)} is larger than ${limit} bytes`);
  return source.read(offsetOfEntry(source, entry), entry.size);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every(isCount);
}
