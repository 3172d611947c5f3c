// docs/reference/cli.md, made from the command table.
import { type Command, everywhere } from "./command.ts";
import { commandName, flagName, usageLine } from "./help.ts";

/** The reference page as Markdown. */
export function referencePage(table: readonly Command[]): string {
  return [
    "# Command line",
    "",
    "Made from the command table by `node scripts/launch.mjs apps/cli/scripts/write-reference.ts`; a test holds it to the table.",
    "",
    "Coordinates are pixel indices of the displayed frame (after rotation, on the stored pixel grid): x to the right, y down,",
    "`0,0` is the top-left pixel, fractions are allowed. Frames count from 0 in the order in which they are shown. Objects are",
    "numbered from 1.",
    "",
    "| exit code | meaning |",
    "|---|---|",
    "| 0 | done |",
    "| 2 | usage, or a prompt that cannot be (outside the picture, unknown object, frame out of range) |",
    "| 3 | the input cannot be read |",
    "| 4 | the model or checkpoint cannot be used, or reference tensors do not hold |",
    "| 5 | the output cannot be written |",
    "| 70 | a fault of masklet |",
    "| 130 | interrupted; finished frames are kept and said so |",
    "",
    "Errors are one sentence on stderr; `MASKLET_DEBUG=1` adds the stack. Files appear whole or not at all. `MASKLET_HOME`",
    "(default `~/.masklet`) holds downloaded models and compiled graphs.",
    "",
    "Every command takes:",
    "",
    ...optionRows(everywhere),
    "",
    ...table.flatMap((command) => section(command)),
  ].join("\n");
}

function section(command: Command): string[] {
  const lines = [`## masklet ${commandName(command)}`, "", `${capital(command.summary)}.`, ""];
  lines.push("```", usageLine(command), "```", "");
  if (command.details !== null) lines.push(command.details.replaceAll("\n", " "), "");
  if (command.operands.length > 0) {
    lines.push(
      ...command.operands.map(({ name, summary }) => `- \`${name}\`: ${escaped(summary)}`),
      "",
    );
  }
  if (Object.keys(command.options).length > 0) lines.push(...optionRows(command.options), "");
  if (command.examples.length > 0) {
    lines.push(
      "```sh",
      ...command.examples.flatMap(({ line, does }) => [`# ${does}`, line]),
      "```",
      "",
    );
  }
  return lines;
}

function optionRows(options: Command["options"]): string[] {
  const rows = Object.entries(options).map(([name, option]) => {
    const must = option.required ? " (required)" : "";
    return `| \`${escaped(flagName(name, option))}\` | ${escaped(option.summary)}${must} |`;
  });
  return ["| option | |", "|---|---|", ...rows];
}

function escaped(text: string): string {
  return text.replaceAll("|", "\\|");
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
