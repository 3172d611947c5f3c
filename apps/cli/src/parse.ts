// From the words on the command line to a command and its values, or to a sentence that names the flag at fault.
import { parseArgs } from "node:util";
import { type Command, everywhere, type Option } from "./command.ts";
import { nearest } from "./nearest.ts";

/** The command line cannot be understood; exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  /** The command that was meant, for the hint where to read on; null where even that is unknown. */
  readonly command: Command | null;

  constructor(message: string, command: Command | null) {
    super(message);
    this.command = command;
  }
}

export type Request =
  | { readonly kind: "version" }
  | { readonly kind: "help"; readonly words: readonly string[] }
  | {
      readonly kind: "run";
      readonly command: Command;
      readonly json: boolean;
      readonly operands: readonly string[];
      readonly options: Readonly<Record<string, unknown>>;
    };

/** Reads the words after `masklet`. Throws a UsageError. */
export function parseCommandLine(words: readonly string[], table: readonly Command[]): Request {
  const [first] = words;
  if (first === undefined || first === "--help" || first === "-h")
    return { kind: "help", words: [] };
  if (first === "--version" || first === "-v") return { kind: "version" };
  if (first === "help") return { kind: "help", words: groupOf(words.slice(1), table) };
  const command = findCommand(words, table);
  if (command === null) {
    const asked = words.slice(1);
    if (asked.length === 0 || asked.some((word) => word === "--help" || word === "-h"))
      if (table.some((known) => known.words[0] === first)) return { kind: "help", words: [first] };
    throw unknownCommand(words, table);
  }
  return readArguments(command, words.slice(command.words.length));
}

/** The command whose words stand at the beginning, or null. */
function findCommand(words: readonly string[], table: readonly Command[]): Command | null {
  return table.find((known) => known.words.every((word, at) => words[at] === word)) ?? null;
}

function groupOf(words: readonly string[], table: readonly Command[]): readonly string[] {
  const known = table.some((each) => words.every((word, at) => each.words[at] === word));
  if (!known) throw unknownCommand(words, table);
  return words;
}

function unknownCommand(words: readonly string[], table: readonly Command[]): UsageError {
  const first = words[0] ?? "";
  const inGroup = table.filter((known) => known.words[0] === first && known.words.length > 1);
  if (inGroup.length > 0) {
    const names = inGroup.map((known) => known.words[1] ?? "");
    const guess = nearest(words[1] ?? "", names);
    return new UsageError(
      `There is no command "${first} ${words[1]}"${guess === null ? "" : `; did you mean "${first} ${guess}"?`}${
        guess === null ? ` (there are: ${names.join(", ")}).` : ""
      }`,
      null,
    );
  }
  const guess = nearest(first, [...new Set(table.map((known) => known.words[0] ?? ""))]);
  return new UsageError(
    `There is no command ${JSON.stringify(first)}${guess === null ? "." : `; did you mean "${guess}"?`}`,
    null,
  );
}

function readArguments(command: Command, words: readonly string[]): Request {
  const options: Readonly<Record<string, Option<unknown>>> = { ...command.options, ...everywhere };
  const given = sortWords(command, options, words);
  if (given.flags.has("help")) return { kind: "help", words: command.words };
  checkOperands(command, given.operands);
  const values: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(options)) {
    const texts = given.flags.get(name) ?? [];
    if (option.required && texts.length === 0) {
      throw new UsageError(`--${name} ${option.value ?? ""} is missing.`, command);
    }
    values[name] = readValue({ command, name, option, texts });
  }
  return {
    kind: "run",
    command,
    json: given.flags.has("json"),
    operands: given.operands,
    options: values,
  };
}

interface Given {
  readonly flags: ReadonlyMap<string, readonly string[]>;
  readonly operands: readonly string[];
}

/** Splits the words into flags with their texts and operands, checking each flag against the table. */
function sortWords(
  command: Command,
  options: Readonly<Record<string, Option<unknown>>>,
  words: readonly string[],
): Given {
  const { tokens } = parseArgs({
    args: [...words],
    strict: false,
    tokens: true,
    options: {
      ...Object.fromEntries(
        Object.entries(options).map(([name, option]) => [
          name,
          { type: option.value === null ? ("boolean" as const) : ("string" as const) },
        ]),
      ),
      help: { type: "boolean", short: "h" },
    },
  });
  const flags = new Map<string, string[]>();
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") operands.push(token.value);
    if (token.kind !== "option") continue;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (option === undefined) throw unknownFlag(command, token.rawName, Object.keys(options));
    const before = flags.get(token.name);
    if (before !== undefined && !option.repeats && option.value !== null) {
      throw new UsageError(`--${token.name} is given twice; it takes one value.`, command);
    }
    if (option.value === null) {
      if (token.value !== undefined)
        throw new UsageError(`--${token.name} takes no value.`, command);
      flags.set(token.name, [""]);
      continue;
    }
    // A flag that follows directly is a forgotten value, not a value that looks like a flag.
    if (token.value === undefined || (!token.inlineValue && /^--\w/.test(token.value))) {
      throw new UsageError(
        `--${token.name} needs a value: --${token.name} ${option.value}.`,
        command,
      );
    }
    if (token.value === "") {
      throw new UsageError(`--${token.name} is empty: --${token.name} ${option.value}.`, command);
    }
    flags.set(token.name, [...(before ?? []), token.value]);
  }
  return { flags, operands };
}

function unknownFlag(command: Command, raw: string, names: readonly string[]): UsageError {
  const guess = nearest(raw.replace(/^-+/, ""), names);
  const hint = guess === null ? "" : ` Did you mean --${guess}?`;
  return new UsageError(`masklet ${command.words.join(" ")} has no flag ${raw}.${hint}`, command);
}

function checkOperands(command: Command, operands: readonly string[]): void {
  const missing = command.operands.find((each, at) => !each.optional && operands[at] === undefined);
  if (missing !== undefined) {
    throw new UsageError(`${missing.name} is missing: ${missing.summary}.`, command);
  }
  const empty = command.operands.find((_, at) => operands[at] === "");
  if (empty !== undefined)
    throw new UsageError(`${empty.name} is empty: ${empty.summary}.`, command);
  const extra = operands[command.operands.length];
  if (extra !== undefined) {
    throw new UsageError(
      `masklet ${command.words.join(" ")} has no use for ${JSON.stringify(extra)}.`,
      command,
    );
  }
  for (const [at, each] of command.operands.entries()) {
    const text = operands[at];
    if (text === undefined || each.choices === null || each.choices.includes(text)) continue;
    throw new UsageError(
      `${each.name} must be one of ${each.choices.join(", ")} (got ${JSON.stringify(text)}).`,
      command,
    );
  }
}

function readValue(asked: {
  readonly command: Command;
  readonly name: string;
  readonly option: Option<unknown>;
  readonly texts: readonly string[];
}): unknown {
  try {
    return asked.option.read(asked.texts);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`--${asked.name} ${error.message}.`, asked.command);
  }
}
