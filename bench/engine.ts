// Speed and memory of the engine against PyTorch eager on the same machine: alternating runs, medians, ratios.
//
//   node bench/engine.ts [--sizes 512,1024] [--rounds 5] [--model tiny] [--threads 2] [--objects 1,2,4]
//                        [--parts encode,attend,click,frame] [--python PYTHON] [--json FILE]
//
// PYTHON must be able to import torch and the official package `sam2` (PYTHONPATH may name a checkout). Without it the
// comparison is left out and our own figures are printed. Weights are random: speed does not depend on them. On a machine
// that has other work OMP_WAIT_POLICY=PASSIVE keeps PyTorch's threads from spinning, which would flatter us.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: {
    sizes: { type: "string", default: "512" },
    rounds: { type: "string", default: "5" },
    model: { type: "string", default: "tiny" },
    threads: { type: "string", default: "2" },
    objects: { type: "string", default: "1,2" },
    parts: { type: "string", default: "encode,attend,click,frame" },
    precisions: { type: "string", default: "exact,fast" },
    python: { type: "string", default: "python3" },
    weights: { type: "string" },
    json: { type: "string" },
  },
});

/** Configurations of the official package, by our short names. */
const CONFIGURATIONS: Readonly<Record<string, string>> = {
  tiny: "configs/sam2.1/sam2.1_hiera_t.yaml",
  small: "configs/sam2.1/sam2.1_hiera_s.yaml",
  base_plus: "configs/sam2.1/sam2.1_hiera_b+.yaml",
  large: "configs/sam2.1/sam2.1_hiera_l.yaml",
};

interface Times {
  readonly wall: number;
  readonly processor: number;
}

/** One process that is told what to run, line by line. */
class Side {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor(name: string, command: string, args: readonly string[]) {
    this.name = name;
    this.#child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#answers = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  async ask(request: object): Promise<unknown> {
    this.#child.stdin!.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`${this.name} ended early`);
    return JSON.parse(value);
  }

  time(part: string, objects = 1): Promise<Times> {
    return this.ask({ op: "time", part, objects }) as Promise<Times>;
  }

  async end(): Promise<number> {
    const { megabytes } = (await this.ask({ op: "peak" })) as { megabytes: number };
    this.#child.stdin!.end();
    await once(this.#child, "exit");
    return megabytes;
  }
}

/** The middle one; of an even count the mean of the two in the middle. */
function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}
/** Rounds that count; one more comes before them to warm up. */
const ROUNDS = Math.max(1, Number(options.rounds));
const home = await mkdtemp(join(tmpdir(), "masklet-bench-"));
const results: object[] = [];

try {
  for (const size of options.sizes.split(",").map(Number)) await compare(size);
  if (options.json) await writeFile(options.json, JSON.stringify(results, null, 1));
} finally {
  await rm(home, { recursive: true, force: true });
}

async function compare(size: number): Promise<void> {
  const weights = options.weights ?? join(home, `${options.model}.pt`);
  const reference = await openReference(size, weights);
  if (!existsSync(weights)) {
    console.log(
      "Skipped: there are no weights; give --weights FILE.pt or a Python with torch and sam2.",
    );
    return;
  }
  const ours: Side[] = [];
  for (const precision of options.precisions.split(",")) {
    const side = new Side(precision, process.execPath, [
      join(import.meta.dirname, "engine_ours.ts"),
    ]);
    await side.ask({
      op: "open",
      weights,
      size,
      threads: Number(options.threads),
      precision,
      home,
    });
    ours.push(side);
  }
  console.log(
    `\n${options.model} at ${size}, ${options.threads} threads, load ${loadavg()[0]!.toFixed(1)}`,
  );
  for (const part of options.parts.split(",")) await compareParts(part, { size, reference, ours });
  await compareObjects(size, ours);
  for (const side of [...(reference ? [reference] : []), ...ours]) {
    const megabytes = await side.end();
    results.push({ size, side: side.name, megabytes });
    console.log(`  peak memory ${side.name}: ${megabytes.toFixed(0)} MB`);
  }
}

/** The reference's process, or undefined with a reason where Python cannot import it. */
async function openReference(size: number, weights: string): Promise<Side | undefined> {
  const probe = spawnSync(options.python, ["-c", "import torch, sam2"]);
  if (probe.status !== 0) {
    console.log(`The reference is left out: ${options.python} cannot import torch and sam2.`);
    return undefined;
  }
  const side = new Side("PyTorch", options.python, [
    join(import.meta.dirname, "engine_reference.py"),
  ]);
  const config = CONFIGURATIONS[options.model]!;
  await side.ask({ op: "open", config, size, threads: Number(options.threads), weights });
  return side;
}

/** One part, A B C A B C …: the first round warms up and does not count. */
async function compareParts(
  part: string,
  {
    size,
    reference,
    ours,
  }: {
    readonly size: number;
    readonly reference: Side | undefined;
    readonly ours: readonly Side[];
  },
): Promise<void> {
  const sides = [...(reference ? [reference] : []), ...ours];
  const times = new Map<Side, Times[]>(sides.map((side) => [side, []]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const side of sides) {
      const time = await side.time(part);
      if (round > 0) times.get(side)!.push(time);
    }
  }
  for (const side of sides) {
    const own = times.get(side)!;
    const [wall, processor] = [median(own.map((t) => t.wall)), median(own.map((t) => t.processor))];
    const against = reference && times.get(reference)!;
    const ratio = (key: keyof Times) =>
      against && median(own.map((t, at) => against[at]![key] / t[key]));
    results.push({
      size,
      part,
      side: side.name,
      wall,
      processor,
      ratio: ratio("wall"),
      processorRatio: ratio("processor"),
      all: own,
    });
    const faster =
      reference && side !== reference
        ? `  ${ratio("wall")!.toFixed(2)}× (processor ${ratio("processor")!.toFixed(2)}×)`
        : "";
    console.log(
      `  ${part.padEnd(8)}${side.name.padEnd(9)}${wall.toFixed(1).padStart(9)} ms, processor ${processor.toFixed(0).padStart(6)} ms${faster}`,
    );
  }
}

/** What further objects cost: a whole tracked frame for each count, alternating. */
async function compareObjects(size: number, ours: readonly Side[]): Promise<void> {
  const counts = options.objects.split(",").map(Number);
  for (const side of ours) {
    const times = counts.map((): Times[] => []);
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [at, count] of counts.entries()) {
        const time = await side.time("frame", count);
        if (round > 0) times[at]!.push(time);
      }
    }
    const single = times[0]!;
    for (const [at, count] of counts.entries()) {
      const of = (key: keyof Times) => median(times[at]!.map((t) => t[key]));
      const share = (key: keyof Times) =>
        median(times[at]!.map((t, round) => t[key] / single[round]![key]));
      results.push({
        size,
        part: "objects",
        side: side.name,
        count,
        wall: of("wall"),
        processor: of("processor"),
        share: share("wall"),
      });
      console.log(
        `  ${String(count).padStart(2)} objects ${side.name.padEnd(7)}${of("wall").toFixed(1).padStart(9)} ms = ${share("wall").toFixed(2)} of one (processor ${share("processor").toFixed(2)})`,
      );
    }
  }
}
