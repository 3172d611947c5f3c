// Single pictures: encode once, then ask for masks as often as you like.
import {
  type Mask,
  maskFromSmallLogits,
  type Picture,
  pictureTensor,
  resizeBilinear,
  type Size,
} from "@masklet/vision";
import {
  asksForNearParts,
  asksForSecondLook,
  calibratedQuality,
  normalisationOf,
} from "./configuration/configuration.ts";
import { EngineError } from "./errors.ts";
import { attendToNothing, clampedLogits, type Features } from "./frame-step.ts";
import { singleMask } from "./mask-choice.ts";
import { partsPointedAt } from "./near-parts.ts";
import type { Tensors } from "./network.ts";
import { type Click, type ModelPoints, modelPoints, type PromptBox } from "./prompts.ts";
import { lookAgain } from "./second-look/look.ts";
import { planeOf } from "./second-look/region.ts";
import { type Views, viewsOf } from "./second-look/views.ts";
import type { TrackingModel } from "./tracking-model.ts";

/** A picture's features, ready for prompts, and views of it where the network asks for a second look. */
export interface EncodedPicture {
  readonly size: Size;
  readonly features: Features;
  readonly views: Views | null;
}

/** What the person says of one object. At least one of the parts. */
export interface PicturePrompt {
  readonly clicks?: readonly Click[];
  readonly box?: PromptBox;
  /** Logits of an earlier answer for this picture (`MaskCandidate.logits`). */
  readonly logits?: Float32Array;
}

/** How many masks to answer with: three for an ambiguous prompt, or one. */
export type AnswerKind = "three" | "one";

/** One answer. */
export interface MaskCandidate {
  readonly mask: Mask;
  /** The network's own estimate of the mask's IoU, 0…1. */
  readonly quality: number;
  /** Logits S/4 × S/4 (S × S after a second look), clamped to ±32: a prompt for the next question. */
  readonly logits: Float32Array;
}

/** Runs the encoder. The picture is squashed to the network's square with smoothing. */
export async function encodePicture(
  model: TrackingModel,
  picture: Picture,
): Promise<EncodedPicture> {
  const encode = (part: Picture) => pictureFeatures(model, part);
  const views = asksForSecondLook(model.configuration) ? viewsOf(picture, encode) : null;
  return { size: picture.size, features: await encode(picture), views };
}

async function pictureFeatures(model: TrackingModel, picture: Picture): Promise<Features> {
  const side = model.configuration.imageSize;
  const normalisation = normalisationOf(model.configuration);
  const data = pictureTensor(picture, { side, resampler: "picture", normalisation });
  const encoded = await model.graphs.run("encode", {
    picture: { shape: [1, 3, side, side], data },
  });
  const { fine, middle, coarse } = encoded;
  return attendToNothing(model, { fine: fine!, middle: middle!, coarse: coarse! });
}

/**
 * Masks for one object. Three come in the network's own order (usually part, whole, more than the object) with their
 * qualities; one is the single mask, or the best of three where the single one is unstable. Where the network asks for a
 * second look, up to three answers of all views come instead, the best first.
 * Source: `sam2_image_predictor.py`, `_predict`. Throws EngineError prompt-invalid.
 */
export async function segmentPicture(
  model: TrackingModel,
  picture: EncodedPicture,
  prompt: PicturePrompt,
  answer: AnswerKind,
): Promise<readonly MaskCandidate[]> {
  if (picture.views !== null) {
    return looksAt(model, { ...picture, views: picture.views }, prompt, answer);
  }
  const [candidates] = await decodePrompts(model, picture, [prompt], answer);
  return candidates!.map((candidate) => {
    const logits = keptNear(candidate.logits, model, picture.size, prompt);
    return finished({ ...candidate, logits }, model, picture.size);
  });
}

/** The logits without parts far from what is pointed at, where the network asks for that. */
function keptNear(
  logits: Float32Array,
  { configuration }: TrackingModel,
  frame: Size,
  prompt: PicturePrompt,
): Float32Array {
  if (!asksForNearParts(configuration)) return logits;
  const { imageSize } = configuration;
  const points = pointsOf(prompt, frame, imageSize);
  const before = prompt.logits === undefined ? null : planeOf(prompt.logits);
  return partsPointedAt(logits, { points, before, imageSize });
}

/** Answers of all views, the best first; they are at most as sure of themselves as the one before. */
async function looksAt(
  model: TrackingModel,
  { size, features, views }: EncodedPicture & { readonly views: Views },
  prompt: PicturePrompt,
  answer: AnswerKind,
): Promise<readonly MaskCandidate[]> {
  const side = model.configuration.imageSize;
  const points = pointsOf(prompt, size, side);
  const before = prompt.logits === undefined ? null : planeOf(prompt.logits);
  const looks = await lookAgain(model, { points, before, features, views });
  let least = 1;
  return looks.slice(0, answer === "one" ? 1 : looks.length).map(({ detail, quality }) => {
    least = Math.min(least, quality);
    const mask = maskFromSmallLogits(detail, { from: { width: side, height: side }, to: size });
    return { mask, quality: least, logits: clampedLogits(detail) };
  });
}

/**
 * Masks for many objects of one picture in one run: an answer for each prompt. All prompts of a batch have equally many
 * points, and all or none have logits. Throws EngineError prompt-invalid.
 */
export async function segmentBatch(
  model: TrackingModel,
  picture: EncodedPicture,
  prompts: readonly PicturePrompt[],
  answer: AnswerKind,
): Promise<readonly (readonly MaskCandidate[])[]> {
  const raw = await decodePrompts(model, picture, prompts, answer);
  return raw.map((candidates) =>
    candidates.map((candidate) => finished(candidate, model, picture.size)),
  );
}

/** An answer before it is brought to the picture's size. */
export interface RawCandidate {
  /** Logits S/4 × S/4 as the decoder gave them. */
  readonly logits: Float32Array;
  readonly quality: number;
}

/** As `segmentBatch`, without masks of the picture's size: for callers that throw most answers away. */
export async function decodePrompts(
  model: TrackingModel,
  picture: EncodedPicture,
  prompts: readonly PicturePrompt[],
  answer: AnswerKind,
): Promise<readonly (readonly RawCandidate[])[]> {
  const side = model.configuration.imageSize;
  const inputs = promptInputs(prompts, picture.size, side);
  const outputs = await model.graphs.run("decode", { ...picture.features, ...inputs }, [
    "masks",
    "quality",
  ]);
  const masks = outputs.masks!.data;
  const pixels = (side / 4) ** 2;
  return prompts.map((_, object) => {
    const quality = outputs.quality!.data.subarray(4 * object, 4 * object + 4);
    const logitsOf = (mask: number) =>
      masks.subarray((4 * object + mask) * pixels, (4 * object + mask + 1) * pixels);
    const single = () => singleMask(quality, logitsOf(0), model.configuration.rules.stability);
    const chosen = answer === "three" ? [1, 2, 3] : [single()];
    return chosen.map((mask) => ({
      logits: logitsOf(mask),
      quality: calibratedQuality(quality[mask]!, model.configuration),
    }));
  });
}

function finished(
  { logits, quality }: RawCandidate,
  model: TrackingModel,
  size: Size,
): MaskCandidate {
  const side = model.configuration.imageSize / 4;
  const mask = maskFromSmallLogits(logits, { from: { width: side, height: side }, to: size });
  return { mask, quality, logits: clampedLogits(logits) };
}

/** Logits S/4 × S/4 at the picture's size. */
export function enlargedLogits(
  logits: Float32Array,
  model: TrackingModel,
  size: Size,
): Float32Array {
  const side = model.configuration.imageSize / 4;
  return resizeBilinear(logits, { from: { width: side, height: side }, to: size });
}

/**
 * Points [B, P, 2] closed by one padding point where there are any; a prompt of logits alone has no point at all.
 * Source: `prompt_encoder.py`, `_embed_points`.
 */
function promptInputs(prompts: readonly PicturePrompt[], frame: Size, side: number): Tensors {
  const points = prompts.map((prompt) => pointsOf(prompt, frame, side));
  const count = points[0]?.labels.length ?? 0;
  const masked = prompts.filter(({ logits }) => logits !== undefined).length;
  if (
    points.some(({ labels }) => labels.length !== count) ||
    (masked !== 0 && masked !== prompts.length)
  ) {
    throw new EngineError(
      "prompt-invalid",
      "Prompts of one batch must be of one kind: equally many points, and all or none with logits.",
    );
  }
  const tokens = count === 0 ? 0 : count + 1;
  const coordinates = new Float32Array(prompts.length * tokens * 2);
  const labels = new Float32Array(prompts.length * tokens).fill(-1);
  for (const [object, of] of points.entries()) {
    coordinates.set(of.coordinates, object * tokens * 2);
    labels.set(of.labels, object * tokens);
  }
  return {
    points: { shape: [prompts.length, tokens, 2], data: coordinates },
    labels: { shape: [prompts.length, tokens], data: labels },
    ...(masked > 0 && maskInputs(prompts, side / 4)),
  };
}

function pointsOf({ clicks, box, logits }: PicturePrompt, frame: Size, side: number): ModelPoints {
  if (clicks === undefined && box === undefined && logits !== undefined) {
    return { coordinates: new Float32Array(0), labels: new Float32Array(0) };
  }
  return modelPoints({ ...(clicks && { clicks }), ...(box && { box }) }, { frame, side });
}

function maskInputs(prompts: readonly PicturePrompt[], side: number): Tensors {
  const data = new Float32Array(prompts.length * side * side);
  for (const [object, { logits }] of prompts.entries()) {
    if (logits!.length !== side * side) {
      throw new EngineError(
        "prompt-invalid",
        `Logits of ${logits!.length} values do not belong to this network: it takes ${side} × ${side}.`,
      );
    }
    data.set(clampedLogits(logits!), object * side * side);
  }
  return {
    mask: { shape: [prompts.length, 1, side, side], data },
    mask_given: { shape: [prompts.length], data: new Float32Array(prompts.length).fill(1) },
  };
}
