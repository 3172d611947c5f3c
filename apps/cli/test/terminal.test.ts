// Interrupts and progress as a person meets them.
import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { exitCodeOf, sentenceOf } from "../src/exit-codes.ts";
import { listenForInterrupt } from "../src/interrupt.ts";
import { createTerminal, duration, progressLine } from "../src/terminal.ts";

test("one Ctrl-C that arrives twice asks to stop once; a later one insists", () => {
  const source = new EventEmitter();
  let time = 0;
  let insisted = 0;
  const interrupt = listenForInterrupt(
    { now: () => time, insisted: () => (insisted += 1) },
    source as unknown as NodeJS.Process,
  );
  source.emit("SIGINT");
  assert.equal(interrupt.signal.aborted, true);
  time = 4;
  source.emit("SIGINT");
  assert.equal(insisted, 0);
  time = 900;
  source.emit("SIGTERM");
  assert.equal(insisted, 1);
  interrupt.release();
  assert.equal(source.listenerCount("SIGINT"), 0);
});

test("progress says count, share, rate and time left", () => {
  const told = { title: "Tracking", unit: "frames", note: "" };
  assert.equal(
    progressLine({ ...told, done: 30, total: 120, seconds: 15 }),
    "Tracking 30/120 frames (25 %), 2.0 frames/s, 45 s left",
  );
  assert.equal(progressLine({ ...told, done: 7, total: null, seconds: 0 }), "Tracking 7 frames");
  assert.equal(duration(185), "3 min 05 s");
  assert.equal(duration(7800), "2 h 10 min");
});

test("with JSON stdout holds one document and nothing else", () => {
  let stdout = "";
  const terminal = createTerminal({
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: () => true },
    json: true,
    signal: new AbortController().signal,
    now: () => 0,
  });
  terminal.print("for people");
  terminal.progress("Tracking", 3, "frames").update(1);
  terminal.result({ done: true });
  assert.deepEqual(JSON.parse(stdout), { done: true });
});

test("errors have the exit codes of the contract, and a stack only when asked for", () => {
  const named = (name: string, code: string) => Object.assign(new Error("No."), { name, code });
  const expected: readonly [Error, number][] = [
    [named("WorkbenchError", "prompt"), 2],
    [named("EngineError", "prompt-invalid"), 2],
    [named("VideoError", "not-a-video"), 3],
    [named("FormatError", "malformed"), 3],
    [named("EngineError", "checkpoint-unreadable"), 4],
    [named("VideoError", "cannot-write"), 5],
    [named("FormatError", "unwritable"), 5],
    [named("Error", "ENOSPC"), 5],
    [new TypeError("x is undefined"), 70],
    [named("AbortError", "ABORT_ERR"), 130],
  ];
  for (const [error, code] of expected) assert.equal(exitCodeOf(error), code, error.name);
  assert.equal(sentenceOf(named("VideoError", "damaged"), false), "No.");
  assert.match(
    sentenceOf(new Error("Odd."), false),
    /^This is a fault of masklet: Odd\. Set MASKLET_DEBUG=1/,
  );
  assert.match(sentenceOf(named("VideoError", "damaged"), true), /\n +at /);
});
