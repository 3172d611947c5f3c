// The program: reads the command line, runs the command, ends with its exit code.
import { readFileSync } from "node:fs";
import { exitCodeOf, exitCodes, sentenceOf } from "./exit-codes.ts";
import { helpFor } from "./help.ts";
import { listenForInterrupt } from "./interrupt.ts";
import { parseCommandLine } from "./parse.ts";
import { table } from "./table.ts";
import { createTerminal } from "./terminal.ts";

const PATIENCE_MS = 3000;

const now = (): number => performance.now();

/** Runs one command line and resolves to its exit code; whatever goes wrong ends as one sentence on stderr. */
async function main(words: readonly string[]): Promise<number> {
  ignoreClosedPipes();
  const interrupt = listenForInterrupt({
    now,
    insisted: () => process.exit(exitCodes.interrupted),
  });
  try {
    const request = parseCommandLine(words, table);
    const json = request.kind === "run" && request.json;
    const terminal = createTerminal({
      stdout: process.stdout,
      stderr: process.stderr,
      json,
      signal: interrupt.signal,
      now,
    });
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
    process.stderr.write(`${sentenceOf(error, process.env.MASKLET_DEBUG === "1")}\n`);
    return exitCodeOf(error);
  } finally {
    interrupt.release();
  }
}

/** A reader that went away (`masklet … | head`) is no fault: what is printed for it is dropped. */
function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
}

function version(): string {
  const file = new URL("../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

process.exitCode = await main(process.argv.slice(2));
// Whatever should still hold the process (a worker that does not end) must not keep the caller waiting.
setTimeout(() => process.exit(), PATIENCE_MS).unref();
