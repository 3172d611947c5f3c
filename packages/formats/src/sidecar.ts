// The sidecar: what a format cannot hold, in a file of masklet beside the standard ones, merged back when read.
import {
  type Document,
  type State,
  same,
  stateAt,
  type Track,
  type TrackId,
  trackId,
  type Visible,
} from "@masklet/annotation";
import {
  JSON_VERSION,
  labelFromJson,
  labelToJson,
  reviewFromJson,
  reviewToJson,
  stateFromJson,
  stateToJson,
  trackFromJson,
  trackToJson,
  videoFromJson,
  videoToJson,
} from "@masklet/annotation/json";
import { Value } from "@masklet/annotation/reading";
import type { FrameIndex } from "@masklet/vision";
import { Builder, freeNumbers } from "./builder.ts";
import { FormatError, inFile } from "./error.ts";
import { type InputFiles, type OutputFiles, readLines } from "./files.ts";
import { fitHeads } from "./fit-head.ts";
import type { Format, FormatName } from "./format.ts";
import { JsonWriter } from "./json-writer.ts";
import { LossReport } from "./report.ts";
import { fitShape } from "./shapes.ts";
import type { Source } from "./source.ts";

export const SIDECAR = "masklet-sidecar.jsonl";

/**
 * JSON lines: a header; for each video its head, with the name and object numbers that the standard
 * files use; and for each state all but its mask, which the standard files have.
 */
export async function writeSidecar(
  sources: readonly Source[],
  format: Format,
  files: OutputFiles,
): Promise<void> {
  const heads = fitHeads(
    sources.map(({ head }) => head),
    format,
    new LossReport(),
  );
  const out = new JsonWriter(await files.open(SIDECAR));
  await out.text(
    `${JSON.stringify({ format: "masklet-sidecar", version: JSON_VERSION, of: format.name })}\n`,
  );
  for (const [i, { head, byTrack }] of sources.entries()) {
    const { head: written, numbers } = heads[i]!;
    const tracks = [...head.tracks].map(([id, { info, review }]) => ({
      id,
      number: numbers.get(id)!,
      ...(trackToJson(info) as object),
      ...(review && { review: reviewToJson(review) }),
    }));
    const labels = [...head.labels].map(([id, label]) => ({
      id,
      ...(labelToJson(label) as object),
    }));
    await out.text(
      `${JSON.stringify({ as: written.video.name, video: videoToJson(head.video), labels, tracks })}\n`,
    );
    for await (const { track, states } of byTrack("left-out")) {
      for await (const [frame, state] of states)
        await out.text(`${JSON.stringify({ track, frame, ...withoutMask(state) })}\n`);
    }
  }
  await out.end();
}

function withoutMask(state: State): object {
  const { shape, ...facts } = stateToJson(state) as { shape?: unknown };
  return state.presence === "visible" && state.shape.kind !== "mask" ? { ...facts, shape } : facts;
}

interface Kept {
  readonly document: Document;
  /** The number in the standard files of each object. */
  readonly numbers: ReadonlyMap<TrackId, number>;
  /** States whose shape the standard files have. */
  readonly masked: ReadonlySet<State>;
}

/** What merges a document that a reader found with the sidecar; it does nothing where there is none for this format. */
export async function sidecarMerger(
  files: InputFiles,
  format: Format,
): Promise<(document: Document) => Document> {
  const listed = await files.list();
  const file = listed.find((name) => name === SIDECAR);
  const kept = file === undefined ? null : await readSidecar(files, file, format.name);
  return (document) => {
    const one = kept?.get(document.video.name);
    return one ? merged(document, one, format) : document;
  };
}

/** The stand-in for a mask that the standard files have; never seen outside of this file. */
const STAND_IN = { box: [0, 0, 0, 0] };

async function readSidecar(
  files: InputFiles,
  file: string,
  of: FormatName,
): Promise<ReadonlyMap<string, Kept> | null> {
  const kept = new Map<string, Kept>();
  let current: {
    name: string;
    video: Document["video"];
    builder: Builder;
    numbers: Map<TrackId, number>;
    masked: Set<State>;
  } | null = null;
  const finish = (): void => {
    if (current === null) return;
    const { name, video, builder, numbers, masked } = current;
    kept.set(name, { document: { ...builder.finish(video, { file }), video }, numbers, masked });
  };
  for await (const { line, text } of readLines(files, file)) {
    const place = `line ${line}`;
    const value = new Value(parsed(text, file, place), place);
    if (line === 1) {
      const header = inFile(file, () => ({
        version: value.at("version").whole(1),
        of: value.at("of").text(),
      }));
      if (header.of !== of) return null;
      if (header.version > JSON_VERSION)
        throw new FormatError(
          "unsupported",
          { file, place },
          `version ${header.version} is newer than ${JSON_VERSION}; update masklet to read it`,
        );
    } else if (!value.at("video").missing) {
      finish();
      current = inFile(file, () => readHead(value, file, place));
    } else if (current !== null) {
      const one = current;
      const masked = value.at("shape").missing && value.at("presence").raw === "visible";
      const whole = masked
        ? new Value({ ...(value.raw as object), shape: STAND_IN }, place)
        : value;
      const state = inFile(file, () => stateFromJson(whole));
      if (masked) one.masked.add(state);
      const at = inFile(file, () => ({
        track: value.at("track").whole(),
        frame: value.at("frame").whole(),
      }));
      one.builder.state(at.track, at.frame, state, { file, place });
    } else
      throw new FormatError("malformed", { file, place }, "the head of a video should stand here");
  }
  finish();
  return kept;
}

function parsed(text: string, file: string, place: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new FormatError("malformed", { file, place }, "it is not JSON; was it cut short?");
  }
}

function readHead(value: Value, file: string, place: string) {
  const video = videoFromJson(value.at("video"));
  const builder = new Builder(video.size);
  const numbers = new Map<TrackId, number>();
  for (const label of value.at("labels").items())
    builder.label(label.at("id").whole(), labelFromJson(label), { file, place });
  for (const track of value.at("tracks").items()) {
    const id = builder.track(
      track.at("id").whole(),
      trackFromJson(track),
      { file, place },
      track.at("review").maybe(reviewFromJson),
    );
    numbers.set(id, track.at("number").whole());
  }
  return { name: value.at("as").text(), video, builder, numbers, masked: new Set<State>() };
}

/**
 * The standard files decide what is where; the sidecar adds what they could not say. What was changed
 * in them since, an object that is new, gone or somewhere else, stays changed.
 */
function merged(
  found: Document,
  { document: kept, numbers, masked }: Kept,
  format: Format,
): Document {
  if (!same(found.video.size, kept.video.size)) return found;
  const tracks = new Map<TrackId, Track>();
  const left = new Map(found.tracks);
  for (const [id, track] of kept.tracks) {
    const number = trackId(numbers.get(id)!);
    const inFiles = left.get(number);
    left.delete(number);
    const wasSeen = [...track.states.values()].some(({ presence }) => presence === "visible");
    if (inFiles === undefined && wasSeen && !everHidden(format)) continue;
    tracks.set(id, {
      ...track,
      states: mergedStates(inFiles?.states ?? new Map(), track.states, { kept, masked, format }),
    });
  }
  const free = freeNumbers([...tracks.keys(), ...left.keys()]);
  const labels = new Map(kept.labels);
  for (const [number, track] of left) {
    const label = track.info.label === null ? null : labelFor(labels, found, track.info.label);
    tracks.set(tracks.has(number) ? trackId(free()) : number, {
      ...track,
      info: { ...track.info, label },
    });
  }
  return {
    video: { ...kept.video, frameCount: Math.max(kept.video.frameCount, found.video.frameCount) },
    labels,
    tracks,
  };
}

/** In formats with one layer an object may lie under others on all its frames. */
function everHidden({ holds }: Format): boolean {
  return !holds.overlaps;
}

function labelFor(labels: Map<number, unknown>, found: Document, id: number): never {
  const label = found.labels.get(id as never)!;
  const known = [...(labels as Document["labels"] & Map<number, unknown>)].find(
    ([, one]) => (one as typeof label).name === label.name,
  )?.[0];
  if (known !== undefined) return known as never;
  const free = freeNumbers(labels.keys())();
  labels.set(free, label);
  return free as never;
}

interface Merging {
  readonly kept: Document;
  readonly masked: ReadonlySet<State>;
  readonly format: Format;
}

function mergedStates(
  found: Track["states"],
  kept: Track["states"],
  { kept: document, masked, format }: Merging,
): Track["states"] {
  const states = new Map<FrameIndex, State>();
  for (const [frame, state] of kept) {
    const here = found.get(frame);
    if (state.presence === "absent") states.set(frame, here?.presence === "visible" ? here : state);
    else if (here?.presence === "visible")
      states.set(frame, { ...state, shape: shapeOf(state, here) });
    else if (here !== undefined) states.set(frame, here);
  }
  for (const [frame, state] of found) {
    if (kept.has(frame) || state.presence === "absent") continue;
    // An in-between that was written out is derived again, unless it is not what the key frames say.
    if (stateAt(kept, frame) === null) states.set(frame, state);
  }
  return states;

  function shapeOf(state: Visible, here: Visible): Visible["shape"] {
    if (masked.has(state)) return here.shape;
    const written = fitShape(state.shape, document.video.size, format.holds.shapes).shape;
    return same(written, here.shape) ? state.shape : here.shape;
  }
}
