// Fitting videos to a format: what its writer gets is what its files can say. Everything given up is reported.
import {
  type Absent,
  absent,
  type Shape,
  type State,
  stateAt,
  type TrackId,
  type Visible,
  visible,
} from "@masklet/annotation";
import {
  area,
  type FrameIndex,
  intersectionArea,
  isEmpty,
  type Mask,
  subtract,
  union,
} from "@masklet/vision";
import { type FittedHead, fitAttributes, fitHeads, withDemandedLabels } from "./fit-head.ts";
import { fitTimeline } from "./fit-timeline.ts";
import type { Format, Holds } from "./format.ts";
import { type LossPlace, LossReport, type LossWhere } from "./report.ts";
import { fitShape, maskFromShape } from "./shapes.ts";
import {
  drawingOrder,
  type FrameStates,
  frameListing,
  type Source,
  type StateOn,
  type TrackStates,
  type WholeTrack,
  wholeTrack,
} from "./source.ts";

/**
 * Sources that say only what the format holds, so that reading what its writer writes gives exactly
 * them back. Losses are counted once, on the first complete walk over each source.
 */
export async function fitSources(
  all: readonly Source[],
  format: Format,
  report: LossReport,
): Promise<Source[]> {
  const sources: Source[] = [];
  for (const source of all) {
    const { video, tracks } = source.head;
    const head = withDemandedLabels(source.head, format.holds, report);
    const labelled = { ...source, head };
    const frameless = format.holds.onlyFrames && frameListing(video).length === 0;
    if (frameless || (tracks.size === 0 && !format.holds.emptyVideos))
      report.add("empty-videos-dropped", { video: video.name });
    else sources.push(format.prepare ? await format.prepare(labelled) : labelled);
  }
  const heads = fitHeads(
    sources.map(({ head }) => head),
    format,
    report,
  );
  return sources.map((source, i) => fitSource(source, heads[i]!, format, report));
}

interface Fitting {
  readonly source: Source;
  readonly fitted: FittedHead;
  readonly format: Format;
  readonly report: LossReport;
}

function fitSource(source: Source, fitted: FittedHead, format: Format, report: LossReport): Source {
  let walks = 0;
  /** Later walks of the same source are not counted again. */
  const counting = (): Fitting => ({
    source,
    fitted,
    format,
    report: walks++ === 0 ? report : new LossReport(),
  });
  return {
    head: orderedHead(fitted.head),
    byFrame: () => frames(counting()),
    byTrack: () => tracks(counting()),
  };
}

function orderedHead(head: FittedHead["head"]): FittedHead["head"] {
  return {
    ...head,
    tracks: new Map(drawingOrder(head.tracks).map((id) => [id, head.tracks.get(id)!])),
  };
}

function imported(format: Format): Absent["provenance"] {
  return { by: "imported", format: format.name, source: null };
}

async function* frames(fitting: Fitting): AsyncIterable<FrameStates> {
  const { source, fitted, format, report } = fitting;
  const { holds } = format;
  const { video } = fitted.head;
  const listed = frameListing(video);
  const nowhere = absent(imported(format));
  const all = [...fitted.head.tracks.keys()];
  const unseen = new Set(all);
  const seenOnce = new Set<TrackId>();
  const seenAgain = new Set<TrackId>();
  let next = 0;
  const rest = (states: ReadonlyMap<TrackId, State>): ReadonlyMap<TrackId, State> => {
    if (holds.presence !== "listed") return states;
    report.add("unknown-as-absent", { video: video.name }, all.length - states.size);
    return new Map(all.map((id) => [id, states.get(id) ?? nowhere]));
  };
  for await (const { frame, states } of source.byFrame(holds.keepsSpan ? "left-out" : "derived")) {
    for (; next < listed.length && listed.at(next)! < frame; next++)
      yield { frame: listed.at(next)!, states: rest(new Map()) };
    if (listed.at(next) !== frame) {
      report.add(
        "frames-skipped",
        { video: video.name, place: `frame ${frame}`, frame },
        states.size,
      );
      continue;
    }
    next++;
    const kept = new Map<TrackId, State>();
    for (const [id, state] of states) {
      const number = fitted.numbers.get(id)!;
      const one = fitState(state, fitting, {
        place: `frame ${frame} of object ${number}`,
        frame,
        object: id,
      });
      if (one) kept.set(number, one);
    }
    const flat = holds.overlaps ? kept : flattened(kept, fitting, frame);
    for (const [id, state] of flat) {
      if (state.presence === "absent") continue;
      unseen.delete(id);
      (seenOnce.has(id) ? seenAgain : seenOnce).add(id);
    }
    yield { frame, states: rest(flat) };
  }
  for (; next < listed.length; next++) yield { frame: listed.at(next)!, states: rest(new Map()) };
  if (!holds.emptyTracks) countUnseen(fitting, video.name, [...unseen]);
  if (holds.tracks === null)
    report.add("identities-dropped", { video: video.name }, seenAgain.size);
}

function countUnseen({ report, fitted }: Fitting, video: string, unseen: readonly TrackId[]): void {
  for (const number of unseen) {
    const object = sourceTrack(fitted, number);
    report.add("empty-objects-dropped", { video, place: `object ${number}`, object });
  }
}

/** The track of the source that has this number in the format. */
function sourceTrack({ numbers }: FittedHead, wanted: TrackId): TrackId | null {
  for (const [id, number] of numbers) if (number === wanted) return id;
  return null;
}

async function* tracks(fitting: Fitting): AsyncIterable<TrackStates> {
  const { source, fitted, format } = fitting;
  const { holds } = format;
  const spans = holds.keepsSpan === null ? "derived" : "left-out";
  for await (const one of source.byTrack(spans)) {
    const track = fitted.numbers.get(one.track)!;
    if (holds.keepsSpan !== null && !holds.everything)
      yield { track, states: await timeline(await wholeTrack(one), fitting) };
    else if (holds.presence === "listed") yield { track, states: onEachListed(one, fitting) };
    else yield { track, states: fittedStates(one, fitting) };
  }
}

/** The states of a track as the format can say them, one after the other. */
async function* fittedStates(
  { track: id, states }: TrackStates,
  fitting: Fitting,
): AsyncGenerator<StateOn> {
  const { fitted, format, report } = fitting;
  const { video } = fitted.head;
  const track = fitted.numbers.get(id)!;
  const listed = frameListing(video);
  let seen = false;
  for await (const [frame, state] of states) {
    const at = { place: `frame ${frame} of object ${track}`, frame, object: id };
    if (!listed.has(frame)) {
      report.add("frames-skipped", { video: video.name, ...at });
      continue;
    }
    const one = fitState(state, fitting, at);
    if (one === null) continue;
    seen ||= one.presence === "visible";
    yield [frame, one];
  }
  if (!seen && !format.holds.emptyTracks) countUnseen(fitting, video.name, [track]);
}

/** A state on each frame that is to be annotated: "not in view" where nothing is known. */
async function* onEachListed(one: TrackStates, fitting: Fitting): AsyncGenerator<StateOn> {
  const { fitted, format, report } = fitting;
  const { video } = fitted.head;
  const nowhere = absent(imported(format));
  const listed = frameListing(video);
  let next = 0;
  let known = 0;
  for await (const [frame, state] of fittedStates(one, fitting)) {
    for (; listed.at(next)! < frame; next++) yield [listed.at(next)!, nowhere];
    yield [frame, state];
    next++;
    known++;
  }
  for (; next < listed.length; next++) yield [listed.at(next)!, nowhere];
  const place = `object ${fitted.numbers.get(one.track)!}`;
  const where = { video: video.name, place, object: one.track };
  report.add("unknown-as-absent", where, listed.length - known);
}

/** A track of a format that derives in-betweens itself. */
async function timeline(whole: WholeTrack, fitting: Fitting): Promise<WholeTrack["states"]> {
  const { fitted, format, report } = fitting;
  const { video } = fitted.head;
  const { track: object, states } = whole;
  const track = fitted.numbers.get(object)!;
  const kept = await wholeTrack({ track, states: fittedStates(whole, fitting) });
  return fitTimeline(kept.states, {
    holds: format.holds,
    frameCount: video.frameCount,
    report,
    where: { video: video.name, place: `object ${track}`, object },
    nowhere: absent(imported(format)),
    derive: (frame) => {
      const between = stateAt(states, frame);
      const place = `frame ${frame} of object ${track}`;
      return between && fitState(between, fitting, { place, frame, object });
    },
  });
}

/** A state as the format can say it; null where it cannot say anything. */
function fitState(
  state: State,
  fitting: Fitting,
  at: LossPlace & { readonly place: string },
): State | null {
  const { format, report, fitted } = fitting;
  const { holds } = format;
  if (holds.everything) return state;
  const { video } = fitted.head;
  const where = { video: video.name, ...at };
  countFacts(state, fitting, where);
  const facts = {
    after: holds.keepsSpan ? state.after : "nothing",
    key: isKey(state, holds.keyFrames),
    pinned: false,
    score: holds.score ? state.score : null,
    attributes: fitAttributes(state.attributes, holds.stateAttributes, report, where),
  } as const;
  if (state.presence === "absent") return fitAbsence(fitting, where, facts);
  const shape = fitted.head.video.size && fittedShape(state.shape, fitting, where);
  if (shape === null) return null;
  if (state.occluded && !holds.occluded) report.add("occlusion-dropped", where);
  return visible(shape, imported(format), { ...facts, occluded: holds.occluded && state.occluded });
}

function isKey(state: State, held: Holds["keyFrames"]): boolean {
  if (held === "flag") return state.key;
  return held === "all" || (held === "marked" && state.provenance.by !== "interpolated");
}

function fitAbsence(
  { format, report }: Fitting,
  where: LossWhere,
  facts: Partial<Absent>,
): Absent | null {
  const { presence } = format.holds;
  if (presence === "visible") {
    report.add("absence-dropped", where);
    return null;
  }
  // Only formats with time lines say more of an absent object than that it is absent.
  const plain = presence === "listed" || Object.keys(facts.attributes ?? {}).length === 0;
  if (!plain) report.add("attributes-dropped", where);
  const { after = "nothing", key = false, score = null } = facts;
  return absent(imported(format), presence === "listed" ? { score } : { after, key });
}

function countFacts(state: State, { format, report }: Fitting, where: LossWhere): void {
  const { holds } = format;
  const { by } = state.provenance;
  if (by === "interpolated" && !holds.keepsSpan) report.add("in-betweens-baked", where);
  else if (by === "person" || by === "model") report.add("provenance-dropped", where);
  if (state.prompts !== null) report.add("prompts-dropped", where);
  if (
    state.score !== null &&
    (!holds.score || (state.presence === "absent" && holds.presence !== "listed"))
  )
    report.add("scores-dropped", where);
  const spanLost = state.after !== "nothing" && !holds.keepsSpan;
  const keyLost = isKey(state, holds.keyFrames) !== state.key && by !== "interpolated";
  if (state.pinned || spanLost || keyLost) report.add("key-frames-dropped", where);
}

function fittedShape(
  shape: Shape,
  { format, report, fitted }: Fitting,
  where: LossWhere,
): Shape | null {
  const fit = fitShape(shape, fitted.head.video.size, format.holds.shapes);
  if (fit.shape === null) report.add("shapes-vanished", where);
  if (fit.converted) report.add("shapes-converted", where);
  if (fit.boxed) report.add("shapes-reduced-to-boxes", where);
  if (fit.bridged) report.add("parts-bridged", where);
  if (fit.rounded) report.add("coordinates-rounded", where);
  report.add("holes-filled", where, fit.holesFilled);
  report.add("parts-dropped", where, fit.partsDropped);
  return fit.shape;
}

/** Gives each pixel to the object that is drawn last. Objects without a pixel left are absent. */
function flattened(
  states: ReadonlyMap<TrackId, State>,
  fitting: Fitting,
  frame: FrameIndex,
): ReadonlyMap<TrackId, State> {
  const { format, report, fitted } = fitting;
  const { size, name } = fitted.head.video;
  const maskOf = (state: Visible): Mask => maskFromShape(state.shape, size);
  const above: { mask: Mask | null } = { mask: null };
  const flat = new Map<TrackId, State>();
  for (const [id, state] of [...states].reverse()) {
    if (state.presence === "absent") {
      flat.set(id, state);
      continue;
    }
    const mask = maskOf(state);
    const taken = above.mask === null ? 0 : intersectionArea(mask, above.mask);
    if (taken > 0) {
      const place = `frame ${frame}, object ${id}: ${taken} pixels`;
      const object = sourceTrack(fitted, id);
      report.add("overlaps-flattened", { video: name, place, frame, object }, taken);
    }
    const left = taken === 0 || above.mask === null ? mask : subtract(mask, above.mask);
    above.mask = above.mask === null ? mask : union(mask, above.mask);
    if (!isEmpty(left)) flat.set(id, { ...state, shape: { kind: "mask", mask: left } });
    else if (format.holds.presence === "listed") flat.set(id, absent(imported(format)));
    if (isEmpty(left))
      report.add("shapes-vanished", {
        video: name,
        place: `frame ${frame}, object ${id}: ${area(mask)} pixels all lie under others`,
        frame,
        object: sourceTrack(fitted, id),
      });
  }
  return new Map([...flat].reverse());
}
