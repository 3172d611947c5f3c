// Compares `masklet eval davis --predictions` with the Python witness: node bench/witness/davis.ts DATASET [PYTHON] [KIND …].
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const LARGEST_DIFFERENCE = 1e-4; // percent points
const here = import.meta.dirname;
const dataset = resolve(process.argv[2] ?? "../shared/data/davis");
const python = process.argv[3] ?? "python3";
const allKinds = ["perfect", "shifted", "eroded", "empty", "swapped"] as const;
const asked = process.argv.slice(4);
const kinds = allKinds.filter((kind) => asked.length === 0 || asked.includes(kind));

interface Scores {
  readonly mean: Readonly<Record<"J" | "F" | "JF", number>>;
  readonly sequences: readonly {
    readonly name: string;
    readonly perObject: readonly { object: number; J: number; F: number; JF: number }[];
  }[];
}

function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
  return stdout;
}

function figures(scores: Scores): number[] {
  const objects = scores.sequences.flatMap((sequence) => sequence.perObject);
  return [scores.mean, ...objects].flatMap(({ J, F, JF }) => [J, F, JF]);
}

function compare(kind: string, folder: string): boolean {
  const theirs = JSON.parse(
    run(python, join(here, "davis_measures.py"), dataset, folder),
  ) as Scores;
  const main = resolve(here, "../../apps/cli/src/main.ts");
  const ours = JSON.parse(
    run(process.execPath, main, "eval", "davis", dataset, "--predictions", folder, "--json"),
  ) as Scores;
  const expected = figures(theirs);
  const found = figures(ours);
  const largest = Math.max(
    ...expected.map((value, at) => Math.abs(value - (found[at] ?? Number.NaN))),
  );
  const equal = expected.length === found.length && largest <= LARGEST_DIFFERENCE;
  console.log(
    `${equal ? "equal" : "DIFFERENT"}  ${kind.padEnd(8)}  J&F ${ours.mean.JF.toFixed(4)}  ` +
      `${found.length} figures, largest difference ${largest.toExponential(1)}`,
  );
  return equal;
}

if (spawnSync(python, ["-c", "import numpy, scipy, PIL"]).status !== 0) {
  console.log(`Skipped: ${python} has no numpy, scipy and pillow.`);
} else {
  const folder = mkdtempSync(join(tmpdir(), "masklet-witness-"));
  try {
    run(python, join(here, "davis_predictions.py"), dataset, folder);
    process.exitCode = kinds.map((kind) => compare(kind, join(folder, kind))).every(Boolean)
      ? 0
      : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
