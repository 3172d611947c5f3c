// One run of masklet: from the words of the command line to an exit code.
import { readFileSync } from "node:fs";
import { exitCodeOf, exitCodes, sentenceOf } from "./exit-codes.ts";
import { helpFor } from "./help.ts";
import { parseCommandLine } from "./parse.ts";
import { table } from "./table.ts";
import { createTerminal, type Output } from "./terminal.ts";

export interface Surroundings {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborted by the first interrupt. */
  readonly signal: AbortSignal;
  /** Whether errors are shown with their stack. */
  readonly debug: boolean;
  /** Milliseconds of a steady clock. */
  readonly now: () => number;
}

/** Runs one command line and resolves to its exit code; whatever goes wrong ends as one sentence on stderr. */
export async function runProgram(words: readonly string[], around: Surroundings): Promise<number> {
  try {
    const request = parseCommandLine(words, table);
    const terminal = createTerminal({ ...around, json: request.kind === "run" && request.json });
    switch (request.kind) {
      case "version":
        terminal.print(`masklet ${version()}`);
        return exitCodes.done;
      case "help":
        terminal.print(helpFor(request.words, table));
        return exitCodes.done;
      case "run": {
        const { operands, options } = request;
        // The parser made the options from this command's own table, so they are what `run` declares.
        return await request.command.run({ operands, options: options as never }, terminal);
      }
    }
  } catch (error) {
    // What breaks because somebody pressed Ctrl-C is the interrupt, whatever it calls itself.
    const code = around.signal.aborted ? exitCodes.interrupted : exitCodeOf(error);
    const spoken = exitCodeOf(error) === code && !isAbort(error);
    around.stderr.write(
      spoken ? `${sentenceOf(error, around.debug)}\n` : "Interrupted; nothing was written.\n",
    );
    return code;
  }
}

/** The web's own error for an abort and the formats' one, which do not say what became of the work. */
function isAbort(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const cancelled = error.name === "FormatError" && "code" in error && error.code === "cancelled";
  return error.name === "AbortError" || cancelled;
}

function version(): string {
  const file = new URL("../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
