// The engine behind the port: its sessions, answers and clicks in the workbench's words.
import {
  answerLogits,
  answerMasks,
  automaticMasks,
  type Click as EngineClick,
  type FrameAnswer as EngineFrameAnswer,
  encodePicture,
  type MaskCandidate,
  maskletPolicy,
  referencePolicy,
  segmentPicture,
  type TrackingModel,
  type VideoFrame,
  VideoSession,
} from "@masklet/engine";
import type { Frame } from "@masklet/video";
import { bitmapFromMask, emptyMask, type Picture, type Size } from "@masklet/vision";
import { WorkbenchError } from "./errors.ts";
import type {
  Answer,
  FrameAnswer,
  FrameSource,
  MarksHint,
  ObjectAnswer,
  PictureSession,
  Provenance,
  Tracker,
  TrackingRules,
  TrackingSession,
} from "./tracker.ts";

/** A loaded model with its name and the digest of its weights, such as `LoadedModel` of `@masklet/engine/node`. */
export interface NamedModel extends TrackingModel {
  readonly name: string;
  readonly fingerprint: string;
  close(): Promise<void>;
}

const policies = { masklet: maskletPolicy, reference: referencePolicy } as const;

const provenances = {
  prompted: "human",
  tracked: "model",
  resting: "cut",
  unknown: "none",
} as const satisfies Record<string, Provenance>;

/** The tracker that runs a model. Closing it closes the model. */
export function trackerOf(model: NamedModel): Tracker {
  return {
    name: model.name,
    digest: model.fingerprint,
    side: model.configuration.imageSize,
    openTracking: async (frames, rules) => trackingSession(model, frames, rules),
    openPicture: (frame) => pictureSession(model, frame),
    close: () => model.close(),
  };
}

function trackingSession(
  model: NamedModel,
  frames: FrameSource,
  rules: TrackingRules,
): TrackingSession {
  const { size, frameCount } = frames;
  const session = new VideoSession(model, {
    policy: policies[rules.policy],
    frameSize: size,
    frameCount,
    history: rules.history ?? "bounded",
  });
  const asVideoFrame = (frame: Frame): VideoFrame => ({
    index: frame.index,
    picture: pictureOf(frame),
    shot: rules.cuts.filter((cut) => cut <= frame.index).length,
  });
  return {
    async prompt(object, frame, hint) {
      const video = asVideoFrame(await frames.frame(frame));
      const answer =
        hint.kind === "mask"
          ? await session.addMask({ object, frame: video, mask: hint.mask })
          : await session.addPoints({
              object,
              frame: video,
              earlier: "replace",
              ...enginePrompt(hint),
            });
      const own = frameAnswer(answer, size).objects.find((each) => each.object === object);
      if (own === undefined) throw new Error(`The session does not know object ${object}.`);
      return own;
    },
    async *track({ from, direction, count, signal }) {
      const source = framesOf(frames.frames({ direction, from, count }), asVideoFrame);
      for await (const answer of session.track(source, { direction, signal })) {
        yield frameAnswer(answer, size);
      }
    },
    async close() {
      session.reset();
    },
  };
}

function pictureOf({ size, rgb }: Frame): Picture {
  return { size, channels: 3, data: rgb };
}

async function* framesOf(
  frames: AsyncIterable<Frame>,
  convert: (frame: Frame) => VideoFrame,
): AsyncGenerator<VideoFrame> {
  for await (const frame of frames) yield convert(frame);
}

function enginePrompt(hint: MarksHint): {
  clicks: EngineClick[];
  box?: { from: Point; to: Point };
} {
  const clicks = hint.clicks.map(({ x, y, sign }) => ({ at: { x, y }, sign }));
  if (hint.box === null) return { clicks };
  const { x0, y0, x1, y1 } = hint.box;
  return { clicks, box: { from: { x: x0, y: y0 }, to: { x: x1, y: y1 } } };
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function frameAnswer(answer: EngineFrameAnswer, size: Size): FrameAnswer {
  const objects = answer.objects.map((own): ObjectAnswer => {
    const alone = { ...answer, objects: [own] };
    const wish = { size, overlap: "kept" } as const;
    const logits = onceOf(
      () => answerLogits(alone, wish)[0] ?? new Float32Array(size.width * size.height),
    );
    return {
      object: own.object,
      mask: answerMasks(alone, wish)[0] ?? emptyMask(size),
      predictedIou: own.quality,
      objectScore: own.score,
      provenance: provenances[own.state],
      logits,
    };
  });
  return { frame: answer.frame, objects };
}

async function pictureSession(model: NamedModel, frame: Frame): Promise<PictureSession> {
  const encoded = await encodePicture(model, pictureOf(frame));
  /** The network's own logits of each answer given, for the question that corrects it. */
  const logitsOf = new WeakMap<Answer, Float32Array>();
  return {
    async segment(hint, previous) {
      const logits = previous === null ? undefined : logitsOf.get(previous);
      const prompt = { ...enginePrompt(hint), ...(logits !== undefined && { logits }) };
      // A single click may mean a part or the whole; more marks say which.
      const ambiguous = previous === null && hint.box === null && hint.clicks.length === 1;
      const kind = ambiguous ? "three" : "one";
      const found = await segmentPicture(model, encoded, prompt, kind);
      return [...found]
        .sort((a, b) => b.quality - a.quality)
        .map((candidate) => {
          const answer = pictureAnswer(candidate);
          logitsOf.set(answer, candidate.logits);
          return answer;
        });
    },
    async segmentAll({ signal, progress }) {
      const found = await automaticMasks(model, pictureOf(frame), {
        signal,
        onProgress: ({ clicks, of }) => progress(clicks, of),
      }).catch((error: unknown) => {
        if (!signal.aborted) throw error;
        throw new WorkbenchError(
          "interrupted",
          "Interrupted before all objects were found; nothing was written.",
        );
      });
      return found.map((each) => pictureAnswer(each));
    },
    async close() {},
  };
}

/** Overlapping masks of a picture compete by their predicted IoU: their logits are not kept at full size. */
function pictureAnswer({ mask, quality }: Pick<MaskCandidate, "mask" | "quality">): Answer {
  return {
    mask,
    predictedIou: quality,
    logits: () =>
      Float32Array.from(bitmapFromMask(mask).data, (inside) => (inside === 0 ? -1 : quality)),
  };
}

function onceOf<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
