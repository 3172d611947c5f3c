// The process around a run: standard streams, interrupts, the exit code.
import { exitCodes } from "./exit-codes.ts";
import { listenForInterrupt } from "./interrupt.ts";
import { runProgram } from "./program.ts";

// What should be gone by then (a worker that does not end) must not keep the caller waiting.
const PATIENCE_MS = 3000;

const now = (): number => performance.now();
const interrupt = listenForInterrupt({
  now,
  insisted: () => process.exit(exitCodes.interrupted),
});

for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    // A reader that went away (`masklet … | head`) is no fault: what is printed for it is dropped.
    if (error.code === "EPIPE") return;
    process.stderr.write(`Cannot write the result to where stdout leads: ${error.message}.\n`);
    process.exit(exitCodes.output);
  });
}

process.exitCode = await runProgram(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  signal: interrupt.signal,
  debug: process.env.MASKLET_DEBUG === "1",
  now,
});
interrupt.release();
setTimeout(() => process.exit(), PATIENCE_MS).unref();
