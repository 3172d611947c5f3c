// Breaks datasets of every format in every way it can think of: a reader may refuse, in one sentence, and nothing else.
// node bench/formats/fuzz.ts [--seconds 60] [--format NAME] [--seed N]; seeds that failed are kept in fuzz-seeds.json.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FORMAT_NAMES, type FormatName } from "@masklet/formats";
import { attack } from "../../packages/formats/test/attack.ts";

function option(name: string): string | null {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? null : (process.argv[at + 1] ?? null);
}

const names = option("format") === null ? FORMAT_NAMES : [option("format") as FormatName];
const seconds = Number(option("seconds") ?? 60);
const kept = JSON.parse(readFileSync(join(import.meta.dirname, "fuzz-seeds.json"), "utf8")) as {
  readonly format: FormatName;
  readonly seed: number;
}[];
let failed = 0;
let attacks = 0;
const refused = new Map<string, number>();

async function one(format: FormatName, seed: number): Promise<void> {
  attacks++;
  try {
    const outcome = await attack(format, seed);
    const key = `${format} ${outcome}`;
    refused.set(key, (refused.get(key) ?? 0) + 1);
  } catch (error) {
    failed++;
    console.error(`${format} seed ${seed}: ${(error as Error).stack ?? error}`);
  }
}

const only = option("seed");
for (const { format, seed } of kept)
  if (only === null && names.includes(format)) await one(format, seed);
const end = performance.now() + seconds * 1000;
for (let seed = only === null ? Date.now() % 1e9 : Number(only); performance.now() < end; seed++) {
  for (const format of names) await one(format, seed);
  if (only !== null) break;
}
for (const format of names) {
  console.log(
    `${format.padEnd(14)} refused ${refused.get(`${format} refused`) ?? 0}, read ${refused.get(`${format} read`) ?? 0}`,
  );
}
console.log(`${attacks} attacks, ${failed} got through`);
process.exitCode = failed > 0 ? 1 : 0;
