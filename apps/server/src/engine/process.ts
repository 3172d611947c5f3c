// The engine process: holds the model and the clips it looks at, answers clicks between the frames of a tracking pass.
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Graphs } from "@masklet/engine";
import { embeddedModels, loadModel } from "@masklet/engine/node";
import type { WireMask } from "@masklet/protocol";
import type { Clip } from "@masklet/video";
import { openClip } from "@masklet/video/node";
import {
  bitmapFromMask,
  frameIndex,
  type Mask,
  maskFromRleString,
  rleString,
} from "@masklet/vision";
import {
  type Answer,
  type FrameSource,
  type PictureSession,
  type TrackingSession,
  trackerOf,
} from "@masklet/workbench";
import { type GraphOrder, type Lane, orderGraphs, type Rank } from "./graph-order.ts";
import type {
  Answers,
  Call,
  ClipReference,
  FromEngine,
  SegmentOrder,
  ToEngine,
  TrackOrder,
} from "./messages.ts";

/** Clips kept open; each holds a decoder process and some frames. */
const CLIPS_MAX = 4;
/** Encoded frames kept, newest used last: with the embedded model a few megabytes each. */
const PICTURES_MAX = 24;
/** No frames are encoded ahead so soon after a question: another may follow. */
const QUIET_MS = 200;

type LoadedModel = Awaited<ReturnType<typeof loadModel>>;

/** The model at work and the order in which its graphs run. */
interface AtWork {
  readonly model: LoadedModel;
  readonly order: GraphOrder;
  /** The same model on a runtime of its own that answers clicks on encoded frames; it loads the decoder alone. */
  readonly decoder: LoadedModel;
}

/** A frame that is encoded or being encoded, and the way to hurry that. */
interface Encoded {
  /** Answers at first sight. */
  readonly glance: Promise<PictureSession>;
  /** Answers as well as the model can, with a second look where it asks for one; opened by the first click. */
  readonly session: () => Promise<PictureSession>;
  readonly hurry: (rank: Rank) => void;
  readonly close: () => void;
}

let atWork: Promise<AtWork> | null = null;
const clips = new Map<string, Promise<Clip>>();
const pictures = new Map<string, Encoded>();
/** Passes at work: the way to stop each, and its end. */
const passes = new Map<string, { readonly stop: AbortController; readonly over: Promise<void> }>();
let wish = 0;
/** When a click or a preview was last asked for. */
let askedAt = Number.NEGATIVE_INFINITY;
/** Where scans are kept; known with the first model. */
let scans: string | null = null;

function say(message: FromEngine): void {
  process.send?.(message);
}

function wireMask(mask: Mask): WireMask {
  return { size: [mask.size.height, mask.size.width], counts: rleString(mask) };
}

function readMask(wire: WireMask): Mask {
  const [height, width] = wire.size;
  return maskFromRleString(wire.counts, { width, height });
}

function modelAtWork(): Promise<AtWork> {
  if (atWork === null) throw new Error("No model is loaded yet.");
  return atWork;
}

/** The model as somebody of this lane has it. */
function trackerOn({ model }: AtWork, lane: Lane) {
  return trackerOf({ ...model, graphs: lane.graphs });
}

/**
 * The graphs as clicks on one frame have them: what they ask of it once it is encoded does not wait for any run of
 * others, and the whole picture, which both of the frame's sessions begin with, is encoded once.
 */
function clickGraphs({ decoder }: AtWork, lane: Lane): Graphs {
  let whole: ReturnType<Graphs["run"]> | null = null;
  let shared = false;
  const encode: Graphs["run"] = (graph, inputs, wanted) => {
    if (whole === null) {
      whole = lane.graphs.run(graph, inputs, wanted);
      return whole;
    }
    if (shared) return lane.graphs.run(graph, inputs, wanted);
    shared = true;
    return whole;
  };
  return {
    ...lane.graphs,
    run: (graph, inputs, wanted) =>
      graph === "encode"
        ? encode(graph, inputs, wanted)
        : (graph === "decode" ? decoder : lane).graphs.run(graph, inputs, wanted),
  };
}

/** The model without its second look, or null where it takes none. */
function atFirstSight(model: LoadedModel): LoadedModel | null {
  const { configuration } = model;
  if (configuration.family !== "nano" || !configuration.secondLook) return null;
  return { ...model, configuration: { ...configuration, secondLook: false } };
}

/** Takes from a map in least-recently-used order; `drop` disposes of what no longer fits. */
function keepNewest<T>(
  map: Map<string, T>,
  key: string,
  make: () => T,
  limit: number,
  drop: (value: T) => void,
): T {
  const value = map.get(key) ?? make();
  map.delete(key);
  map.set(key, value);
  for (const [oldest, old] of map) {
    if (map.size <= limit) break;
    map.delete(oldest);
    drop(old);
  }
  return value;
}

async function openSame({ path, digest }: ClipReference): Promise<Clip> {
  const clip = await openClip(path, scans === null ? {} : { scans });
  if (clip.table.digest === digest) return clip;
  await clip.close();
  throw new Error(`${path} has changed since it was imported: its frames are other ones now.`);
}

function clipOf(reference: ClipReference): Promise<Clip> {
  const { video } = reference;
  const opened = keepNewest(clips, video, () => openSame(reference), CLIPS_MAX, closeLater);
  opened.catch(() => clips.delete(video));
  return opened;
}

/** Closes what is being opened as soon as it is; what never opened needs no closing. */
function closeLater(opening: Promise<{ close(): Promise<void> }>): void {
  opening.then((opened) => opened.close()).catch(() => {});
}

/** The frame's features, out of those kept or made at a rank; a click hurries what was begun ahead of it. */
function pictureOf(clip: ClipReference, frame: number, rank: Rank): Encoded {
  const key = `${clip.video}:${frame}`;
  const make = () => encode(clip, frame, rank);
  const encoded = keepNewest(pictures, key, make, PICTURES_MAX, (oldest) => oldest.close());
  encoded.hurry(rank);
  return encoded;
}

function encode(clip: ClipReference, frame: number, rank: Rank): Encoded {
  const key = `${clip.video}:${frame}`;
  let hurried = rank;
  let lane: Lane | null = null;
  let thorough: Promise<PictureSession> | null = null;
  const begun = (async () => {
    const [atWork, opened] = await Promise.all([modelAtWork(), clipOf(clip)]);
    const picture = await opened.frame(frame);
    lane = atWork.order.lane(hurried);
    return { picture, model: atWork.model, graphs: clickGraphs(atWork, lane) };
  })();
  const glance = begun.then(({ picture, model, graphs }) =>
    trackerOf({ ...(atFirstSight(model) ?? model), graphs }).openPicture(picture),
  );
  const encoded: Encoded = {
    glance,
    session() {
      thorough ??= begun.then(({ picture, model, graphs }) =>
        atFirstSight(model) === null
          ? glance
          : trackerOf({ ...model, graphs }).openPicture(picture),
      );
      return thorough;
    },
    hurry(now) {
      if (now === "click") hurried = now;
      lane?.raise(now);
    },
    close() {
      closeLater(glance);
      if (thorough !== null) closeLater(thorough);
    },
  };
  glance.then(
    () => say({ kind: "encoded", video: clip.video, frames: encodedFrames(clip.video) }),
    () => {
      if (pictures.get(key) === encoded) pictures.delete(key);
    },
  );
  return encoded;
}

function encodedFrames(video: string): number[] {
  return [...pictures.keys()]
    .filter((key) => key.startsWith(`${video}:`))
    .map((key) => Number(key.slice(video.length + 1)))
    .sort((a, b) => a - b);
}

async function segment(order: SegmentOrder): Promise<Answers["segment"]> {
  const model = await modelAtWork();
  askedAt = performance.now();
  return model.order.during("click", async () => {
    const start = performance.now();
    const kept = pictureOf(order.clip, order.frame, "click");
    const glance = await kept.glance;
    const encoded = performance.now();
    const { purpose, points, box, mask } = order;
    const picture = purpose === "preview" ? glance : await kept.session();
    const corrected = mask && answerFrom(readMask(mask));
    const answers = await picture.segment({ kind: "marks", clicks: points, box }, corrected);
    const candidates = candidatesOf(answers);
    const decode = performance.now() - encoded;
    return { candidates, timing: { wait: 0, encode: encoded - start, decode } };
  });
}

/** A mask as if the network had just answered it, so that clicks correct it. */
function answerFrom(mask: Mask): Answer {
  return {
    mask,
    predictedIou: 1,
    logits: () => Float32Array.from(bitmapFromMask(mask).data, (inside) => (inside ? 10 : -10)),
  };
}

function candidatesOf(answers: readonly Answer[]) {
  return answers.map(({ mask, predictedIou }) => ({
    mask: wireMask(mask),
    score: predictedIou ?? 0,
  }));
}

/** Hundreds of runs: they wait behind clicks, so the picture's features are not those that clicks use. */
async function propose(clip: ClipReference, frame: number): Promise<Answers["propose"]> {
  const [model, opened] = await Promise.all([modelAtWork(), clipOf(clip)]);
  const tracker = trackerOn(model, model.order.lane("ahead"));
  const picture = await tracker.openPicture(await opened.frame(frame));
  try {
    const answers = await picture.segmentAll({
      signal: new AbortController().signal,
      progress: () => {},
    });
    return candidatesOf(answers);
  } finally {
    await picture.close();
  }
}

/** Encodes what is wished for, one frame after another, until the next wish. */
async function warm(clip: ClipReference, frames: readonly number[]): Promise<null> {
  const mine = ++wish;
  for (const [at, frame] of frames.entries()) {
    // The frame that is looked at comes at once; its neighbours, when the person's hand rests.
    while (at > 0 && wish === mine && performance.now() - askedAt < QUIET_MS) {
      await setTimeout(QUIET_MS / 4);
    }
    if (wish !== mine) break;
    if (!pictures.has(`${clip.video}:${frame}`)) await pictureOf(clip, frame, "ahead").glance;
  }
  return null;
}

function sourceOf(clip: Clip): FrameSource {
  return {
    size: clip.table.size,
    frameCount: clip.table.frames.length,
    frame: (index) => clip.frame(index),
    frames: (order) => clip.frames(order),
  };
}

/** Why a pass ends when another model takes over. */
const MODEL_CHANGED = Object.assign(new Error("Another model took over."), {
  code: "model-changed",
});

async function track(order: TrackOrder): Promise<null> {
  const stop = new AbortController();
  const whole = runPass(order, stop.signal);
  const over = whole.then(
    () => {},
    () => {},
  );
  passes.set(order.job, { stop, over });
  await over;
  passes.delete(order.job);
  if (stop.signal.reason === MODEL_CHANGED) throw MODEL_CHANGED;
  return whole;
}

async function runPass(order: TrackOrder, signal: AbortSignal): Promise<null> {
  const model = await modelAtWork();
  // A clip of its own: a pass and the clicks beside it read from different places of the file.
  const clip = await openSame(order.clip);
  try {
    // Passes end at cuts; a pass over one was asked for.
    const tracker = trackerOn(model, model.order.lane("pass"));
    const session = await tracker.openTracking(sourceOf(clip), { policy: "masklet", cuts: [] });
    try {
      await follow(session, order, signal);
      return null;
    } finally {
      await session.close();
    }
  } finally {
    await clip.close();
  }
}

async function follow(
  session: TrackingSession,
  order: TrackOrder,
  signal: AbortSignal,
): Promise<void> {
  for (const { object, frame, mask } of order.anchors) {
    signal.throwIfAborted();
    await session.prompt(object, frame, { kind: "mask", mask: readMask(mask) });
  }
  const count = Math.abs(order.last - order.first) + 1;
  const { direction, first: from } = order;
  for await (const { frame, objects } of session.track({ from, direction, count, signal })) {
    say({
      kind: "tracked",
      job: order.job,
      frame: frameIndex(frame),
      // Objects that rest beyond a cut, or that nothing is known of yet, have no answer here.
      objects: objects
        .filter(({ provenance }) => provenance === "model" || provenance === "human")
        .map(({ object, mask, predictedIou, objectScore }) => ({
          object,
          mask: (objectScore ?? 1) > 0 ? wireMask(mask) : null,
          score: predictedIou ?? 0,
        })),
    });
  }
}

async function use(name: string, home: string): Promise<Answers["use"]> {
  const before = atWork;
  scans = join(home, "scans");
  const places = { home, embedded: embeddedModels };
  // A decoder's many small steps each wait for all threads: on a busy machine two are slower than one.
  const runtimes = [loadModel(name, places), loadModel(name, { ...places, threads: 1 })] as const;
  const loading = Promise.all(runtimes).then(
    ([model, decoder]): AtWork => ({ model, order: orderGraphs(model.graphs), decoder }),
  );
  atWork = loading;
  const ending = [...passes.values()].map(({ stop, over }) => {
    stop.abort(MODEL_CHANGED);
    return over;
  });
  const videos = new Set([...pictures.keys()].map((key) => key.slice(0, key.lastIndexOf(":"))));
  for (const encoded of pictures.values()) encoded.close();
  pictures.clear();
  for (const video of videos) say({ kind: "encoded", video, frames: [] });
  await Promise.all(ending);
  if (before !== null) {
    closeLater(before.then(({ model }) => model));
    closeLater(before.then(({ decoder }) => decoder));
  }
  const { model } = await loading;
  return { name: model.name, digest: model.fingerprint, device: "CPU" };
}

async function forget(video: string): Promise<null> {
  const open = clips.get(video);
  clips.delete(video);
  for (const [key, encoded] of pictures) {
    if (!key.startsWith(`${video}:`)) continue;
    pictures.delete(key);
    encoded.close();
  }
  if (open !== undefined) closeLater(open);
  return null;
}

function answerTo(call: Call): Promise<Answers[keyof Answers]> {
  switch (call.call) {
    case "use":
      return use(call.model, call.home);
    case "segment":
      return segment(call.order);
    case "propose":
      return propose(call.clip, call.frame);
    case "warm":
      return warm(call.clip, call.frames);
    case "track":
      return track(call.order);
    case "stop":
      passes.get(call.job)?.stop.abort();
      return Promise.resolve(null);
    case "forget":
      return forget(call.video);
  }
}

process.on("message", (message: ToEngine) => {
  answerTo(message).then(
    (value) => say({ kind: "answer", id: message.id, value }),
    (error: Error & { code?: string }) =>
      say({
        kind: "failure",
        id: message.id,
        code: error.name === "AbortError" ? "stopped" : String(error.code ?? "internal"),
        message: error.message,
      }),
  );
});
// The server is gone: nobody is left to answer to. The runtime's threads cannot be ended politely in the middle of a run.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
