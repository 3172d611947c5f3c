// Values from outside, read with their place, so that an error says where in the file it is.

/** A value that is not what it should be: `place` is a path such as `tracks[3].states[0].frame`. */
export class ReadingError extends Error {
  override readonly name = "ReadingError";
  readonly place: string;
  readonly reason: string;

  constructor(place: string, reason: string) {
    super(place === "" ? `${reason}.` : `${place}: ${reason}.`);
    this.place = place;
    this.reason = reason;
  }
}

/** Values of JSON shown in messages are cut to this many characters. */
const SHOWN_MAX = 40;

/** A text from outside, cut so that a message that shows it stays a sentence. */
export function clipped(text: string, lengthMax = 120): string {
  return text.length > lengthMax ? `${text.slice(0, lengthMax).toWellFormed()}…` : text;
}

/** A parsed JSON value and where it stands. Each getter throws ReadingError where the value is something else. */
export class Value {
  readonly raw: unknown;
  readonly #parent: Value | null;
  readonly #key: string | number;

  /** `place` names the value in its parent: a key or an index. */
  constructor(raw: unknown, place: string | number = "", parent: Value | null = null) {
    this.raw = raw;
    this.#key = place;
    this.#parent = parent;
  }

  /** The path from the outermost value, built only when somebody asks. */
  get place(): string {
    const own = typeof this.#key === "number" ? `[${this.#key}]` : this.#key;
    const above = this.#parent?.place ?? "";
    return above === "" || typeof this.#key === "number" ? above + own : `${above}.${own}`;
  }

  fail(reason: string): never {
    throw new ReadingError(this.place, reason);
  }

  #wrong(wanted: string): never {
    const text = JSON.stringify(this.raw) ?? "nothing";
    const shown = clipped(text, SHOWN_MAX);
    this.fail(this.raw === undefined ? `${wanted} is missing` : `expected ${wanted}, got ${shown}`);
  }

  /** A member of an object; a missing one is a Value of undefined. Members of the prototype do not count. */
  at(key: string): Value {
    const { raw } = this;
    if (typeof raw !== "object" || raw === null || Array.isArray(raw)) this.#wrong("an object");
    const value = Object.hasOwn(raw, key) ? (raw as Record<string, unknown>)[key] : undefined;
    return new Value(value, key, this);
  }

  items(lengthMax = Number.POSITIVE_INFINITY): Value[] {
    const { raw } = this;
    if (!Array.isArray(raw)) this.#wrong("a list");
    if (raw.length > lengthMax) this.fail(`a list of ${raw.length} is longer than ${lengthMax}`);
    return raw.map((item, i) => new Value(item, i, this));
  }

  entries(): [string, Value][] {
    const { raw } = this;
    if (typeof raw !== "object" || raw === null || Array.isArray(raw)) this.#wrong("an object");
    return Object.entries(raw).map(([key, value]) => [key, new Value(value, key, this)]);
  }

  text(): string {
    if (typeof this.raw !== "string") this.#wrong("a text");
    return this.raw;
  }

  number(): number {
    if (typeof this.raw !== "number" || !Number.isFinite(this.raw)) this.#wrong("a number");
    return this.raw;
  }

  /** A whole number of a range, both ends included. */
  whole(from = 0, to = Number.MAX_SAFE_INTEGER): number {
    const { raw } = this;
    if (!Number.isSafeInteger(raw)) this.#wrong("a whole number");
    const value = raw as number;
    if (value < from || value > to) this.fail(`${value} is outside ${from} … ${to}`);
    return value;
  }

  flag(): boolean {
    if (typeof this.raw !== "boolean") this.#wrong("true or false");
    return this.raw;
  }

  oneOf<const T extends string>(words: readonly T[]): T {
    const word = words.find((one) => one === this.raw);
    return word === undefined ? this.#wrong(`one of ${words.join(", ")}`) : word;
  }

  /** Null for null and for a missing value. */
  maybe<T>(read: (value: Value) => T): T | null {
    return this.missing ? null : read(this);
  }

  get missing(): boolean {
    return this.raw === undefined || this.raw === null;
  }
}
