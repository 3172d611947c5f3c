// Running a video flow of the reference through our session, and comparing call by call.
import type { FrameIndex, Mask, Picture, Size } from "@masklet/vision";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { Tensor } from "../network.ts";
import { referencePolicy } from "../policy/reference.ts";
import type { SessionEvent } from "../session-options.ts";
import type { TrackingModel } from "../tracking-model.ts";
import { answerLogits, type FrameAnswer } from "../video-answer.ts";
import { VideoSession } from "../video-predictor.ts";
import {
  compareDecision,
  compareTensor,
  complain,
  type Findings,
  newFindings,
  toleranceOf,
} from "./findings.ts";
import type { FlowStep, RecordedCall, RecordedStatistics, VideoFlow } from "./flows.ts";
import { type Decided, decisionTensors, memoryTensors } from "./our-tensors.ts";
import { closeCallsOf, slackOf, stack, statisticsOf } from "./planes.ts";
import { type RecordingGraphs, recordingGraphs } from "./recording.ts";

/** Where a flow's pictures and masks come from. */
export interface FlowMedia {
  readonly frameSize: Size;
  frame(index: number): Promise<Picture>;
  mask(name: string): Promise<Mask>;
}

/** What the network did for one object on one frame, in our words. */
interface OurCall {
  readonly decided: Decided | null;
  readonly tensors: Map<string, Tensor>;
}

/** Runs the flow step by step under the reference policy. Differences are findings, not errors. */
export async function verifyVideoFlow(
  flow: VideoFlow,
  model: TrackingModel,
  media: FlowMedia,
  reference: Checkpoint,
): Promise<Findings> {
  return new FlowRun(flow, model, media, reference).run();
}

class FlowRun {
  readonly #flow: VideoFlow;
  readonly #media: FlowMedia;
  readonly #reference: Checkpoint;
  readonly #findings: Findings;
  readonly #graphs: RecordingGraphs;
  readonly #model: TrackingModel;
  #session: VideoSession;
  /** Calls of the present step, by "frame/object". */
  readonly #calls = new Map<string, OurCall>();
  /** Memories of prompts, made when their frame is left or tracking starts: the reference does the latter. */
  readonly #promptMemories = new Map<string, Map<string, Tensor>>();
  readonly #inputs = new Map<number, Tensor>();
  readonly #compared = new Set<string>();

  constructor(flow: VideoFlow, model: TrackingModel, media: FlowMedia, reference: Checkpoint) {
    this.#flow = flow;
    this.#media = media;
    this.#reference = reference;
    this.#findings = newFindings(flow.name);
    this.#graphs = recordingGraphs(model.graphs);
    this.#model = { ...model, graphs: this.#graphs };
    this.#session = this.#newSession();
  }

  async run(): Promise<Findings> {
    for (const step of this.#flow.steps) {
      this.#calls.clear();
      await this.#runStep(step);
      this.#compareCalls(step);
      await this.#compareBanks(step);
    }
    this.#compareInputs();
    for (const key of this.#reference.entries.keys()) {
      if (key.startsWith(`${this.#flow.name}/`) && !this.#compared.has(key))
        complain(this.#findings, `${key}: nothing of ours to compare`);
    }
    return this.#findings;
  }

  #newSession(): VideoSession {
    return new VideoSession(this.#model, {
      policy: referencePolicy,
      frameSize: this.#media.frameSize,
      frameCount: this.#flow.num_frames,
      history: "all",
      batch: 1, // so that each graph run belongs to one object
      onEvent: (event) => this.#hear(event),
    });
  }

  async #frame(index: number) {
    return { index: index as FrameIndex, picture: await this.#media.frame(index) };
  }

  async #runStep(step: FlowStep): Promise<void> {
    switch (step.op) {
      case "add_points_or_box":
        return this.#compareAnswer(step, await this.#addPoints(step), step);
      case "add_mask": {
        const frame = await this.#frame(step.frame!);
        const mask = await this.#media.mask(step.mask!);
        return this.#compareAnswer(
          step,
          await this.#session.addMask({ object: step.obj!, frame, mask }),
          step,
        );
      }
      case "clear_prompts":
        return this.#compareAnswer(
          step,
          this.#session.removePrompts(step.obj!, step.frame! as FrameIndex),
          step,
        );
      case "remove_object": {
        const updated = this.#session.removeObject(step.obj!);
        if (step.updated_frames) {
          const ours = [...updated].sort((a, b) => a - b);
          compareDecision(this.#findings, `${step.tensor_prefix} updated frames`, {
            ours,
            theirs: step.updated_frames,
          });
        }
        return this.#compareObjects(step);
      }
      case "reset":
        return this.#session.reset();
      case "propagate":
        return this.#propagate(step);
      default:
        complain(this.#findings, `${step.tensor_prefix}: the step ${step.op} is unknown`);
    }
  }

  async #addPoints(step: FlowStep): Promise<FrameAnswer> {
    const { width, height } =
      step.normalize_coords === false ? { width: 1, height: 1 } : this.#media.frameSize;
    // The session takes frame pixels; unit coordinates are scaled here as the reference scales them there.
    const { frameSize } = this.#media;
    const at = (x: number, y: number) => ({
      x: (x / width) * frameSize.width,
      y: (y / height) * frameSize.height,
    });
    const points = step.points ?? [];
    return this.#session.addPoints({
      object: step.obj!,
      frame: await this.#frame(step.frame!),
      clicks: points.map(([x, y], index) => ({
        at: at(x, y),
        sign: step.labels![index] === 1 ? "include" : "exclude",
      })),
      ...(step.box && {
        box: { from: at(step.box[0], step.box[1]), to: at(step.box[2], step.box[3]) },
      }),
      earlier: step.clear_old_points === false ? "keep" : "replace",
    });
  }

  async #propagate(step: FlowStep): Promise<void> {
    const { start, last, direction } = this.#span(step);
    const numbers = direction === "forward" ? range(start, last) : range(last, start).reverse();
    // The reference skips a backward pass that starts on frame 0.
    const order = direction === "backward" && start === 0 ? [] : numbers;
    const answers: FrameAnswer[] = [];
    const frame = (index: number) => this.#frame(index);
    const frames = (async function* () {
      for (const index of order) yield await frame(index);
    })();
    for await (const answer of this.#session.track(frames, { direction })) {
      answers.push(answer);
      const result = step.results?.find((candidate) => candidate.frame === answer.frame);
      if (result) this.#compareAnswer(step, answer, result);
    }
    const ours = answers.map((answer) => answer.frame);
    compareDecision(this.#findings, `${step.tensor_prefix} frames`, {
      ours,
      theirs: step.results?.map((result) => result.frame) ?? ours,
    });
  }

  /** `max_frames` n gives n + 1 frames, as in the reference. Source: `propagate_in_video`. */
  #span(step: FlowStep) {
    const count = this.#flow.num_frames;
    const start = step.start ?? this.#session.conditioningFrames[0] ?? 0;
    const max = step.max_frames ?? count;
    if (step.reverse)
      return { start, last: Math.max(start - max, 0), direction: "backward" as const };
    return { start, last: Math.min(start + max, count - 1), direction: "forward" as const };
  }

  #hear(event: SessionEvent): void {
    const key = `${event.frame}/${event.object}`;
    const { last } = this.#graphs;
    const input = last.get("encode")?.inputs.picture;
    if (input && !this.#inputs.has(event.frame)) {
      this.#inputs.set(event.frame, { shape: input.shape.slice(1), data: input.data });
    }
    if (event.kind === "decided") {
      this.#calls.set(key, {
        decided: event,
        tensors: decisionTensors(event, this.#graphs, this.#model.configuration.rules),
      });
      return;
    }
    const tensors = memoryTensors(event.memory, this.#graphs);
    if (event.of === "prompt") this.#promptMemories.set(key, tensors);
    else for (const [name, tensor] of tensors) this.#calls.get(key)?.tensors.set(name, tensor);
  }

  #compareCalls(step: FlowStep): void {
    if (step.calls === undefined) return;
    const expected = step.calls
      .filter((call) => !call.preflight_memory)
      .map((call) => `${call.frame}/${call.obj}`);
    compareDecision(this.#findings, `${step.tensor_prefix} calls`, {
      ours: [...this.#calls.keys()].sort(),
      theirs: expected.sort(),
    });
    for (const call of step.calls) {
      const key = `${call.frame}/${call.obj}`;
      const place = `f${call.frame}/o${call.obj}/`;
      if (call.preflight_memory) {
        const tensors = this.#promptMemories.get(key);
        this.#promptMemories.delete(key);
        if (tensors === undefined)
          complain(this.#findings, `${step.tensor_prefix}preflight/${place}: no memory was made`);
        else this.#compareTensors(`${step.tensor_prefix}preflight/${place}`, tensors, call);
        continue;
      }
      const ours = this.#calls.get(key);
      if (ours === undefined) continue;
      this.#compareCall(`${step.tensor_prefix}${place}`, ours, call);
    }
  }

  #compareCall(prefix: string, { decided, tensors }: OurCall, call: RecordedCall): void {
    const { choice, points, decision, promptLogits } = decided!;
    const check = (what: string, ours: unknown, theirs: unknown) => {
      if (theirs !== undefined)
        compareDecision(this.#findings, `${prefix} ${what}`, { ours, theirs });
    };
    check("multimask", decision.several, call.multimask_output);
    check("points", points, call.num_points);
    check("mask input", promptLogits !== null || decision.chosen === null, call.mask_input);
    if (call.memory_bank !== undefined) {
      const bank = call.memory_bank;
      check(
        "memories",
        choice?.memories.map(({ frame, row }) => [frame, row]) ?? null,
        bank?.spatial.map(({ frame, tpos_row }) => [frame, tpos_row]) ?? null,
      );
      const withDistance = bank?.pointers.some(({ pos }) => pos !== undefined) ?? false;
      const ours = choice?.pointers.map(({ frame, distance }) =>
        withDistance ? [frame, distance] : [frame],
      );
      const theirs = bank?.pointers.map(({ frame, pos }) =>
        withDistance ? [frame, pos] : [frame],
      );
      check("pointers", ours ?? null, theirs ?? null);
    }
    this.#compareChoice(prefix, decided!);
    this.#compareTensors(prefix, tensors, call);
  }

  /** The mask that was chosen and whether the object is in view, from the reference's own numbers. */
  #compareChoice(prefix: string, { decision }: Decided): void {
    const { decision_margins: margins = {} } = this.#flow;
    const quality = this.#referenceTensor(`${prefix}decoder.iou4`);
    if (quality && decision.chosen !== null) {
      const [, ...three] = quality.data;
      const best = 1 + three.indexOf(Math.max(...three));
      const stability = this.#referenceTensor(`${prefix}decoder.stability`)?.data[0];
      const threshold = this.#model.configuration.rules.stability?.threshold;
      const isStable =
        stability !== undefined && threshold !== undefined && stability >= Math.fround(threshold);
      const single = threshold === undefined || isStable ? 0 : best;
      const theirs = decision.several ? best : single;
      const gap = margins.iou_top2_gap ?? Number.POSITIVE_INFINITY;
      const distance = margins.abs_stability_minus_threshold ?? Number.POSITIVE_INFINITY;
      const isClose =
        (theirs !== 0 && gap < this.#decisionNoise("decoder.iou4")) ||
        (!decision.several && distance < this.#decisionNoise("decoder.stability"));
      compareDecision(this.#findings, `${prefix} chosen mask`, {
        ours: decision.chosen,
        theirs,
        isClose,
      });
    }
    const score = this.#referenceTensor(`${prefix}object_score`)?.data[0];
    if (score === undefined) return;
    const isClose = Math.abs(score) < this.#decisionNoise("object_score");
    compareDecision(this.#findings, `${prefix} in view`, {
      ours: decision.output.score > 0,
      theirs: score > 0,
      isClose,
    });
  }

  #compareTensors(prefix: string, tensors: ReadonlyMap<string, Tensor>, call: RecordedCall): void {
    for (const key of this.#reference.entries.keys()) {
      if (!key.startsWith(prefix)) continue;
      const name = key.slice(prefix.length);
      if (name.includes("/")) continue;
      this.#compare(key, tensors.get(name) ?? tensors.get(name.replace(/_sub\d+$/, "")));
    }
    this.#compareStatistics(`${prefix}low_res`, tensors.get("low_res"), call.low_res_stats);
    this.#compareStatistics(
      `${prefix}memory_encoder.mask_in`,
      tensors.get("memory_encoder.mask_in"),
      call.memory_encoder_mask,
    );
  }

  #compare(key: string, ours: Tensor | undefined, closeCalls?: Tensor): void {
    if (this.#compared.has(key)) return;
    this.#compared.add(key);
    if (ours === undefined) {
      complain(this.#findings, `${key}: nothing of ours to compare`);
      return;
    }
    const reference = this.#reference.read(key);
    compareTensor(this.#findings, key, { ours, reference, closeCalls }, this.#flow.noise);
  }

  /** Minimum, maximum and mean of whole tensors, recorded for every call. */
  #compareStatistics(
    key: string,
    ours: Tensor | undefined,
    recorded: RecordedStatistics | undefined,
  ): void {
    if (ours === undefined || recorded === undefined) return;
    const tolerance = toleranceOf(this.#flow.noise, key.slice(key.lastIndexOf("/") + 1));
    const { min, max, mean, positive, unsure } = statisticsOf(ours.data, tolerance);
    const pairs = [
      [min, recorded.min],
      [max, recorded.max],
      [mean, recorded.mean],
    ] as const;
    for (const [our, their] of pairs) {
      if (!(Math.abs(our - their) <= tolerance))
        complain(this.#findings, `${key}: statistics ${our} instead of ${their}`);
    }
    if (recorded.positive_fraction === undefined) return;
    this.#comparePositive(
      key,
      { positive, unsure, pixels: ours.data.length },
      recorded.positive_fraction,
    );
  }

  #comparePositive(
    key: string,
    ours: { positive: number; unsure: number; pixels: number },
    theirs: number,
  ): void {
    this.#findings.masks++;
    // Shares are recorded in float32: half a pixel is the nearest they can be told apart.
    if (Math.abs(ours.positive - theirs) <= ours.unsure + 0.5 / ours.pixels) return;
    this.#findings.masksUnequal++;
    complain(this.#findings, `${key}: share of the mask ${ours.positive} instead of ${theirs}`);
  }

  #compareAnswer(
    step: FlowStep,
    answer: FrameAnswer,
    recorded: {
      readonly obj_ids?: readonly number[];
      readonly video_positive_fraction?: readonly number[];
      readonly video_mean?: readonly number[];
    },
  ): void {
    const key = `${step.tensor_prefix}f${answer.frame}/video_logits`;
    const ours = answer.objects.map(({ object }) => object);
    if (recorded.obj_ids)
      compareDecision(this.#findings, `${key} objects`, { ours, theirs: recorded.obj_ids });
    const { frameSize } = this.#media;
    const overlap = this.#model.configuration.rules.nonOverlap ? "removed" : "kept";
    const planes = answerLogits(answer, { size: frameSize, overlap });
    const raw = answerLogits(answer, { size: frameSize, overlap: "kept" });
    const calls =
      overlap === "removed"
        ? closeCallsOf(planes, raw, toleranceOf(this.#flow.noise, "video_logits"))
        : planes;
    const tolerance = toleranceOf(this.#flow.noise, "video_logits");
    for (const [index, plane] of planes.entries()) {
      const { mean, positive, unsure } = statisticsOf(plane, tolerance);
      const slack = slackOf(plane, calls[index]!);
      const share = recorded.video_positive_fraction?.[index];
      const place = `${key} of object ${ours[index]}`;
      if (share !== undefined)
        this.#comparePositive(
          place,
          { positive, unsure: unsure + slack.share, pixels: plane.length },
          share,
        );
      const theirMean = recorded.video_mean?.[index];
      if (theirMean !== undefined && !(Math.abs(mean - theirMean) <= tolerance + slack.mean)) {
        complain(this.#findings, `${place}: mean ${mean} instead of ${theirMean}`);
      }
    }
    const stacked = { ours: stack(planes, frameSize), closeCalls: stack(calls, frameSize) };
    for (const name of this.#reference.entries.keys()) {
      if (name === key || (name.startsWith(`${key}_sub`) && /_sub\d+$/.test(name)))
        this.#compare(name, stacked.ours, stacked.closeCalls);
    }
  }

  #compareObjects(step: FlowStep): void {
    if (step.obj_ids === undefined) return;
    compareDecision(this.#findings, `${step.tensor_prefix} objects`, {
      ours: this.#session.objects,
      theirs: step.obj_ids,
    });
  }

  async #compareBanks(step: FlowStep): Promise<void> {
    if (step.bank_after === undefined) return;
    const ours: Record<string, unknown> = {};
    for (const { object, bank } of this.#session.tracks) {
      ours[object] = { cond: [...bank.conditioning.keys()], non_cond: [...bank.tracked.keys()] };
    }
    compareDecision(this.#findings, `${step.tensor_prefix} bank after`, {
      ours,
      theirs: step.bank_after,
    });
  }

  /** What the network saw of the frames: `<flow>/input/frame<N>`. */
  #compareInputs(): void {
    const prefix = `${this.#flow.name}/input/frame`;
    for (const key of this.#reference.entries.keys()) {
      if (key.startsWith(prefix))
        this.#compare(key, this.#inputs.get(Number.parseInt(key.slice(prefix.length), 10)));
    }
  }

  /** Ten times the recorded noise, without the floor of tolerances: under it a decision may fall either way. */
  #decisionNoise(name: string): number {
    return DECISION_NOISE * (this.#flow.noise[name]?.max_abs_change ?? 0);
  }

  #referenceTensor(key: string): Tensor | undefined {
    return this.#reference.entries.has(key) ? this.#reference.read(key) : undefined;
  }
}

/** A decision may fall either way when the reference was nearer to the other than this times the noise. */
const DECISION_NOISE = 10;

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}
