// Sessions on one video: prompts on any frame, tracking either way, corrections, many objects.
import type { FrameIndex, Mask, Picture, Size } from "@masklet/vision";
import { EngineError } from "./errors.ts";
import {
  attendToMemories,
  attendToNothing,
  clampedLogits,
  type Decision,
  decideGivenMask,
  decodeObjects,
  encodeFrame,
  type Features,
  rememberObjects,
  severalFor,
} from "./frame-step.ts";
import {
  type Direction,
  demoted,
  type FrameOutput,
  type MemoryBank,
  withOutput,
  withoutDoubles,
  withoutTracked,
} from "./memory/bank.ts";
import type { MemoryChoice } from "./memory/choose.ts";
import {
  type Candidate,
  type Collision,
  type Meeting,
  pairOf,
  type TrackingPolicy,
} from "./policy/policy.ts";
import { type Click, joinedPoints, modelMask, modelPoints, type PromptBox } from "./prompts.ts";
import type { TrackingModel } from "./tracking-model.ts";
import { absentAnswer, type FrameAnswer, type ObjectAnswer } from "./video-answer.ts";
import {
  emptyTrack,
  type ObjectTrack,
  type SessionState,
  type StoredPrompt,
  shownOn,
  without,
} from "./video-session-state.ts";

/** A picture of the video with its number and, where cuts are known, the number of its shot. */
export interface VideoFrame {
  readonly index: FrameIndex;
  readonly picture: Picture;
  readonly shot?: number;
}

export interface PointsPrompt {
  readonly object: number;
  readonly frame: VideoFrame;
  readonly clicks?: readonly Click[];
  readonly box?: PromptBox;
  /** Whether earlier points on this frame stay. A box always replaces. */
  readonly earlier: "keep" | "replace";
}

export interface MaskPrompt {
  readonly object: number;
  readonly frame: VideoFrame;
  readonly mask: Mask;
}

/** One call of the network for one object, for those who compare with the reference. */
export type SessionEvent =
  | {
      readonly kind: "decided";
      readonly frame: number;
      readonly object: number;
      /** Null when the frame was decided without memory. */
      readonly choice: MemoryChoice | null;
      readonly points: number;
      readonly promptLogits: Float32Array | null;
      readonly decision: Decision;
    }
  | {
      readonly kind: "remembered";
      readonly frame: number;
      readonly object: number;
      readonly of: "prompt" | "tracked";
      readonly memory: Uint16Array;
    };

export interface SessionOptions {
  readonly policy: TrackingPolicy;
  readonly frameSize: Size;
  /** Frames of the clip; null for a stream of unknown length. */
  readonly frameCount: number | null;
  /** "bounded" drops what tracking from here or from a prompted frame can never read; "all" keeps everything. */
  readonly history: "all" | "bounded";
  /** Objects that go through the network together. */
  readonly batch?: number;
  readonly onEvent?: (event: SessionEvent) => void;
}

export interface TrackOptions {
  readonly direction: Direction;
  /** Looked at between frames; its reason is thrown. Finished frames stay. */
  readonly signal?: AbortSignal;
}

/** Eight attentions at once keep the memory of one step below a gigabyte at 1024 pixels. */
const BATCH = 8;
const OBJECTS_MAX = 255; // one byte in a palette PNG
const RECENT_SCORES = 10;

/** A session on one video. One call at a time; every answer is plain data. */
export class VideoSession {
  readonly #model: TrackingModel;
  readonly #options: SessionOptions;
  #objects: Map<number, ObjectTrack>;
  /** Features of the frame that was last looked at: prompts come in runs on one frame. */
  #latest: { readonly frame: VideoFrame; readonly features: Features } | null = null;
  #meetings = new Map<string, Meeting>();

  constructor(model: TrackingModel, options: SessionOptions, state?: SessionState) {
    this.#model = model;
    this.#options = options;
    this.#objects = new Map(state?.objects);
  }

  /** Everything the session knows, as a value; prompts are settled first so that it can be resumed anywhere. */
  async state(): Promise<SessionState> {
    if (this.#latest !== null)
      await this.#rememberPrompts(this.#latest.frame, this.#latest.features);
    const { frameSize, frameCount } = this.#options;
    return { frameSize, frameCount, objects: new Map(this.#objects) };
  }

  /** What is known of each object, in the order in which they were first named. */
  get tracks(): readonly ObjectTrack[] {
    return [...this.#objects.values()];
  }

  get objects(): readonly number[] {
    return [...this.#objects.keys()];
  }

  /** The object goes on through cuts, or rests at them (the default). */
  carryThroughCuts(object: number, carries: boolean): void {
    this.#put({ ...this.#known(object), carries });
  }

  /** Clicks or a box on a frame; answers for all objects on it. Throws prompt-invalid or frame-invalid. */
  async addPoints(prompt: PointsPrompt): Promise<FrameAnswer> {
    const { frame } = prompt;
    this.#checkFrame(frame);
    const track = this.#objects.get(prompt.object) ?? this.#newTrack(prompt.object);
    const fresh = modelPoints(prompt, { frame: this.#options.frameSize, side: this.#side });
    if (prompt.earlier === "keep" && prompt.box !== undefined) {
      throw new EngineError(
        "prompt-invalid",
        "A box replaces the earlier points on its frame; it cannot be added to them.",
      );
    }
    const stored = track.prompts.get(frame.index);
    const earlier =
      prompt.earlier === "keep" && stored?.kind === "points" ? stored.points : undefined;
    const points = joinedPoints(earlier, fresh);
    const { firstVisit, direction, kind } = this.#placeOf(track, frame.index);
    const before = shownOn(track, frame.index, kind);
    if (
      this.#options.policy.name === "masklet" &&
      before === undefined &&
      !points.labels.some((label) => label > 0)
    ) {
      throw new EngineError(
        "prompt-invalid",
        `Object ${prompt.object} has no mask on frame ${frame.index} yet: begin with a click that includes, or a box.`,
      );
    }
    const promptLogits = before === undefined ? null : clampedLogits(before.logits);
    const features = await this.#featuresOf(frame);
    const choice = firstVisit ? null : this.#choose(track, frame, direction);
    const conditioned = await this.#attend(features, track.bank, choice);
    const several = severalFor(this.#model, points.labels.length, firstVisit);
    const ask = { points, logits: promptLogits, several };
    const [decision] = await decodeObjects(this.#model, conditioned, ask, {
      count: 1,
      shot: frame.shot ?? null,
    });
    this.#tell(frame, track.object, {
      choice,
      points: points.labels.length,
      promptLogits,
      decision: decision!,
    });
    return this.#putPrompt(track.object, frame, { kind: "points", points }, decision!.output);
  }

  /** A mask of the frame's size as the object's mask on this frame, taken as it is. */
  async addMask({ object, frame, mask }: MaskPrompt): Promise<FrameAnswer> {
    this.#checkFrame(frame);
    const square = modelMask(mask, { frame: this.#options.frameSize, side: this.#side });
    if (!this.#objects.has(object)) this.#newTrack(object);
    const features = await this.#featuresOf(frame);
    const decision = await decideGivenMask(this.#model, features, square, frame.shot ?? null);
    this.#tell(frame, object, { choice: null, points: 0, promptLogits: null, decision });
    return this.#putPrompt(object, frame, { kind: "mask" }, decision.output);
  }

  /** Forgets what a person said of an object on a frame; what was settled there counts as tracked from now on. */
  removePrompts(object: number, frame: FrameIndex): FrameAnswer {
    const track = this.#known(object);
    const wasConditioning = track.bank.conditioning.has(frame);
    this.#put({
      ...track,
      prompts: without(track.prompts, frame),
      pending: {
        conditioning: without(track.pending.conditioning, frame),
        tracked: without(track.pending.tracked, frame),
      },
      bank: demoted(track.bank, frame),
      visited: wasConditioning ? without(track.visited, frame) : track.visited,
    });
    return this.answerOn(frame);
  }

  /** Forgets an object; the others and their order stay. Returns the frames on which it had prompts. */
  removeObject(object: number): readonly number[] {
    const { prompts } = this.#known(object);
    this.#objects.delete(object);
    return [...prompts.keys()];
  }

  /** Forgets all objects. */
  reset(): void {
    this.#objects.clear();
    this.#meetings.clear();
  }

  /** What is known of all objects on a frame, without running anything. */
  answerOn(frame: FrameIndex): FrameAnswer {
    const conditioning = [...this.#objects.values()].some((track) =>
      track.pending.conditioning.has(frame),
    );
    return this.#answer(frame, conditioning ? "conditioning" : "tracked");
  }

  /** Conditioning frames of all objects, the earliest first: where tracking may start. */
  get conditioningFrames(): readonly number[] {
    const frames = [...this.#objects.values()].flatMap((track) => [
      ...track.bank.conditioning.keys(),
      ...track.pending.conditioning.keys(),
    ]);
    return [...new Set(frames)].sort((a, b) => a - b);
  }

  /**
   * Follows all objects through the frames in the order in which they come, an answer a frame. Frames
   * with a conditioning output show it again; all others are computed anew.
   */
  async *track(
    frames: AsyncIterable<VideoFrame> | Iterable<VideoFrame>,
    { direction, signal }: TrackOptions,
  ): AsyncGenerator<FrameAnswer, void, void> {
    await this.#settle();
    for await (const frame of frames) {
      signal?.throwIfAborted();
      this.#checkFrame(frame);
      yield await this.#trackFrame(frame, direction);
    }
  }

  async #trackFrame(frame: VideoFrame, direction: Direction): Promise<FrameAnswer> {
    const { policy } = this.#options;
    const { clearAroundPrompts } = this.#model.configuration.rules;
    const resting = new Set<number>();
    const following: ObjectTrack[] = [];
    for (const track of this.#objects.values()) {
      const visited = new Map(track.visited).set(frame.index, direction);
      if (track.bank.conditioning.has(frame.index)) {
        const bank = clearAroundPrompts ? this.#clearedAround(track.bank, frame.index) : track.bank;
        this.#put({ ...track, bank, visited });
      } else if (!track.carries && policy.rests(this.#view(track.bank, frame, direction))) {
        resting.add(track.object);
      } else {
        following.push({ ...track, visited });
      }
    }
    const collisions = await this.#follow(frame, direction, following);
    const answer = this.#answer(frame.index, "tracked", { resting, collisions });
    for (const track of this.#objects.values()) {
      if (this.#options.history === "all") break;
      this.#put({
        ...track,
        bank: policy.pruned(track.bank, this.#view(track.bank, frame, direction)),
      });
    }
    return answer;
  }

  /** Runs the network for these objects and writes their banks. */
  async #follow(
    frame: VideoFrame,
    direction: Direction,
    tracks: readonly ObjectTrack[],
  ): Promise<readonly Collision[]> {
    if (tracks.length === 0) return [];
    const features = await this.#featuresOf(frame);
    const decisions = new Map<number, Decision>();
    for (const batch of this.#batches(tracks, frame, direction)) {
      for (const [track, decision] of await this.#decideBatch(frame, features, batch))
        decisions.set(track, decision);
    }
    const judgement = this.#options.policy.judge(
      this.#candidates(frame, tracks, decisions),
      this.#meetings,
    );
    this.#noteMeetings(judgement.collisions);
    const kept = tracks.filter(({ object }) => judgement.verdicts.get(object)!.remember);
    const memories = new Map<number, Uint16Array>();
    const size = this.#options.batch ?? BATCH;
    for (let at = 0; at < kept.length; at += size) {
      const part = kept.slice(at, at + size);
      const remembered = part.map(({ object }) => {
        const { output } = judgement.verdicts.get(object)!;
        const decision = decisions.get(object)!;
        // Tracked frames are remembered by their unfilled logits, unless a contest changed the mask.
        return {
          logits: output === decision.output ? decision.unfilled : output.logits,
          score: output.score,
        };
      });
      const fresh = await rememberObjects(this.#model, features, remembered, { prompted: false });
      for (const [index, { object }] of part.entries()) {
        memories.set(object, fresh[index]!);
        this.#options.onEvent?.({
          kind: "remembered",
          frame: frame.index,
          object,
          of: "tracked",
          memory: fresh[index]!,
        });
      }
    }
    for (const track of tracks) {
      const { output, remember } = judgement.verdicts.get(track.object)!;
      const stored = { ...output, memory: memories.get(track.object) ?? null, withheld: !remember };
      this.#put({ ...track, bank: withOutput(track.bank, "tracked", frame.index, stored) });
    }
    return judgement.collisions;
  }

  /** Objects with equally many memories and pointers, at most `batch` at once. */
  #batches(tracks: readonly ObjectTrack[], frame: VideoFrame, direction: Direction) {
    const groups = new Map<string, { track: ObjectTrack; choice: MemoryChoice }[]>();
    for (const track of tracks) {
      const choice = this.#choose(track, frame, direction);
      const key = `${choice.memories.length} ${choice.pointers.length}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [{ track, choice }]);
      else group.push({ track, choice });
    }
    const size = this.#options.batch ?? BATCH;
    return [...groups.values()].flatMap((group) =>
      Array.from({ length: Math.ceil(group.length / size) }, (_, at) =>
        group.slice(at * size, (at + 1) * size),
      ),
    );
  }

  async #decideBatch(
    frame: VideoFrame,
    features: Features,
    batch: readonly { readonly track: ObjectTrack; readonly choice: MemoryChoice }[],
  ): Promise<readonly (readonly [number, Decision])[]> {
    const memories = batch.map(({ track, choice }) => ({ bank: track.bank, choice }));
    const conditioned = await attendToMemories(this.#model, features, memories);
    const several = severalFor(this.#model, 0, false);
    const ask = { points: null, logits: null, several };
    const decisions = await decodeObjects(this.#model, conditioned, ask, {
      count: batch.length,
      shot: frame.shot ?? null,
    });
    return batch.map(({ track, choice }, index) => {
      const decision = decisions[index]!;
      this.#tell(frame, track.object, { choice, points: 0, promptLogits: null, decision });
      return [track.object, decision] as const;
    });
  }

  #candidates(
    frame: VideoFrame,
    tracks: readonly ObjectTrack[],
    decisions: ReadonlyMap<number, Decision>,
  ): readonly Candidate[] {
    const followed = new Set(tracks.map(({ object }) => object));
    const candidates: Candidate[] = [];
    for (const track of this.#objects.values()) {
      const human = track.bank.conditioning.get(frame.index);
      const decision = decisions.get(track.object);
      const recentScores = [...track.bank.tracked.values()]
        .slice(-RECENT_SCORES)
        .map(({ score }) => score);
      if (followed.has(track.object) && decision !== undefined) {
        const { output, bestQuality } = decision;
        candidates.push({
          object: track.object,
          output,
          bestQuality,
          isHuman: false,
          recentScores,
        });
      } else if (human !== undefined) {
        candidates.push({
          object: track.object,
          output: human,
          bestQuality: human.quality,
          isHuman: true,
          recentScores,
        });
      }
    }
    return candidates;
  }

  #noteMeetings(collisions: readonly Collision[]): void {
    for (const [pair, meeting] of this.#meetings)
      this.#meetings.set(pair, { ...meeting, colliding: false });
    for (const { objects } of collisions) {
      const pair = pairOf(...objects);
      this.#meetings.set(pair, {
        partOf: this.#meetings.get(pair)?.partOf ?? false,
        colliding: true,
      });
    }
  }

  /** Stores a prompt's answer; it waits for the next tracking run to be remembered. */
  #putPrompt(
    object: number,
    frame: VideoFrame,
    prompt: StoredPrompt,
    output: FrameOutput,
  ): FrameAnswer {
    // Looked up anew: leaving the frame before may have remembered prompts of this object.
    const track = this.#objects.get(object) ?? this.#newTrack(object);
    const { kind } = this.#placeOf(track, frame.index);
    this.#put({
      ...track,
      prompts: new Map(track.prompts).set(frame.index, prompt),
      pending: withOutput(track.pending, kind, frame.index, output),
    });
    return this.#answer(frame.index, kind);
  }

  /** Moves waiting outputs into the banks, remembered. Source: `propagate_in_video_preflight`. */
  async #settle(): Promise<void> {
    if (this.#objects.size === 0)
      throw new EngineError("prompt-invalid", "There is nothing to track: no object has a prompt.");
    if (this.#latest !== null)
      await this.#rememberPrompts(this.#latest.frame, this.#latest.features);
    const { policy } = this.#options;
    const { clearAroundPrompts } = this.#model.configuration.rules;
    for (const track of this.#objects.values()) {
      let { bank } = track;
      for (const kind of ["tracked", "conditioning"] as const) {
        for (const [frame, output] of track.pending[kind]) {
          if (track.visited.has(frame)) bank = policy.afterCorrection(bank, frame);
          bank = withOutput(bank, kind, frame, output);
          if (clearAroundPrompts) bank = this.#clearedAround(bank, frame);
        }
      }
      if (bank.conditioning.size === 0) {
        throw new EngineError(
          "prompt-invalid",
          `Object ${track.object} has no prompt to start from.`,
        );
      }
      this.#put({
        ...track,
        bank: withoutDoubles(bank),
        pending: { conditioning: new Map(), tracked: new Map() },
      });
    }
  }

  #clearedAround(bank: MemoryBank, frame: number): MemoryBank {
    const { slots, stride } = this.#model.configuration.memory;
    return withoutTracked(bank, (candidate) => Math.abs(candidate - frame) <= slots * stride);
  }

  /** Makes the memories of waiting outputs on this frame while its features are at hand. */
  async #rememberPrompts(frame: VideoFrame, features: Features): Promise<void> {
    for (const kind of ["tracked", "conditioning"] as const) {
      const waiting = [...this.#objects.values()].filter(
        (track) => track.pending[kind].get(frame.index)?.memory === null,
      );
      const size = this.#options.batch ?? BATCH;
      for (let at = 0; at < waiting.length; at += size) {
        const part = waiting.slice(at, at + size);
        const outputs = part.map((track) => track.pending[kind].get(frame.index)!);
        const memories = await rememberObjects(this.#model, features, outputs, { prompted: true });
        for (const [index, { object }] of part.entries()) {
          const memory = memories[index]!;
          const track = this.#known(object);
          this.#put({
            ...track,
            pending: withOutput(track.pending, kind, frame.index, { ...outputs[index]!, memory }),
          });
          this.#options.onEvent?.({
            kind: "remembered",
            frame: frame.index,
            object,
            of: "prompt",
            memory,
          });
        }
      }
    }
  }

  async #featuresOf(frame: VideoFrame): Promise<Features> {
    if (this.#latest?.frame.index === frame.index) return this.#latest.features;
    // The features about to go are the last chance to remember prompts on their frame.
    if (this.#latest !== null)
      await this.#rememberPrompts(this.#latest.frame, this.#latest.features);
    const features = await encodeFrame(this.#model, frame.picture);
    this.#latest = { frame, features };
    return features;
  }

  async #attend(
    features: Features,
    bank: MemoryBank,
    choice: MemoryChoice | null,
  ): Promise<Features> {
    if (choice === null || choice.memories.length === 0)
      return attendToNothing(this.#model, features);
    return attendToMemories(this.#model, features, [{ bank, choice }]);
  }

  #choose(track: ObjectTrack, frame: VideoFrame, direction: Direction): MemoryChoice {
    return this.#options.policy.choose(this.#view(track.bank, frame, direction));
  }

  #view(bank: MemoryBank, frame: VideoFrame, direction: Direction) {
    const { frameCount } = this.#options;
    const { memory } = this.#model.configuration;
    return { bank, frame: frame.index, direction, shot: frame.shot ?? null, frameCount, memory };
  }

  #placeOf(track: ObjectTrack, frame: number) {
    const firstVisit = !track.visited.has(frame);
    const direction = track.visited.get(frame) ?? "forward";
    const conditions = this.#options.policy.conditions(
      { firstVisit },
      this.#model.configuration.rules,
    );
    const kind: keyof MemoryBank = conditions ? "conditioning" : "tracked";
    return { firstVisit, direction, kind };
  }

  #answer(
    frame: FrameIndex,
    kind: keyof MemoryBank,
    extra: {
      readonly resting?: ReadonlySet<number>;
      readonly collisions?: readonly Collision[];
    } = {},
  ): FrameAnswer {
    const pixels = (this.#side / 4) ** 2;
    const objects = [...this.#objects.values()].map((track): ObjectAnswer => {
      const { object } = track;
      if (extra.resting?.has(object)) return absentAnswer(object, "resting", pixels);
      const output = shownOn(track, frame, kind);
      if (output === undefined) return absentAnswer(object, "unknown", pixels);
      const { logits, score, quality } = output;
      return {
        object,
        logits,
        score,
        quality,
        state: track.prompts.has(frame) ? "prompted" : "tracked",
      };
    });
    return { frame, objects, collisions: extra.collisions ?? [] };
  }

  #tell(
    frame: VideoFrame,
    object: number,
    what: Omit<Extract<SessionEvent, { kind: "decided" }>, "kind" | "frame" | "object">,
  ): void {
    this.#options.onEvent?.({ kind: "decided", frame: frame.index, object, ...what });
  }

  #newTrack(object: number): ObjectTrack {
    if (!Number.isInteger(object) || object < 1) {
      throw new EngineError("prompt-invalid", `Objects are numbered 1, 2, 3, … (got ${object}).`);
    }
    if (this.#objects.size >= OBJECTS_MAX) {
      throw new EngineError("prompt-invalid", `A session follows at most ${OBJECTS_MAX} objects.`);
    }
    return emptyTrack(object);
  }

  #known(object: number): ObjectTrack {
    const track = this.#objects.get(object);
    if (track === undefined)
      throw new EngineError("prompt-invalid", `There is no object ${object} in this session.`);
    return track;
  }

  #put(track: ObjectTrack): void {
    this.#objects.set(track.object, track);
  }

  #checkFrame({ index, picture }: VideoFrame): void {
    const { frameSize, frameCount } = this.#options;
    if (index < 0 || (frameCount !== null && index >= frameCount)) {
      throw new EngineError(
        "frame-invalid",
        `Frame ${index} is outside the video (0–${(frameCount ?? 0) - 1}).`,
      );
    }
    if (picture.size.width !== frameSize.width || picture.size.height !== frameSize.height) {
      const sizes = `${picture.size.width}×${picture.size.height}, the video ${frameSize.width}×${frameSize.height}`;
      throw new EngineError(
        "frame-invalid",
        `Frame ${index} is ${sizes}: all frames need one size.`,
      );
    }
  }

  get #side(): number {
    return this.#model.configuration.imageSize;
  }
}
