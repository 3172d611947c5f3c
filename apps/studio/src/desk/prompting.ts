// Clicks and boxes: shown at once, asked with a rising ticket, the newest answer made into an edit.
import {
  type State,
  type Step,
  type TrackId,
  trackId,
  trackInfo,
  visible,
} from "@masklet/annotation";
import type { Candidate, SegmentReply } from "@masklet/protocol";
import { contains, type FrameIndex, isEmpty, type Mask, maskFromRleString } from "@masklet/vision";
import { nextTrack } from "../edit/present.ts";
import {
  canAsk,
  noPrompts,
  type PromptSet,
  type Sign,
  withBox,
  withMovedPoint,
  withoutPoint,
  withPoint,
} from "../edit/prompts.ts";
import { call, LinkError } from "../link/call.ts";
import { traceClick } from "./click-trace.ts";
import { type Core, maskOfState, nameOf, seenFrame, stateOn, trackOf } from "./core.ts";
import { objectAt } from "./hit.ts";
import { createQuestions, type Question } from "./questions.ts";
import type { Candidates, XY } from "./view.ts";

/** Follows the modifier keys. */
export type ClickMode = "natural" | "new" | "select";

export interface Prompting {
  /**
   * The button went down: what a click here would ask is asked already, since most presses become clicks.
   * `release` says that this one did not.
   */
  press(at: XY, sign: Sign, mode: ClickMode): void;
  release(): void;
  /** A click of the click tool, image pixels; `pressed` is when the button went down (milliseconds of the page). */
  click(at: XY, sign: Sign, mode: ClickMode, pressed?: number): void;
  box(from: XY, to: XY): void;
  /** While a point is dragged the mask follows as a preview; `movePoint` at the end makes it an edit. */
  dragPoint(index: number, at: XY): void;
  movePoint(index: number, at: XY): void;
  removePoint(index: number): void;
  removeBox(): void;
  nextCandidate(): void;
  choose(index: number): void;
  /** The pointer moved: a preview is asked for when it rests. Null: it left. */
  hover(at: XY | null): void;
  proposeAll(): void;
  pickProposal(index: number): void;
  /** Frames around the playhead are encoded ahead. */
  warm(): void;
  /** Makes the box of the selected object into a mask. */
  maskFromBox(): void;
  close(): void;
}

/** A question about one object. */
interface Intent {
  readonly track: TrackId;
  readonly isNew: boolean;
  readonly prompts: PromptSet;
}

const REST_MS = 60;
/** Before a preview of what another point would change: the mask that is there is looked at first. */
const SECOND_REST_MS = 320;
/** So far the pointer goes from its last click before anything is previewed again, screen px. */
const CALM_PX = 28;
const WARM_MS = 80;

export function createPrompting(core: Core): Prompting {
  const { session, view, video, size } = core;
  const at = { video: video.id };
  const questions = createQuestions({
    video: video.id,
    digest: video.digest,
    client: session.client,
    model: () => view.getState().models?.active ?? "",
  });
  /** The newest question of each object; the answer to an older one is dropped. */
  const newest = new Map<TrackId, Question>();
  let asking: {
    readonly track: TrackId;
    readonly first: Question;
    readonly question: Question;
  } | null = null;
  let previewing: Question | null = null;
  let pressing: Question | null = null;
  let proposing: AbortController | null = null;
  let dragging: Promise<void> | null = null;
  /** Where the last click was, until the pointer has left its surroundings. */
  let calm: XY | null = null;
  let rest: ReturnType<typeof setTimeout> | undefined;
  let warming: ReturnType<typeof setTimeout> | undefined;

  const read = (candidate: Candidate): { mask: Mask; score: number } => {
    const [height, width] = candidate.mask.size;
    return {
      mask: maskFromRleString(candidate.mask.counts, { width, height }),
      score: candidate.score,
    };
  };

  /** Prompts to build on: those waiting for an answer, else those of the state, else the mask to correct. */
  function current(track: TrackId | null, frame: FrameIndex): PromptSet {
    const waiting = view.getState().asking;
    if (track === null) return noPrompts;
    if (waiting?.track === track && waiting.frame === frame) return waiting.prompts;
    const stored = trackOf(core, track)?.states.get(frame);
    if (stored?.prompts) return stored.prompts;
    const mask = maskOfState(stateOn(core, track, frame), size);
    return { ...noPrompts, mask };
  }

  function newTrack(): TrackId {
    const { tracks } = session.state.getState().document;
    const waiting = view.getState().asking;
    const next = nextTrack(tracks);
    return trackId(waiting?.isNew ? Math.max(next, waiting.track + 1) : next);
  }

  function ask(
    { track, isNew, prompts }: Intent,
    frame: FrameIndex,
    pressed = performance.now(),
  ): void {
    if (!canAsk(prompts)) {
      questions.drop(previewing);
      view.setState({ card: { kind: "need-include" }, asking: null });
      return;
    }
    clearTimeout(rest);
    calm = prompts.points.at(-1)?.at ?? prompts.box?.to ?? null;
    const first = questions.ask(frame, prompts, "preview");
    const question = questions.ask(frame, prompts, "click");
    if (previewing !== first) questions.drop(previewing);
    // A question about another object is left to be answered.
    if (asking?.track === track && asking.question !== question) questions.drop(asking.question);
    if (asking && asking.first !== first) questions.drop(asking.first);
    asking = { track, first, question };
    newest.set(track, question);
    const since = performance.now();
    const trace = traceClick(pressed);
    view.setState({
      asking: { track, isNew, frame, prompts, since },
      preview: null,
      selected: track,
      candidates: null,
      card: null,
    });
    // The first answer is seen as a preview until the click's own is there.
    const shown = isNew ? null : track;
    const provisional = first.reply.then((reply) => {
      if (newest.get(track) !== question || view.getState().asking?.since !== since) return;
      if (showPreview(reply, frame, shown)) trace.shown();
    });
    provisional.catch(() => {});
    question.reply
      .then((reply) => {
        if (newest.get(track) !== question) return;
        questions.drop(first);
        const answered = performance.now();
        core.waits(since, answered);
        const list = reply.candidates.map(read).filter(({ mask }) => !isEmpty(mask));
        if (list.length === 0) {
          settle(since);
          view.setState({ card: { kind: "nothing-found" } });
          return;
        }
        const candidates = { track, frame, prompts, list, chosen: 0, model: reply.model };
        const here = view.getState().selected === track && seenFrame(core) === frame;
        // The mask first: what waits for the answer (T pressed meanwhile) finds the object there.
        const isPut = put(candidates, isNew);
        settle(since);
        if (!isPut) return;
        trace.settled({ asked: since, answered, edited: performance.now() }, reply.timing);
        if (here) view.setState({ candidates });
      })
      .catch((error: unknown) => {
        if (newest.get(track) !== question) return;
        settle(since);
        if (error instanceof DOMException && error.name === "AbortError") return;
        const text = error instanceof LinkError ? error.message : String(error);
        core.toast({ tone: "error", title: core.words().clickFailed, text, action: null });
      });
  }

  /** True where there is something to show. */
  function showPreview(reply: SegmentReply, frame: FrameIndex, track: TrackId | null): boolean {
    const [best] = reply.candidates;
    if (!best) return false;
    const { mask } = read(best);
    if (isEmpty(mask)) return false;
    view.setState({ preview: { mask, frame, track } });
    return true;
  }

  function settle(since: number): void {
    if (view.getState().asking?.since === since) view.setState({ asking: null, preview: null });
  }

  /** Makes the chosen candidate the object's mask on its frame. */
  function put(candidates: Candidates, isNew: boolean): boolean {
    const { track, frame, prompts, list, chosen, model } = candidates;
    const answer = list[chosen]!;
    const before = trackOf(core, track)?.states.get(frame) ?? null;
    const derived = stateOn(core, track, frame);
    const after: State = visible(
      { kind: "mask", mask: answer.mask },
      { by: "model", model, version: null, policy: null, run: null, prompted: [frame] },
      {
        key: true,
        pinned: true,
        score: Math.max(0, Math.min(1, answer.score)),
        prompts,
        occluded: derived?.presence === "visible" && derived.occluded,
        attributes: derived?.attributes ?? {},
      },
    );
    const steps: Step[] = [];
    const exists = trackOf(core, track) !== null;
    if (isNew && !exists) {
      const order = track;
      steps.push({ type: "putTrack", track, before: null, after: trackInfo({ order }) });
    } else if (!exists) return false;
    steps.push({ type: "putState", track, frame, before, after });
    const words = core.words();
    return session.commit({
      title: words.did.click(exists ? nameOf(core, track) : words.object(track)),
      steps,
    });
  }

  /** The mask of the selected object on the frame in sight. */
  function selectedMask(): Mask | null {
    const { selected } = view.getState();
    return selected === null ? null : maskOfState(stateOn(core, selected, seenFrame(core)), size);
  }

  const hit = (point: XY, frame: FrameIndex): TrackId | null =>
    objectAt(core, frame, { x: point.x + 0.5, y: point.y + 0.5 });

  /** What a click means: an object to select, a question about an object, or nothing. */
  function intentOf(
    point: XY,
    sign: Sign,
    mode: ClickMode,
  ): Intent | { found: TrackId | null } | null {
    const frame = seenFrame(core);
    const { selected, locked, asking: waiting } = view.getState();
    if (mode === "select" || (mode === "natural" && selected === null && sign === "include")) {
      const found = hit(point, frame);
      if (mode === "select" || found !== null) return { found };
    }
    const fresh = mode === "new" || selected === null;
    if (!fresh && locked.has(selected)) return null;
    const track = fresh ? newTrack() : selected;
    const prompts = withPoint(current(fresh ? null : track, frame), point, sign);
    const waitingNew = waiting?.isNew === true && waiting.track === track;
    return { track, isNew: fresh || waitingNew, prompts };
  }

  const prompting: Prompting = {
    press(point, sign, mode) {
      const intent = intentOf(point, sign, mode);
      if (!intent || "found" in intent || !canAsk(intent.prompts)) return;
      clearTimeout(rest);
      pressing = questions.ask(seenFrame(core), intent.prompts, "preview");
      // What the pointer asked on its way here is overtaken.
      if (previewing !== pressing) questions.drop(previewing);
      // The click that follows tells what went wrong.
      pressing.reply.catch(() => {});
    },
    release() {
      questions.drop(pressing);
      pressing = null;
    },
    click(point, sign, mode, pressed) {
      pressing = null;
      const intent = intentOf(point, sign, mode);
      if (!intent) return;
      if ("found" in intent) {
        view.setState({ selected: intent.found, candidates: null });
        return;
      }
      const frame = seenFrame(core);
      core.did(sign === "include" ? "click.include" : "click.exclude", intent.track, frame);
      ask(intent, frame, pressed);
    },
    box(from, to) {
      const frame = seenFrame(core);
      const { selected, locked } = view.getState();
      if (selected !== null && locked.has(selected)) return;
      const isNew = selected === null;
      const track = isNew ? newTrack() : selected;
      core.did("click.box", track, frame);
      // A box says where the object is: an earlier mask must not pull the answer elsewhere.
      const base = { ...current(isNew ? null : track, frame), mask: null };
      ask({ track, isNew, prompts: withBox(base, { from, to }) }, frame);
    },
    dragPoint(index, to) {
      const frame = seenFrame(core);
      const { selected } = view.getState();
      if (selected === null) return;
      const prompts = withMovedPoint(current(selected, frame), index, to);
      const since = performance.now();
      view.setState({ asking: { track: selected, isNew: false, frame, prompts, since } });
      // One preview at a time: the speed of the engine is the speed of the mask.
      if (!dragging)
        dragging = previewOf(selected, frame, prompts).finally(() => {
          dragging = null;
        });
    },
    movePoint(index, to) {
      const frame = seenFrame(core);
      const { selected } = view.getState();
      if (selected === null) return;
      core.did("prompt.move", selected, frame);
      const prompts = withMovedPoint(current(selected, frame), index, to);
      ask({ track: selected, isNew: false, prompts }, frame);
    },
    removePoint(index) {
      const frame = seenFrame(core);
      const { selected } = view.getState();
      if (selected === null) return;
      core.did("prompt.remove", selected, frame);
      view.setState({ focusedPrompt: null });
      const prompts = withoutPoint(current(selected, frame), index);
      ask({ track: selected, isNew: false, prompts }, frame);
    },
    removeBox() {
      const frame = seenFrame(core);
      const { selected } = view.getState();
      if (selected === null) return;
      const prompts = withBox(current(selected, frame), null);
      ask({ track: selected, isNew: false, prompts }, frame);
    },
    nextCandidate() {
      const { candidates } = view.getState();
      if (candidates) prompting.choose((candidates.chosen + 1) % candidates.list.length);
    },
    choose(chosen) {
      const { candidates } = view.getState();
      if (!candidates || chosen === candidates.chosen || !candidates.list[chosen]) return;
      const next = { ...candidates, chosen };
      core.did("candidate", next.track, next.frame);
      clearTimeout(rest);
      questions.drop(previewing);
      if (put(next, false))
        view.setState({ candidates: next, candidateHover: null, preview: null });
    },
    hover(point) {
      clearTimeout(rest);
      const { tool, playing, asking: waiting, proposals } = view.getState();
      // What a click waits for is seen until its answer is there.
      if (waiting) return;
      questions.drop(previewing);
      if (view.getState().preview) view.setState({ preview: null });
      if (!point || tool !== "click" || playing || proposals) return;
      const { scale } = view.getState().viewport;
      if (calm && Math.hypot(point.x - calm.x, point.y - calm.y) * scale < CALM_PX) return;
      calm = null;
      const mask = selectedMask();
      // Inside of its own mask another point rarely says anything new.
      if (mask && contains(mask, Math.round(point.x), Math.round(point.y))) return;
      rest = setTimeout(() => preview(point), mask ? SECOND_REST_MS : REST_MS);
    },
    proposeAll() {
      const frame = seenFrame(core);
      const stop = new AbortController();
      proposing?.abort();
      proposing = stop;
      view.setState({ proposing: true, proposals: null });
      call("POST /api/videos/:video/propose", {
        at,
        signal: stop.signal,
        body: { frame, digest: video.digest },
      })
        .then(({ proposals }) => {
          const list = proposals.map((candidate) => ({ mask: read(candidate).mask, candidate }));
          view.setState({ proposals: { frame, list }, selected: null });
        })
        .catch((error: unknown) => {
          if (stop.signal.aborted) return;
          const text = error instanceof LinkError ? error.message : String(error);
          core.toast({ tone: "error", title: core.words().clickFailed, text, action: null });
        })
        .finally(() => view.setState({ proposing: false }));
    },
    pickProposal(index) {
      const { proposals } = view.getState();
      const picked = proposals?.list[index];
      if (!proposals || !picked) return;
      const track = newTrack();
      const model = view.getState().models?.active ?? "";
      const list = [{ mask: picked.mask, score: picked.candidate.score }];
      const prompts = { ...noPrompts, mask: picked.mask };
      core.did("proposal.pick", track, proposals.frame);
      if (put({ track, frame: proposals.frame, prompts, list, chosen: 0, model }, true))
        view.setState({
          proposals: { ...proposals, list: proposals.list.filter((_, i) => i !== index) },
        });
    },
    maskFromBox() {
      const frame = seenFrame(core);
      const { selected } = view.getState();
      const state = selected === null ? null : stateOn(core, selected, frame);
      if (selected === null || state?.presence !== "visible" || state.shape.kind !== "box") return;
      const { x, y, width, height } = state.shape;
      // Edge coordinates to pixel centres.
      const from = { x: x - 0.5, y: y - 0.5 };
      const to = { x: x + width - 0.5, y: y + height - 0.5 };
      ask({ track: selected, isNew: false, prompts: withBox(noPrompts, { from, to }) }, frame);
    },
    warm() {
      clearTimeout(warming);
      warming = setTimeout(() => {
        const { frame, shown, playing } = view.getState();
        if (playing) return;
        // The picture first: encoder and decoder would share the processor.
        if (shown !== frame) return prompting.warm();
        const around = [0, 1, -1, 2, 3, 4, -2].map((by) => frame + by);
        const frames = around.filter((one) => one >= 0 && one < video.frames);
        const body = { client: session.client, digest: video.digest, frames };
        void call("POST /api/videos/:video/warm", { at, body }).catch(() => {});
      }, WARM_MS);
    },
    close() {
      clearTimeout(rest);
      clearTimeout(warming);
      questions.close();
      proposing?.abort();
    },
  };
  return prompting;

  function preview(point: XY): void {
    const frame = seenFrame(core);
    const { selected, excluding, locked } = view.getState();
    if (selected !== null && locked.has(selected)) return;
    if (selected === null && hit(point, frame) !== null) return;
    const sign = excluding ? "exclude" : "include";
    void previewOf(selected, frame, withPoint(current(selected, frame), point, sign));
  }

  /** Asks what the prompts would give and shows it. Overtaken or failed, it is simply not shown. */
  async function previewOf(
    track: TrackId | null,
    frame: FrameIndex,
    prompts: PromptSet,
  ): Promise<void> {
    if (!canAsk(prompts)) return;
    const question = questions.ask(frame, prompts, "preview");
    previewing = question;
    try {
      const reply = await question.reply;
      if (previewing === question) showPreview(reply, frame, track);
    } catch {
      // The click that follows asks again and tells.
    }
  }
}
