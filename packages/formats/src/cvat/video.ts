// CVAT for video 1.1: tracks of key frames; boxes and rotated boxes move between them, `outside` says absent.
import {
  type AttributeValues,
  absent,
  type Document,
  type State,
  stateAt,
  visible,
} from "@masklet/annotation";
import { clipped } from "@masklet/annotation/reading";
import type { FrameIndex } from "@masklet/vision";
import { Builder, checkedFrame, checkedFrameCount, checkedSize, type Where } from "../builder.ts";
import { FormatError } from "../error.ts";
import type { InputFiles, OutputFiles } from "../files.ts";
import { canonicalSpans } from "../fit-timeline.ts";
import { type Format, HOLDS_LITTLE, type WriteOptions } from "../format.ts";
import { fileName, uniqueNames } from "../names.ts";
import { checkpoint } from "../progress.ts";
import type { LossReport } from "../report.ts";
import { roundShape } from "../shapes.ts";
import { type Source, type WholeTrack, wholeTrack } from "../source.ts";
import { element, readXml, type XmlEvent } from "../xml.ts";
import { attributeElements, MetaReader, withDefinitions, writeMeta } from "./meta.ts";
import {
  type Attributes,
  CVAT_DIGITS,
  elementOfShape,
  flagOf,
  numberOf,
  OTHER_ELEMENTS,
  SHAPE_ELEMENTS,
  shapeOfElement,
} from "./shape.ts";

const IMPORTED = { by: "imported", format: "cvat-video", source: null } as const;

/** CVAT's rules between key frames, as far as they are masklet's: its interpolation of polygons is its own, masks have none. */
function keepsSpan(start: State, end: State | null): boolean {
  if (start.presence === "absent") return true;
  if (start.shape.kind === "mask" || start.shape.kind === "polygon") return false;
  if (end === null || end.presence === "absent") return true;
  return start.after === "linear" && end.shape.kind === start.shape.kind;
}

export const cvatVideo: Format = {
  name: "cvat-video",
  holds: {
    ...HOLDS_LITTLE,
    shapes: {
      kinds: ["mask", "box", "rotated-box", "polygon"],
      holes: false,
      parts: false,
      digits: CVAT_DIGITS,
    },
    presence: "timeline",
    keyFrames: "marked",
    keepsSpan,
    occluded: true,
    stateAttributes: "text",
    trackAttributes: "text",
    label: "required",
    labelNumbers: "listed",
    labelFacts: ["colour", "attributes"],
    trackFacts: ["order"],
    videoFacts: ["frameCount"],
  },
  prepare: withDefinitions,
  read,
  write,
};

async function* read(files: InputFiles, report: LossReport): AsyncIterable<Document> {
  const names = (await files.list()).filter((name) => /\.xml$/i.test(name));
  if (names.length === 0)
    throw new FormatError("missing", { file: files.name }, "there is no .xml file");
  for (const file of names) yield await readVideo(files, file, report);
}

/** One element of a track. */
interface Row {
  readonly frame: number;
  readonly key: boolean;
  readonly state: State;
}

interface OpenTrack {
  readonly id: number;
  readonly rows: Row[];
  readonly attributes: Record<string, string>;
  order: number;
}

async function readVideo(files: InputFiles, file: string, report: LossReport): Promise<Document> {
  const meta = new MetaReader();
  let inMeta = false;
  let reader: TrackReader | null = null;
  for await (const event of readXml(files, file)) {
    if (event.name === "meta") inMeta = event.kind === "open";
    else if (inMeta) meta.take(event);
    else if (event.name === "image")
      throw new FormatError(
        "unsupported",
        { file, place: `line ${event.line}` },
        "it is CVAT for images; read it as cvat-images",
      );
    else if (reader !== null || event.name === "track") {
      reader ??= new TrackReader(meta, file, report);
      reader.take(event);
    }
  }
  reader ??= new TrackReader(meta, file, report);
  return reader.finish();
}

class TrackReader {
  readonly #builder: Builder;
  readonly #meta: MetaReader;
  readonly #file: string;
  readonly #report: LossReport;
  readonly #labels: ReadonlyMap<string, number>;
  readonly #name: string;
  readonly #frameCount: number;
  #track: OpenTrack | null = null;
  #shape: {
    name: string;
    attributes: Attributes;
    values: Record<string, string>;
    line: number;
  } | null = null;
  #attribute: string | null = null;

  constructor(meta: MetaReader, file: string, report: LossReport) {
    const size = checkedSize(meta.number("width") ?? 0, meta.number("height") ?? 0, {
      file,
      place: "meta, original_size",
    });
    this.#meta = meta;
    this.#file = file;
    this.#report = report;
    this.#name = meta.value("name") || file.replace(/^.*\//, "").replace(/\.xml$/i, "");
    this.#frameCount = checkedFrameCount(
      Math.max((meta.number("stop_frame") ?? -1) + 1, meta.number("size") ?? 0),
      { file, place: "meta, stop_frame or size" },
    );
    this.#builder = new Builder(size);
    meta.labels.forEach((label, i) => {
      this.#builder.label(i + 1, label, { file, place: "meta, labels" });
    });
    this.#labels = new Map(meta.labels.map(({ name }, i) => [name, i + 1]));
  }

  take(event: XmlEvent): void {
    const where = { file: this.#file, place: `line ${event.line}` };
    if (event.kind === "open") this.#open(event.name, event.attributes, where, event.line);
    else this.#close(event.name, event.text, where);
  }

  #open(name: string, attributes: Attributes, where: Where, line: number): void {
    if (name === "track") {
      const id = numberOf(attributes, "id", where);
      const label = this.#labels.get(attributes.label ?? "");
      if (label === undefined)
        throw new FormatError(
          "malformed",
          where,
          `the label ${JSON.stringify(clipped(attributes.label ?? ""))} is not in the list of labels`,
        );
      this.#builder.track(id, { label: label as never }, where);
      this.#track = { id, rows: [], attributes: {}, order: 0 };
    } else if (name === "attribute") this.#attribute = attributes.name ?? "";
    else if (this.#track && SHAPE_ELEMENTS.has(name))
      this.#shape = { name, attributes, values: {}, line };
    else if (OTHER_ELEMENTS.has(name))
      this.#report.add("not-understood", { video: this.#name, place: `line ${line}: ${name}` });
  }

  #close(name: string, text: string, where: Where): void {
    if (name === "attribute" && this.#attribute !== null) {
      if (this.#shape) this.#shape.values[this.#attribute] = text;
      else if (this.#track) this.#track.attributes[this.#attribute] = text;
      this.#attribute = null;
    } else if (this.#shape?.name === name && this.#track) {
      if (this.#track.rows.length === 0)
        this.#track.order = Number(this.#shape.attributes.z_order ?? 0) || 0;
      this.#track.rows.push(
        this.#row(this.#shape, { file: this.#file, place: `line ${this.#shape.line}` }),
      );
      this.#shape = null;
    } else if (name === "track" && this.#track) {
      this.#finishTrack(this.#track, where);
      this.#track = null;
    }
  }

  #row(
    { name, attributes, values }: { name: string; attributes: Attributes; values: AttributeValues },
    where: Where,
  ): Row {
    const frame = checkedFrame(numberOf(attributes, "frame", where), where);
    const key = attributes.keyframe === undefined || flagOf(attributes, "keyframe");
    const facts = { key, attributes: values };
    if (flagOf(attributes, "outside"))
      return { frame, key, state: absent(IMPORTED, { ...facts, attributes: {} }) };
    const shape = shapeOfElement(name, attributes, this.#builder.size, where);
    if (shape === null)
      return { frame, key, state: absent(IMPORTED, { ...facts, attributes: {} }) };
    return {
      frame,
      key,
      state: visible(shape, IMPORTED, { ...facts, occluded: flagOf(attributes, "occluded") }),
    };
  }

  /** Key frames stay; what is written between them stays only where the key frames do not say it. */
  #finishTrack({ id, rows, attributes, order }: OpenTrack, where: Where): void {
    this.#builder.describe(id, { attributes, order });
    const ordered = [...rows].sort((a, b) => a.frame - b.frame);
    for (const { frame, state } of ordered) this.#builder.state(id, frame, state, where);
    const spans = (wanted: readonly Row[]): ReadonlyMap<FrameIndex, State> => {
      const states = new Map(wanted.map(({ frame, state }) => [frame as FrameIndex, state]));
      return canonicalSpans(states, { holds: cvatVideo.holds, frameCount: this.#frameCount });
    };
    const keys = spans(ordered.filter(({ key }) => key));
    const kept = ordered.filter(
      ({ frame, key, state }) => key || !agrees(stateAt(keys, frame as FrameIndex), state),
    );
    this.#builder.replaceStates(id, spans(kept));
  }

  finish(): Document {
    if (this.#track !== null)
      throw new FormatError("malformed", { file: this.#file }, "a track does not end");
    return this.#builder.finish(
      { name: this.#name, frameCount: this.#frameCount, annotated: this.#grid() },
      { file: this.#file },
    );
  }

  /** The frames of a task that was made with `step=N`; null for all. */
  #grid(): readonly FrameIndex[] | null {
    const step = Number(/step=(\d+)/.exec(this.#meta.value("frame_filter") ?? "")?.[1] ?? 1);
    const start = this.#meta.number("start_frame") ?? 0;
    if (step <= 1 && start === 0) return null;
    const length = Math.max(0, Math.ceil((this.#frameCount - start) / Math.max(step, 1)));
    return Array.from({ length }, (_, i) => (start + i * Math.max(step, 1)) as FrameIndex);
  }
}

/** Whether what the key frames imply is what was written out, to the digits of the file. */
function agrees(implied: State | null, written: State): boolean {
  if (implied === null || implied.presence !== written.presence) return false;
  if (implied.presence === "absent" || written.presence === "absent") return true;
  const [a, b] = [implied, written].map((state) =>
    JSON.stringify([roundShape(state.shape, 2), state.occluded, state.attributes]),
  );
  return a === b && written.shape.kind !== "mask";
}

async function write(
  sources: readonly Source[],
  files: OutputFiles,
  options: WriteOptions,
): Promise<void> {
  const names = uniqueNames(sources.map(({ head }) => fileName(head.video.name)));
  for (const [i, source] of sources.entries()) {
    const file = await files.open(`${names[i]}.xml`);
    await writeMeta(file, source.head, "interpolation");
    let done = 0;
    for await (const streamed of source.byTrack("left-out")) {
      const one = await wholeTrack(streamed);
      const { info } = source.head.tracks.get(one.track)!;
      const seen = [...one.states.values()].some(({ presence }) => presence === "visible");
      if (seen) await file.write(trackElement(one, source, info.order));
      checkpoint(options, ++done, source.head.tracks.size);
    }
    await file.write("</annotations>\n");
    await file.close();
  }
}

function trackElement({ track, states }: WholeTrack, { head }: Source, order: number): string {
  const { info } = head.tracks.get(track)!;
  const rows: string[] = [];
  const frames = [...states.keys()];
  let last: State | null = null;
  frames.forEach((frame, i) => {
    const state = states.get(frame)!;
    rows.push(rowElement(frame, state, { order, key: state.key, last }));
    if (state.presence === "visible") last = state;
    // CVAT writes out what lies between key frames; absent objects have one row.
    const end =
      state.presence === "visible" && state.after !== "nothing"
        ? (frames[i + 1] ?? head.video.frameCount)
        : 0;
    for (let at = frame + 1; at < end; at++) {
      rows.push(rowElement(at, stateAt(states, at as FrameIndex)!, { order, key: false, last }));
    }
  });
  const content = `\n${attributeElements(info.attributes)}${rows.join("\n")}\n`;
  return `${element("track", { id: track, label: head.labels.get(info.label!)!.name, source: "manual" }, content)}\n`;
}

function rowElement(
  frame: number,
  state: State,
  { order, key, last }: { order: number; key: boolean; last: State | null },
): string {
  // An absent row repeats the last shape, so that CVAT's interpolation towards it stands still.
  const shape =
    state.presence === "visible"
      ? state.shape
      : last?.presence === "visible"
        ? last.shape
        : NOWHERE;
  const { name, attributes } = elementOfShape(shape);
  const flags = {
    frame,
    outside: state.presence === "absent" ? 1 : 0,
    occluded: state.presence === "visible" && state.occluded ? 1 : 0,
    keyframe: key ? 1 : 0,
  };
  const content = state.presence === "visible" ? attributeElements(state.attributes) : "";
  return element(name, { ...flags, ...attributes, z_order: order }, content);
}

const NOWHERE = { kind: "box", x: 0, y: 0, width: 0, height: 0 } as const;
