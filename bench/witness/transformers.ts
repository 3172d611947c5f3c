// Compares a click, a box and a mask tracked at 1024 pixels with Hugging Face transformers: node bench/witness/transformers.ts [PYTHON] [FRAMES] [FOLDER].
// transformers_sam2.py makes random weights of SAM 2.1 tiny in the official form; both sides read them and the same frames.
// FOLDER keeps what it made; if it holds that already, it is read instead.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  encodePicture,
  type FrameAnswer,
  referencePolicy,
  type SessionEvent,
  segmentPicture,
  type TrackingModel,
  type VideoFrame,
  VideoSession,
} from "@masklet/engine";
import { embeddedModels, loadModel } from "@masklet/engine/node";
import { readPicture } from "@masklet/video/node";
import { frameIndex, iou, maskFromBitmap, maskFromLogits } from "@masklet/vision";
import { openCheckpoint } from "../../packages/engine/src/checkpoint/open.ts";
import { sourceFromFile } from "../../packages/engine/src/node/file-source.ts";

/** Logits have a deviation of some units; memories are rounded to bfloat16 on both sides, which lets the last digits drift. */
const TOLERANCE = { logits: 0.02, pointer: 0.02, score: 2e-3, quality: 2e-3, iou: 0.999 };
const PYTHON_WANTS = "torch, transformers, safetensors, numpy, PIL";

interface Flow {
  readonly name: string;
  readonly frame: number;
  readonly points?: readonly (readonly [number, number])[];
  readonly labels?: readonly number[];
  readonly mask?: readonly [number, number, number, number];
  readonly reverse: boolean;
  /** Where transformers is known to do otherwise than the official code. */
  readonly known?: string;
  readonly frames: readonly {
    readonly frame: number;
    readonly iou: number;
    readonly score: number;
  }[];
}

interface Found {
  readonly side: number;
  readonly frames: number;
  readonly flows: readonly Flow[];
  readonly picture: { readonly point: readonly [number, number]; readonly iou: readonly number[] };
}

type Read = (name: string) => Float32Array;

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = a.length === b.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}

/** Tracks a flow; an answer and a pointer for each frame. */
async function tracked(model: TrackingModel, flow: Flow, frames: readonly VideoFrame[]) {
  const pointers = new Map<number, Float32Array>();
  const size = frames[0]!.picture.size;
  const session = new VideoSession(model, {
    policy: referencePolicy,
    frameSize: size,
    frameCount: frames.length,
    history: "all",
    onEvent: (event: SessionEvent) => {
      if (event.kind === "decided")
        pointers.set(event.frame, event.decision.output.pointer.slice());
    },
  });
  const frame = frames[flow.frame]!;
  const points = flow.points ?? [];
  const at = (index: number) => ({ x: points[index]![0], y: points[index]![1] });
  if (flow.mask) {
    const [left, top, right, bottom] = flow.mask;
    const data = Uint8Array.from({ length: size.width * size.height }, (_, pixel) => {
      const [x, y] = [pixel % size.width, Math.floor(pixel / size.width)];
      return Number(x >= left && x < right && y >= top && y < bottom);
    });
    await session.addMask({ object: 1, frame, mask: maskFromBitmap({ size, data }) });
  } else if (flow.labels?.[0] === 2) {
    await session.addPoints({
      object: 1,
      frame,
      earlier: "replace",
      box: { from: at(0), to: at(1) },
    });
  } else {
    const clicks = points.map((_, index) => ({ at: at(index), sign: "include" as const }));
    await session.addPoints({ object: 1, frame, earlier: "replace", clicks });
  }
  const answers = new Map<number, FrameAnswer>();
  const order = flow.frames.map((each) => frames[each.frame]!);
  const direction = flow.reverse ? "backward" : "forward";
  for await (const answer of session.track(order, { direction })) answers.set(answer.frame, answer);
  return { answers, pointers };
}

async function compareFlow(
  model: TrackingModel,
  flow: Flow,
  frames: readonly VideoFrame[],
  read: Read,
) {
  const { answers, pointers } = await tracked(model, flow, frames);
  const worst = { logits: 0, pointer: 0, score: 0, quality: 0, iou: 1 };
  let inView = 0;
  let positive = 0;
  for (const { frame, iou: quality, score } of flow.frames) {
    const own = answers.get(frame)?.objects[0];
    if (own === undefined) throw new Error(`No answer on frame ${frame}.`);
    const theirs = read(`${flow.name}/${frame}/logits`);
    const side = Math.sqrt(theirs.length);
    const size = { width: side, height: side };
    worst.logits = Math.max(worst.logits, largestDifference(own.logits, theirs));
    worst.pointer = Math.max(
      worst.pointer,
      largestDifference(pointers.get(frame)!, read(`${flow.name}/${frame}/pointer`)),
    );
    worst.score = Math.max(worst.score, Math.abs(own.score! - score));
    worst.quality = Math.max(worst.quality, Math.abs(own.quality! - quality));
    worst.iou = Math.min(
      worst.iou,
      iou(maskFromLogits(own.logits, size), maskFromLogits(theirs, size)),
    );
    inView += Number(score > 0);
    positive += theirs.filter((value) => value > 0).length / theirs.length / flow.frames.length;
  }
  const what = `${flow.name}, ${flow.frames.length} frames (${inView} in view, ${Math.round(100 * positive)} % mask)`;
  report(what, worst, flow.known);
}

async function comparePicture(model: TrackingModel, found: Found, frame: VideoFrame, read: Read) {
  const [x, y] = found.picture.point;
  const encoded = await encodePicture(model, frame.picture);
  const answer = await segmentPicture(
    model,
    encoded,
    { clicks: [{ at: { x, y }, sign: "include" }] },
    "three",
  );
  const theirs = read("picture/logits").map((value) => Math.min(32, Math.max(-32, value)));
  const ours = answer.flatMap(({ logits }) => [...logits]);
  const qualities = answer.map(({ quality }) => quality);
  report("picture, one click, three masks", {
    logits: largestDifference(ours, theirs),
    quality: largestDifference(qualities, found.picture.iou),
  });
}

function report(
  what: string,
  worst: Partial<Record<keyof typeof TOLERANCE, number>>,
  known?: string,
): void {
  const holds = Object.entries(worst).every(([key, value]) => {
    const allowed = TOLERANCE[key as keyof typeof TOLERANCE];
    return key === "iou" ? value >= allowed : value <= allowed;
  });
  const figures = Object.entries(worst).map(([key, value]) => `${key} ${value.toPrecision(3)}`);
  const verdict = holds ? "equal" : known === undefined ? "DIFFERENT" : "differs as known";
  console.log(`${verdict}  ${what}: ${figures.join(", ")}${known ? ` (${known})` : ""}`);
  if (!holds && known === undefined) process.exitCode = 1;
}

async function compare(folder: string): Promise<void> {
  const found = JSON.parse(readFileSync(join(folder, "found.json"), "utf8")) as Found;
  const tensors = openCheckpoint(sourceFromFile(join(folder, "found.safetensors")));
  const read: Read = (name) => tensors.read(name).data;
  const names = readdirSync(join(folder, "frames")).sort();
  const frames = await Promise.all(
    names.map(async (name, index): Promise<VideoFrame> => {
      const { size, rgb } = await readPicture(join(folder, "frames", name));
      return { index: frameIndex(index), picture: { size, channels: 3, data: rgb } };
    }),
  );
  const loaded = await loadModel(join(folder, "sam2.1_hiera_tiny.pt"), {
    home: join(folder, "home"),
    embedded: embeddedModels,
  });
  // transformers fills no holes; the released rules do.
  const { configuration } = loaded;
  if (configuration.family !== "sam2") throw new Error("This is no official checkpoint.");
  const rules = { ...configuration.rules, fillHoleArea: 0 };
  const model = { ...loaded, configuration: { ...configuration, rules } };
  await comparePicture(model, found, frames[0]!, read);
  for (const flow of found.flows) await compareFlow(model, flow, frames, read);
  tensors.close();
  await loaded.close();
}

const [python = "python3", count = "5", kept] = process.argv.slice(2);
const present = spawnSync(python, ["-c", `import ${PYTHON_WANTS}`], { encoding: "utf8" });
const made = kept !== undefined && existsSync(join(kept, "found.json"));
if (present.status !== 0 && !made) {
  const reason = present.stderr?.trim().split("\n").at(-1) ?? `there is no ${python}`;
  console.log(`Skipped: ${python} lacks one of ${PYTHON_WANTS} (${reason}).`);
} else {
  const folder = kept ?? mkdtempSync(join(tmpdir(), "masklet-witness-"));
  try {
    if (!made) {
      mkdirSync(folder, { recursive: true });
      const script = join(import.meta.dirname, "transformers_sam2.py");
      const { status, stderr } = spawnSync(python, [script, folder, count], { encoding: "utf8" });
      if (status !== 0) throw new Error(stderr);
    }
    await compare(folder);
  } finally {
    if (kept === undefined) rmSync(folder, { recursive: true, force: true });
  }
}
