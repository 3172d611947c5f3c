// Help texts, made from the command table.
import { type Command, everywhere, type Option } from "./command.ts";

const SUMMARY_COLUMN = 34;
const WIDTH = 110;

/** The overview: every command in one line. */
export function overview(table: readonly Command[]): string {
  const rows = table.map((each) => entry(commandName(each), each.summary, 22));
  return [
    "masklet turns video into verified masklets: click an object, track it, correct where it drifts.",
    "",
    "Usage: masklet COMMAND …",
    "",
    ...rows,
    "",
    "masklet COMMAND --help shows a command with examples; --json works with every command.",
    "Exit codes: 0 done, 2 usage, 3 input, 4 model, 5 output, 70 our fault, 130 interrupted.",
  ].join("\n");
}

/** The page of a group such as `models`, or of one command. */
export function helpFor(words: readonly string[], table: readonly Command[]): string {
  if (words.length === 0) return overview(table);
  const found = table.filter((each) => words.every((word, at) => each.words[at] === word));
  const [only] = found;
  if (found.length === 1 && only !== undefined) return commandHelp(only);
  return [
    `Usage: masklet ${words.join(" ")} COMMAND …`,
    "",
    ...found.map((each) => entry(commandName(each), each.summary, 22)),
  ].join("\n");
}

/** The page of one command. */
export function commandHelp(command: Command): string {
  const lines = [`Usage: ${usageLine(command)}`, "", `${sentence(command.summary)}`];
  if (command.details !== null) lines.push("", command.details);
  if (command.operands.length > 0) {
    lines.push("", ...command.operands.map((each) => entry(each.name, each.summary)));
  }
  lines.push("", "Options:");
  for (const [name, option] of Object.entries({ ...command.options, ...everywhere })) {
    lines.push(entry(flagName(name, option), option.summary));
  }
  if (command.examples.length > 0) lines.push("", "Examples:");
  for (const example of command.examples) {
    lines.push(`  # ${example.does}`, `  ${example.line}`);
  }
  return lines.join("\n");
}

/** "masklet track INPUT --out DIR [--point …]…": what must be given, then what may be. */
export function usageLine(command: Command): string {
  const operands = command.operands.map((each) => (each.optional ? `[${each.name}]` : each.name));
  const required = Object.entries(command.options)
    .filter(([, option]) => option.required)
    .map(([name, option]) => flagName(name, option));
  const rest = Object.values(command.options).some((option) => !option.required);
  const parts = ["masklet", ...command.words, ...operands, ...required];
  return [...parts, ...(rest ? ["[options]"] : [])].join(" ");
}

/** "--point OBJ,FRAME,X,Y …" */
export function flagName(name: string, option: Option<unknown>): string {
  const value = option.value === null ? "" : ` ${option.value}`;
  return `--${name}${value}${option.repeats ? " …" : ""}`;
}

export function commandName(command: Command): string {
  return command.words.join(" ");
}

function entry(name: string, summary: string, column = SUMMARY_COLUMN): string {
  const left = `  ${name}`;
  const indent = " ".repeat(column);
  const lines = wrapped(summary, WIDTH - column).join(`\n${indent}`);
  return left.length < column ? `${left.padEnd(column)}${lines}` : `${left}\n${indent}${lines}`;
}

/** Breaks a text at spaces into lines of at most `width` letters. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

function sentence(summary: string): string {
  return `${summary.slice(0, 1).toUpperCase()}${summary.slice(1)}.`;
}
