// A restricted unpickler: plain data and the few constructors it is handed; it never runs code from the file.
import { clipped } from "../errors.ts";
import { unreadable } from "./checkpoint.ts";

/** A name that the pickle imports, such as `torch.FloatStorage`. Only ever compared and looked up. */
export interface ImportedName {
  readonly kind: "name";
  readonly name: string;
}

/** Dictionaries become maps, lists and tuples arrays; constructors may return any further value. */
export type Pickled =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly Pickled[]
  | ReadonlyMap<Pickled, Pickled>
  | ImportedName
  | object;

export interface PickleDoor {
  /** File named in messages. */
  readonly file: string;
  /** The names that may be imported; those that may be called have a constructor. */
  readonly names: ReadonlyMap<string, ((values: readonly Pickled[]) => Pickled) | null>;
  /** Turns a persistent id into a value. */
  readonly persistent: (id: Pickled) => Pickled;
}

const STACK_MAX = 1 << 20;
/** Lists, dictionaries and objects of one pickle; a tensor takes ten, so this is more than `TENSORS_MAX` need. */
const OBJECTS_MAX = 1 << 20;
/** Values of any kind that one pickle stacks or remembers; a tensor takes some forty. */
const VALUES_MAX = 1 << 22;
const MARK = Symbol("mark");
type Stacked = Pickled | typeof MARK;

/**
 * Reads a pickle of protocol 2 to 5. Source: CPython `Lib/pickletools.py`.
 * Every opcode outside plain data, every import outside `names` and every call of something that is
 * no constructor is refused. Throws checkpoint-unreadable.
 */
export function unpickle(bytes: Uint8Array, door: PickleDoor): Pickled {
  const reader = new PickleReader(bytes, door);
  try {
    return reader.run();
  } catch (cause) {
    // Reading past the end surfaces as a RangeError of the view.
    if (cause instanceof RangeError)
      throw unreadable(door.file, "its pickle is cut short", { cause });
    throw cause;
  }
}

class PickleReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #door: PickleDoor;
  readonly #stack: Stacked[] = [];
  readonly #memo = new Map<number, Pickled>();
  #at = 0;
  #objects = 0;
  #values = 0;

  constructor(bytes: Uint8Array, door: PickleDoor) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#door = door;
  }

  run(): Pickled {
    if (this.#u8() !== 0x80)
      throw this.#refuse("it does not begin like a pickle of protocol 2 or later");
    const protocol = this.#u8();
    if (protocol < 2 || protocol > 5) throw this.#refuse(`pickle protocol ${protocol} is unknown`);
    for (;;) {
      const opcode = this.#u8();
      if (opcode === 0x2e) return this.#pop(); // STOP
      if (
        !(
          this.#scalar(opcode) ||
          this.#container(opcode) ||
          this.#memory(opcode) ||
          this.#object(opcode)
        )
      ) {
        throw this.#refuse(
          `pickle opcode 0x${opcode.toString(16)} is not among those that describe tensors`,
        );
      }
      if (this.#stack.length > STACK_MAX) throw this.#refuse("its pickle nests too deeply");
    }
  }

  /** Numbers, text, true, false and none. */
  #scalar(opcode: number): boolean {
    switch (opcode) {
      case 0x4e:
        return this.#push(null); // NONE
      case 0x88:
        return this.#push(true); // NEWTRUE
      case 0x89:
        return this.#push(false); // NEWFALSE
      case 0x4a:
        return this.#push(this.#view.getInt32(this.#skip(4), true)); // BININT
      case 0x4b:
        return this.#push(this.#u8()); // BININT1
      case 0x4d:
        return this.#push(this.#view.getUint16(this.#skip(2), true)); // BININT2
      case 0x8a:
        return this.#push(this.#long(this.#u8())); // LONG1
      case 0x47:
        return this.#push(this.#view.getFloat64(this.#skip(8), false)); // BINFLOAT
      case 0x58:
        return this.#push(this.#text(this.#u32())); // BINUNICODE
      case 0x8c:
        return this.#push(this.#text(this.#u8())); // SHORT_BINUNICODE
      default:
        return false;
    }
  }

  /** Tuples, lists and dictionaries. */
  #container(opcode: number): boolean {
    switch (opcode) {
      case 0x28:
        this.#stack.push(MARK);
        return true; // MARK
      case 0x29:
        return this.#push([]); // EMPTY_TUPLE
      case 0x85:
        return this.#push(this.#popMany(1)); // TUPLE1
      case 0x86:
        return this.#push(this.#popMany(2)); // TUPLE2
      case 0x87:
        return this.#push(this.#popMany(3)); // TUPLE3
      case 0x74:
        return this.#push(this.#popToMark()); // TUPLE
      case 0x5d:
        return this.#push([]); // EMPTY_LIST
      case 0x61:
        return this.#append([this.#pop()]); // APPEND
      case 0x65:
        return this.#append(this.#popToMark()); // APPENDS
      case 0x7d:
        return this.#push(new Map()); // EMPTY_DICT
      case 0x73:
        return this.#setItems(this.#popMany(2)); // SETITEM
      case 0x75:
        return this.#setItems(this.#popToMark()); // SETITEMS
      default:
        return false;
    }
  }

  /** The memo, and framing that carries no meaning. */
  #memory(opcode: number): boolean {
    switch (opcode) {
      case 0x71:
        return this.#remember(this.#u8()); // BINPUT
      case 0x72:
        return this.#remember(this.#u32()); // LONG_BINPUT
      case 0x94:
        return this.#remember(this.#memo.size); // MEMOIZE
      case 0x68:
        return this.#recall(this.#u8()); // BINGET
      case 0x6a:
        return this.#recall(this.#u32()); // LONG_BINGET
      case 0x95:
        this.#skip(8);
        return true; // FRAME
      default:
        return false;
    }
  }

  /** Imports and calls, within the door's list. */
  #object(opcode: number): boolean {
    switch (opcode) {
      case 0x63:
        return this.#import(this.#line(), this.#line()); // GLOBAL
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = this.#popMany(2);
        if (typeof module !== "string" || typeof name !== "string")
          throw this.#refuse("its pickle imports something whose name is no text");
        return this.#import(module, name);
      }
      case 0x52:
        return this.#call(); // REDUCE
      case 0x62:
        return this.#build(); // BUILD
      case 0x51:
        return this.#push(this.#door.persistent(this.#pop())); // BINPERSID
      default:
        return false;
    }
  }

  #import(module: string, name: string): boolean {
    const full = `${module}.${name}`;
    if (!this.#door.names.has(full)) {
      throw this.#refuse(
        `it asks to import ${clipped(full)}, which a file of weights never needs; it may be unsafe`,
      );
    }
    return this.#push({ kind: "name", name: full });
  }

  #call(): boolean {
    const [callee, values] = this.#popMany(2);
    const construct = isImportedName(callee) ? this.#door.names.get(callee.name) : undefined;
    if (!construct || !Array.isArray(values)) {
      throw this.#refuse("its pickle calls something that is no constructor of tensors");
    }
    return this.#push(construct(values));
  }

  /** An ordered dictionary may carry attributes (PyTorch writes `_metadata`); they hold no tensors. */
  #build(): boolean {
    this.#pop();
    if (!(this.#top() instanceof Map))
      throw this.#refuse("its pickle sets the state of an unknown object");
    return true;
  }

  #append(items: readonly Pickled[]): boolean {
    const list = this.#top();
    if (!Array.isArray(list)) throw this.#refuse("its pickle appends to something that is no list");
    for (const item of items) list.push(item);
    return true;
  }

  #setItems(items: readonly Pickled[]): boolean {
    const map = this.#top();
    if (!(map instanceof Map) || items.length % 2 !== 0) {
      throw this.#refuse("its pickle sets items of something that is no dictionary");
    }
    for (let i = 0; i < items.length; i += 2) map.set(items[i]!, items[i + 1]!);
    return true;
  }

  #remember(slot: number): boolean {
    this.#memo.set(slot, this.#top());
    this.#countValue();
    return true;
  }

  #recall(slot: number): boolean {
    const value = this.#memo.get(slot);
    if (value === undefined) throw this.#refuse(`its pickle recalls slot ${slot}, which is empty`);
    this.#stack.push(value);
    this.#countValue();
    return true;
  }

  /** Stacks a value that is new; each has its place in memory, so there is a limit for them all. */
  #push(value: Pickled): boolean {
    this.#stack.push(value);
    this.#countValue();
    if (typeof value === "object" && value !== null && ++this.#objects > OBJECTS_MAX)
      throw this.#refuse(
        `its pickle makes more than ${OBJECTS_MAX} objects, which no file of weights needs`,
      );
    return true;
  }

  #countValue(): void {
    if (++this.#values > VALUES_MAX)
      throw this.#refuse(
        `its pickle holds more than ${VALUES_MAX} values, which no file of weights needs`,
      );
  }

  #pop(): Pickled {
    const value = this.#stack.pop();
    if (value === undefined || typeof value === "symbol")
      throw this.#refuse("its pickle is damaged");
    return value;
  }

  #top(): Pickled {
    const value = this.#stack.at(-1);
    if (value === undefined || typeof value === "symbol")
      throw this.#refuse("its pickle is damaged");
    return value;
  }

  #popMany(count: number): Pickled[] {
    const values: Pickled[] = [];
    for (let i = 0; i < count; i++) values.unshift(this.#pop());
    return values;
  }

  #popToMark(): Pickled[] {
    const mark = this.#stack.lastIndexOf(MARK);
    if (mark < 0) throw this.#refuse("its pickle is damaged");
    const values = this.#stack.splice(mark) as Pickled[];
    values.shift();
    return values;
  }

  #long(length: number): number {
    const at = this.#skip(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#bytes[at + i]!);
    return Number(BigInt.asIntN(length * 8, value));
  }

  #text(length: number): string {
    const at = this.#skip(length);
    return new TextDecoder().decode(this.#bytes.subarray(at, at + length));
  }

  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) throw new RangeError("no end of line");
    const text = this.#text(end - this.#at);
    this.#at = end + 1;
    return text;
  }

  #u8(): number {
    return this.#view.getUint8(this.#skip(1));
  }

  #u32(): number {
    return this.#view.getUint32(this.#skip(4), true);
  }

  /** Steps over `length` bytes and returns where they began; a RangeError when they are not there. */
  #skip(length: number): number {
    const at = this.#at;
    if (at + length > this.#bytes.length) throw new RangeError("past the end");
    this.#at += length;
    return at;
  }

  #refuse(cause: string) {
    return unreadable(this.#door.file, cause);
  }
}

function isImportedName(value: Pickled | undefined): value is ImportedName {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "name";
}
