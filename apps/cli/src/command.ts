// What a command is: its words, operands, options and examples as data, and the function that runs it.
import type { Terminal } from "./terminal.ts";

/** How one option is written on the command line and what its texts mean. */
export interface Option<Value> {
  /** Name of the value in help, such as `DIR`; null for a switch, which takes none. */
  readonly value: string | null;
  readonly summary: string;
  readonly repeats: boolean;
  readonly required: boolean;
  /** The only values allowed, for help and completion; null where any text may stand. */
  readonly choices: readonly string[] | null;
  /** Turns the texts given, in order (none where the option is absent), into the value. Throws a RangeError that says what is wrong. */
  readonly read: (texts: readonly string[]) => Value;
}

/** A word that stands by its place, such as INPUT. Optional ones come last. */
export interface Operand {
  readonly name: string;
  readonly summary: string;
  readonly optional: boolean;
  readonly choices: readonly string[] | null;
}

export interface Example {
  readonly line: string;
  readonly does: string;
}

type OptionTable = Readonly<Record<string, Option<unknown>>>;

/** The values of a table of options, each under its name. */
export type ValuesOf<Table extends OptionTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Option<infer Value> ? Value : never;
};

/** What a command's function receives: operands by place, options by name. */
export interface Invocation<Values> {
  readonly operands: readonly string[];
  readonly options: Values;
}

/** A command as the table holds it; `run` resolves to the exit code. */
export interface Command {
  readonly words: readonly string[];
  readonly summary: string;
  readonly details: string | null;
  readonly operands: readonly Operand[];
  readonly options: OptionTable;
  readonly examples: readonly Example[];
  readonly run: (invocation: Invocation<never>, terminal: Terminal) => Promise<number>;
}

/** Declares a command; the types of `run`'s options follow from the table. */
export function command<Table extends OptionTable>(declared: {
  readonly words: readonly string[];
  readonly summary: string;
  readonly details?: string;
  readonly operands?: readonly Operand[];
  readonly options: Table;
  readonly examples: readonly Example[];
  readonly run: (invocation: Invocation<ValuesOf<Table>>, terminal: Terminal) => Promise<number>;
}): Command {
  return { ...declared, details: declared.details ?? null, operands: declared.operands ?? [] };
}

export function operand(name: string, summary: string): Operand {
  return { name, summary, optional: false, choices: null };
}

export function operandOf(name: string, summary: string, choices: readonly string[]): Operand {
  return { name, summary, optional: false, choices };
}

/** An option that is absent or carries one text. */
export function text(value: string, summary: string): Option<string | undefined> {
  return single(value, summary, (given) => given);
}

/** An option that must be given, with one text. */
export function requiredText(value: string, summary: string): Option<string> {
  return { ...single(value, summary, (given) => given), required: true } as Option<string>;
}

// More than this is listed after the option instead of in it.
const LONGEST_CHOICES = 60;

/** An option that is absent or carries one of a few words. */
export function oneOf<const Choice extends string>(
  choices: readonly Choice[],
  summary: string,
): Option<Choice | undefined> {
  const read = (given: string): Choice => {
    const found = choices.find((choice) => choice === given);
    if (found === undefined)
      throw new RangeError(`must be ${listed(choices)} (got ${JSON.stringify(given)})`);
    return found;
  };
  const written = choices.join("|");
  return written.length <= LONGEST_CHOICES
    ? { ...single(written, summary, read), choices }
    : { ...single("NAME", `${summary}: ${choices.join(", ")}`, read), choices };
}

/** As `oneOf`, but it must be given. */
export function requiredOneOf<const Choice extends string>(
  choices: readonly Choice[],
  summary: string,
): Option<Choice> {
  return { ...oneOf(choices, summary), required: true } as Option<Choice>;
}

/** An option that is absent or carries a whole number of at least `least`. */
export function wholeNumber(
  value: string,
  summary: string,
  bounds: { readonly least: number; readonly most?: number },
): Option<number | undefined> {
  return single(value, summary, (given) => {
    const number = /^\d{1,15}$/.test(given) ? Number(given) : Number.NaN;
    const most = bounds.most ?? Number.MAX_SAFE_INTEGER;
    if (!(number >= bounds.least && number <= most)) {
      const range =
        bounds.most === undefined
          ? `of at least ${bounds.least}`
          : `from ${bounds.least} to ${bounds.most}`;
      throw new RangeError(`must be a whole number ${range} (got ${JSON.stringify(given)})`);
    }
    return number;
  });
}

/** An option that may be given many times; `read` turns each text into an item. */
export function repeated<Item>(
  value: string,
  summary: string,
  read: (given: string) => Item,
): Option<readonly Item[]> {
  return {
    value,
    summary,
    repeats: true,
    required: false,
    choices: null,
    read: (texts) => texts.map(read),
  };
}

/** An option with one text that `read` turns into a value. */
export function single<Value>(
  value: string,
  summary: string,
  read: (given: string) => Value,
): Option<Value | undefined> {
  return {
    value,
    summary,
    repeats: false,
    required: false,
    choices: null,
    read: (texts) => (texts[0] === undefined ? undefined : read(texts[0])),
  };
}

/** An option that is there or not. */
export function toggle(summary: string): Option<boolean> {
  return {
    value: null,
    summary,
    repeats: false,
    required: false,
    choices: null,
    read: (texts) => texts.length > 0,
  };
}

/** Options that every command takes. */
export const everywhere = {
  json: toggle("print one JSON document on stdout, progress on stderr"),
  help: toggle("show this help"),
} as const;

/** "a, b or c". */
export function listed(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
