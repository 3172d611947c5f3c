// What fast precision loses on sequences with truth: node bench/precision.ts DAVIS [SEQ,SEQ…] [PROMPT] [MODEL].
// Bar: the mean J&F falls by at most 0.5.
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";

const LOSS_MAX = 0.5;
const [dataset, sequences = "", prompt = "mask", model] = process.argv.slice(2);
const main = resolve(import.meta.dirname, "../apps/cli/src/main.ts");

interface Report {
  readonly mean: { readonly J: number; readonly F: number; readonly JF: number };
  readonly fps: number;
  readonly sequences: readonly { readonly name: string; readonly JF: number }[];
}

function measure(precision: "exact" | "fast"): Report {
  const words = ["eval", "davis", dataset ?? "", "--prompt", prompt, "--precision", precision];
  if (sequences !== "") words.push("--sequences", sequences);
  if (model !== undefined) words.push("--model", model);
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...words, "--json"], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Report;
}

if (dataset === undefined) {
  console.log("Give a data set: node bench/precision.ts DAVIS [SEQ,SEQ…] [PROMPT] [MODEL]");
  process.exitCode = 2;
} else {
  const [exact, fast] = [measure("exact"), measure("fast")];
  const row = (...[name, a, b]: readonly [string, number, number]) =>
    console.log(
      `${name.padEnd(28)}${[a, b, a - b].map((value) => value.toFixed(2).padStart(9)).join("")}`,
    );
  console.log(
    `${`J&F, ${prompt}`.padEnd(28)}${"exact".padStart(9)}${"fast".padStart(9)}${"loss".padStart(9)}`,
  );
  for (const [at, { name, JF }] of exact.sequences.entries())
    row(name, JF, fast.sequences[at]?.JF ?? Number.NaN);
  row("mean over objects", exact.mean.JF, fast.mean.JF);
  console.log(`frames/s: ${exact.fps.toFixed(2)} exact, ${fast.fps.toFixed(2)} fast`);
  process.exitCode = exact.mean.JF - fast.mean.JF <= LOSS_MAX ? 0 : 1;
}
