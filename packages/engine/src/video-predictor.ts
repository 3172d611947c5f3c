// Sessions on one video: prompts on any frame, tracking either way, corrections, many objects.
import type { FrameIndex, Mask } from "@masklet/vision";
import { asksForSecondLook } from "./configuration/configuration.ts";
import { decidePoints, promptLogitsOf } from "./decide-points.ts";
import { EngineError } from "./errors.ts";
import { type Following, follow, viewOf } from "./follow.ts";
import { attendToNothing, decideGivenMask, encodeFrame, type Features } from "./frame-step.ts";
import {
  type Direction,
  demoted,
  type FrameOutput,
  type MemoryBank,
  withOutput,
} from "./memory/bank.ts";
import type { MemoryChoice } from "./memory/choose.ts";
import { directionOn, withoutVisit, withVisit } from "./memory/visits.ts";
import type { Collision, TrackView } from "./policy/policy.ts";
import type { Search } from "./policy/reacquire.ts";
import { type Click, joinedPoints, modelMask, modelPoints, type PromptBox } from "./prompts.ts";
import { promptsRemembered } from "./remember-prompts.ts";
import { searchForResting } from "./search.ts";
import { type Views, viewsOf } from "./second-look/views.ts";
import { checkFrame, checkIncludes, checkNewObject } from "./session-checks.ts";
import type { SessionEvent, SessionOptions, VideoFrame } from "./session-options.ts";
import { clearedAround, settled } from "./settle.ts";
import type { TrackingModel } from "./tracking-model.ts";
import { type AnswerExtras, type FrameAnswer, frameAnswer } from "./video-answer.ts";
import {
  emptyTrack,
  type ObjectTrack,
  type SessionState,
  type StoredPrompt,
  shownOn,
  without,
} from "./video-session-state.ts";

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

export interface TrackOptions {
  readonly direction: Direction;
  /** Looked at between frames; its reason is thrown. Finished frames stay. */
  readonly signal?: AbortSignal;
}

/** A session on one video. One call at a time; every answer is plain data. */
export class VideoSession {
  readonly #model: TrackingModel;
  readonly #options: SessionOptions;
  #objects: Map<number, ObjectTrack>;
  /** Features of the frame that was last looked at, whole and in part: prompts come in runs on one frame. */
  #latest: {
    readonly frame: VideoFrame;
    readonly features: Features;
    readonly views: Views;
  } | null = null;
  /** Pairs of objects in collision on the frame that was last tracked. */
  #colliding: ReadonlySet<string> = new Set();
  /** How far the search for each resting object is. */
  readonly #searches = new Map<number, Search>();

  constructor(model: TrackingModel, options: SessionOptions, state?: SessionState) {
    this.#model = model;
    this.#options = options;
    this.#objects = new Map(state?.objects);
  }

  /** Everything the session knows, as a value; prompts are settled first so that it can be resumed anywhere. */
  async state(): Promise<SessionState> {
    await this.#rememberPrompts();
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
    checkFrame(frame, this.#options);
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
    if (this.#options.policy.name === "masklet" && before === undefined) {
      checkIncludes(points, { object: prompt.object, frame: frame.index });
    }
    const features = await this.#featuresOf(frame);
    const choice = firstVisit ? null : this.#choose(track, frame, direction);
    const { bank, object } = track;
    const views = this.#looksAgain ? this.#latest!.views : null;
    const asked = { points, frame, features, views, before, bank, choice };
    const decision = await decidePoints(this.#model, asked);
    const told = { choice, points: points.labels.length, promptLogits: promptLogitsOf(before) };
    this.#tell(frame, object, { ...told, decision });
    return this.#putPrompt(object, frame, { kind: "points", points }, decision.output);
  }

  /** A mask of the frame's size as the object's mask on this frame, taken as it is. */
  async addMask({ object, frame, mask }: MaskPrompt): Promise<FrameAnswer> {
    checkFrame(frame, this.#options);
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
      visits: wasConditioning ? withoutVisit(track.visits, frame) : track.visits,
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
    this.#colliding = new Set();
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
    // A run begins anew: the frame before it is another one.
    this.#colliding = new Set();
    this.#searches.clear();
    for await (const frame of frames) {
      signal?.throwIfAborted();
      checkFrame(frame, this.#options);
      yield await this.#trackFrame(frame, direction);
    }
  }

  async #trackFrame(frame: VideoFrame, direction: Direction): Promise<FrameAnswer> {
    const { policy } = this.#options;
    const resting = new Map<number, ObjectTrack>();
    const following: ObjectTrack[] = [];
    for (const before of this.#objects.values()) {
      const track = { ...before, visits: withVisit(before.visits, frame.index, direction) };
      if (track.bank.conditioning.has(frame.index)) {
        this.#put({
          ...track,
          bank: clearedAround(track.bank, frame.index, this.#model.configuration),
        });
      } else if (!track.carries && policy.rests(this.#view(track, frame, direction))) {
        resting.set(track.object, track);
      } else {
        following.push(track);
      }
    }
    const found = await searchForResting([...resting.values()], {
      searches: this.#searches,
      shot: frame.shot ?? null,
      policy,
      following: () => this.#following(frame, direction),
    });
    for (const track of found) {
      resting.delete(track.object);
      following.push(track);
    }
    const collisions = await this.#follow(frame, direction, following);
    const answer = this.#answer(frame.index, "tracked", { resting, collisions });
    if (this.#options.history === "bounded") {
      for (const track of this.#objects.values()) {
        this.#put({
          ...track,
          bank: policy.pruned(track.bank, this.#view(track, frame, direction)),
        });
      }
    }
    return answer;
  }

  async #following(frame: VideoFrame, direction: Direction): Promise<Following> {
    return {
      model: this.#model,
      options: this.#options,
      frame,
      direction,
      features: await this.#featuresOf(frame),
      all: [...this.#objects.values()],
      colliding: this.#colliding,
    };
  }

  async #follow(
    frame: VideoFrame,
    direction: Direction,
    tracks: readonly ObjectTrack[],
  ): Promise<readonly Collision[]> {
    if (tracks.length === 0) return [];
    const followed = await follow(tracks, await this.#following(frame, direction));
    for (const track of followed.tracks) this.#put(track);
    this.#colliding = followed.colliding;
    return followed.collisions;
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

  /** Moves waiting outputs into the banks, remembered. */
  async #settle(): Promise<void> {
    if (this.#objects.size === 0) {
      throw new EngineError("prompt-invalid", "There is nothing to track: no object has a prompt.");
    }
    await this.#rememberPrompts();
    for (const track of this.#objects.values()) {
      this.#put(settled(track, this.#options.policy, this.#model.configuration));
    }
  }

  /** Makes the memories of outputs that wait on the latest frame while its features are at hand. */
  async #rememberPrompts(): Promise<void> {
    if (this.#latest === null) return;
    const remembered = await promptsRemembered(this.tracks, {
      ...this.#latest,
      model: this.#model,
      options: this.#options,
    });
    for (const track of remembered) this.#put(track);
  }

  async #featuresOf(frame: VideoFrame): Promise<Features> {
    if (this.#latest?.frame.index === frame.index) return this.#latest.features;
    // The features about to go are the last chance to remember prompts on their frame.
    await this.#rememberPrompts();
    const features = await encodeFrame(this.#model, frame.picture);
    const views = viewsOf(frame.picture, async (part) =>
      attendToNothing(this.#model, await encodeFrame(this.#model, part)),
    );
    this.#latest = { frame, features, views };
    return features;
  }

  #choose(track: ObjectTrack, frame: VideoFrame, direction: Direction): MemoryChoice {
    return this.#options.policy.choose(this.#view(track, frame, direction));
  }

  #view(track: ObjectTrack, frame: VideoFrame, direction: Direction): TrackView {
    const { configuration } = this.#model;
    return viewOf(track, { frame, direction, options: this.#options, configuration });
  }

  #placeOf(track: ObjectTrack, frame: number) {
    const before = directionOn(track.visits, frame);
    const firstVisit = before === undefined;
    const direction = before ?? "forward";
    const conditions = this.#options.policy.conditions(
      { firstVisit },
      this.#model.configuration.rules,
    );
    const kind: keyof MemoryBank = conditions ? "conditioning" : "tracked";
    return { firstVisit, direction, kind };
  }

  #answer(frame: FrameIndex, kind: keyof MemoryBank, extra: AnswerExtras = {}): FrameAnswer {
    return frameAnswer(this.tracks, { frame, kind, pixels: (this.#side / 4) ** 2, ...extra });
  }

  #tell(
    frame: VideoFrame,
    object: number,
    what: Omit<Extract<SessionEvent, { kind: "decided" }>, "kind" | "frame" | "object">,
  ): void {
    this.#options.onEvent?.({ kind: "decided", frame: frame.index, object, ...what });
  }

  #newTrack(object: number): ObjectTrack {
    checkNewObject(object, this.#objects.size);
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

  get #looksAgain(): boolean {
    return this.#options.policy.looksAgain && asksForSecondLook(this.#model.configuration);
  }

  get #side(): number {
    return this.#model.configuration.imageSize;
  }
}
