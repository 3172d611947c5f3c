// One attack on a reader: a small dataset, broken by a seed.
import assert from "node:assert/strict";
import fc from "fast-check";
import { anyDocument } from "../../annotation/test/generated.ts";
import { FormatError } from "../src/error.ts";
import { memoryFiles } from "../src/files.ts";
import type { FormatName } from "../src/format.ts";
import { readDataset, writeDataset } from "../src/registry.ts";
import { LossReport } from "../src/report.ts";
import { sourceFromDocument } from "../src/source.ts";

/** A reader that takes longer than this for a few kilobytes has met its match. */
const TIME_MAX_MS = 10_000;

/** Values that readers like least. */
const NASTY = [
  "-1",
  "0",
  "1e309",
  "NaN",
  "null",
  '""',
  "[]",
  "{}",
  "99999999999999999999",
  "0.5",
  '"\\u0000"',
  "true",
  "2147483648",
  '"../../etc/passwd"',
  "__proto__",
  "]",
  "}",
  '"',
  "<",
  "&x;",
  "\\",
  "\ufffd",
  "1000000000",
];

/** Writes, breaks and reads. Throws unless the reader either takes it or refuses with a FormatError of one sentence. */
export async function attack(name: FormatName, seed: number): Promise<"read" | "refused"> {
  const random = randomOf(seed);
  const [document] = fc.sample(anyDocument({ tracksMax: 3, framesMax: 4 }), { seed, numRuns: 1 });
  const files = memoryFiles();
  await writeDataset(name, [sourceFromDocument(document!)], files, new LossReport(), {
    sidecar: random() < 0.5,
  });
  const contents = new Map(files.contents);
  for (let i = 0; i <= random() * 3; i++) breakOne(contents, random);
  const begun = performance.now();
  try {
    const broken = memoryFiles(Object.fromEntries(contents));
    for await (const _ of readDataset(name, broken, new LossReport())) void _;
    return "read";
  } catch (error) {
    assert.ok(error instanceof FormatError, `another kind of error: ${(error as Error).stack}`);
    assert.match(error.message, /^\S[^\n]*[.?]$/, "not one sentence");
    assert.ok(error.message.length < 1000, "a sentence without end");
    return "refused";
  } finally {
    assert.ok(performance.now() - begun < TIME_MAX_MS, "too slow");
  }
}

/** Numbers 0 … 1 by a seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function breakOne(contents: Map<string, Uint8Array>, random: () => number): void {
  const names = [...contents.keys()];
  const name = names[Math.floor(random() * names.length)];
  if (name === undefined) return;
  const bytes = contents.get(name)!;
  const at = Math.floor(random() * (bytes.length + 1));
  const replaced = (from: number, to: number, piece: Uint8Array): void => {
    contents.set(
      name,
      new Uint8Array([...bytes.subarray(0, from), ...piece, ...bytes.subarray(to)]),
    );
  };
  const nasty = new TextEncoder().encode(NASTY[Math.floor(random() * NASTY.length)]);
  const ways: (() => void)[] = [
    () => replaced(at, bytes.length, new Uint8Array(0)),
    () => replaced(at, at + 1, Uint8Array.of(Math.floor(random() * 256))),
    () => replaced(at, at + 1 + Math.floor(random() * 8), nasty),
    () => replaced(at, at, nasty),
    () => replaced(at, at, bytes.subarray(at, at + Math.floor(random() * 200))),
    () => wordReplaced(contents, name, nasty, random),
    () => wordReplaced(contents, name, nasty, random),
    () => void contents.delete(name),
    () => contents.set(names[Math.floor(random() * names.length)]!, bytes),
    () => contents.set(name, new Uint8Array(0)),
  ];
  ways[Math.floor(random() * ways.length)]!();
}

/** Puts something else where a number or a quoted text stands. */
function wordReplaced(
  contents: Map<string, Uint8Array>,
  name: string,
  nasty: Uint8Array,
  random: () => number,
): void {
  const text = new TextDecoder().decode(contents.get(name));
  const words = [...text.matchAll(/-?\d+(?:\.\d+)?|"[^"]*"/g)];
  const word = words[Math.floor(random() * words.length)];
  if (word === undefined) return;
  const changed =
    text.slice(0, word.index) +
    new TextDecoder().decode(nasty) +
    text.slice(word.index + word[0].length);
  contents.set(name, new TextEncoder().encode(changed));
}
