// Picture prompts of the reference: encoder, decoder and answers, compared with ours.
import { type Picture, pictureTensor, resizeBilinear, type Size } from "@masklet/vision";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { normalisationOf } from "../configuration/configuration.ts";
import { attendToNothing, clampedLogits, type Features } from "../frame-step.ts";
import { bestOfThree, singleMask, stabilityOf } from "../mask-choice.ts";
import type { Tensor, Tensors } from "../network.ts";
import { modelPoints } from "../prompts.ts";
import type { TrackingModel } from "../tracking-model.ts";
import {
  compareDecision,
  compareTensor,
  complain,
  type Findings,
  newFindings,
} from "./findings.ts";
import type { ImageFlow, ImageFlows } from "./flows.ts";

/** An answer that later flows may take as their mask prompt. */
interface Answer {
  /** Clamped logits [S/4, S/4] of each returned mask. */
  readonly lowResolution: readonly Float32Array[];
}

/** Encodes the picture once and runs every prompt on it: a findings a flow, the encoder's first. */
export async function verifyImageFlows(
  flows: ImageFlows,
  model: TrackingModel,
  picture: Picture,
  reference: Checkpoint,
): Promise<readonly Findings[]> {
  const side = model.configuration.imageSize;
  const normalisation = normalisationOf(model.configuration);
  const data = pictureTensor(picture, { side, resampler: "picture", normalisation });
  const encoded = await model.graphs.run("encode", {
    picture: { shape: [1, 3, side, side], data },
  });
  const decoded = await model.graphs.run("decode", {
    ...levelsOf(encoded),
    ...promptInputs(null, null, side),
  });
  const encoder = newFindings("image/encoder");
  compareAll(encoder, "image/encoder/", { ...decoded, ...encoded }, reference, flows.noise);
  const features = await attendToNothing(model, levelsOf(encoded));
  const answers = new Map<string, Answer>();
  const all = [encoder];
  for (const flow of flows.flows) {
    const { findings, answer } = await verifyImageFlow(flow, flows, {
      model,
      features,
      reference,
      size: picture.size,
      answers,
    });
    answers.set(flow.name, answer);
    all.push(findings);
  }
  return all;
}

interface Scene {
  readonly model: TrackingModel;
  readonly features: Features;
  readonly reference: Checkpoint;
  readonly size: Size;
  readonly answers: ReadonlyMap<string, Answer>;
}

/** Source: `sam2_image_predictor.py`, `_predict`. */
async function verifyImageFlow(flow: ImageFlow, { noise }: ImageFlows, scene: Scene) {
  const { model, features, reference, size } = scene;
  const { configuration } = model;
  const side = configuration.imageSize;
  const findings = newFindings(`image/${flow.name}`);
  const given =
    flow.mask_from && scene.answers.get(flow.mask_from[0])?.lowResolution[flow.mask_from[1]];
  if (flow.mask_from && !given) complain(findings, `the mask of ${flow.mask_from[0]} is not there`);
  const inputs = promptInputs(pointsOf(flow, { frame: size, side }), given ?? null, side);
  const outputs = await model.graphs.run("decode", { ...features, ...inputs });
  const pixels = (side / 4) ** 2;
  const maskAt = (mask: number) => outputs.masks!.data.subarray(mask * pixels, (mask + 1) * pixels);
  const quality = outputs.quality!.data;
  const { stability } = configuration.rules;
  const chosen = flow.multimask_output ? [1, 2, 3] : [singleMask(quality, maskAt(0), stability)];
  const lowResolution = chosen.map((mask) => clampedLogits(maskAt(mask)));
  const small = { width: side / 4, height: side / 4 };
  const logits = chosen.map((mask) => resizeBilinear(maskAt(mask), { from: small, to: size }));
  const ours: Tensors = {
    ...outputs,
    low_res: stacked(lowResolution, small),
    logits: stacked(logits, size),
    iou: { shape: [chosen.length], data: Float32Array.from(chosen, (mask) => quality[mask]!) },
    ...(stability && {
      "decoder.stability": {
        shape: [1, 1],
        data: Float32Array.of(stabilityOf(maskAt(0), stability.delta)),
      },
    }),
  };
  compareAll(findings, flow.tensor_prefix, ours, reference, noise);
  compareReturns(findings, flow, { quality: ours.iou!.data, logits, size });
  if (flow.multimask_output) {
    const best = flow.returns.iou.indexOf(Math.max(...flow.returns.iou)) + 1;
    compareDecision(findings, "best mask", { ours: bestOfThree(quality), theirs: best });
  }
  return { findings, answer: { lowResolution } };
}

function compareReturns(
  findings: Findings,
  { returns }: ImageFlow,
  ours: {
    readonly quality: Float32Array;
    readonly logits: readonly Float32Array[];
    readonly size: Size;
  },
): void {
  const shape = [ours.logits.length, ours.size.height, ours.size.width];
  compareDecision(findings, "shape of the masks", { ours: shape, theirs: returns.masks });
  for (const [index, plane] of ours.logits.entries()) {
    const tolerance = 2e-3;
    const share = plane.filter((value) => value > 0).length / plane.length;
    const unsure = plane.filter((value) => Math.abs(value) < tolerance).length / plane.length;
    const theirs = returns.positive_fraction[index]!;
    findings.masks++;
    if (Math.abs(share - theirs) > unsure + 1e-9) {
      findings.masksUnequal++;
      complain(findings, `mask ${index}: share ${share} instead of ${theirs}`);
    }
    if (Math.abs(ours.quality[index]! - returns.iou[index]!) > tolerance) {
      complain(
        findings,
        `mask ${index}: predicted IoU ${ours.quality[index]} instead of ${returns.iou[index]}`,
      );
    }
  }
}

function compareAll(
  findings: Findings,
  prefix: string,
  ours: Tensors,
  reference: Checkpoint,
  noise: ImageFlows["noise"],
): void {
  for (const key of reference.entries.keys()) {
    if (!key.startsWith(prefix)) continue;
    const name = key.slice(prefix.length);
    const tensor = ours[name] ?? ours[name.replace(/_sub\d+$/, "")];
    if (tensor === undefined) complain(findings, `${key}: nothing of ours to compare`);
    else compareTensor(findings, key, { ours: tensor, reference: reference.read(key) }, noise);
  }
}

function levelsOf({ fine, middle, coarse }: Tensors): Features {
  return { fine: fine!, middle: middle!, coarse: coarse! };
}

function pointsOf({ args }: ImageFlow, to: { readonly frame: Size; readonly side: number }) {
  if (!args.point_coords && !args.box) return null;
  const [x0, y0, x1, y1] = args.box ?? [0, 0, 0, 0];
  return modelPoints(
    {
      clicks: (args.point_coords ?? []).map(([x, y], index) => ({
        at: { x, y },
        sign: args.point_labels![index] === 1 ? "include" : "exclude",
      })),
      ...(args.box && { box: { from: { x: x0, y: y0 }, to: { x: x1, y: y1 } } }),
    },
    to,
  );
}

/** Points closed by one padding point; no point at all where a prompt has none. Source: `prompt_encoder.py`, `_embed_points`. */
function promptInputs(
  points: ReturnType<typeof pointsOf>,
  logits: Float32Array | null,
  side: number,
): Tensors {
  const count = points === null ? 0 : points.labels.length + 1;
  const coordinates = new Float32Array(2 * count);
  const labels = new Float32Array(count).fill(-1);
  if (points !== null) {
    coordinates.set(points.coordinates);
    labels.set(points.labels);
  }
  return {
    points: { shape: [1, count, 2], data: coordinates },
    labels: { shape: [1, count], data: labels },
    ...(logits && {
      mask: { shape: [1, 1, side / 4, side / 4], data: logits },
      mask_given: { shape: [1], data: Float32Array.of(1) },
    }),
  };
}

function stacked(planes: readonly Float32Array[], { width, height }: Size): Tensor {
  const data = new Float32Array(planes.length * width * height);
  for (const [index, plane] of planes.entries()) data.set(plane, index * plane.length);
  return { shape: [planes.length, height, width], data };
}
