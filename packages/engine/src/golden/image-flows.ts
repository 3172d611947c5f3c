// Picture prompts of the reference through the door that everybody uses (`encodePicture`, `segmentPicture`), compared.
import { bitmapFromMask, equal, maskFromLogits, type Picture, type Size } from "@masklet/vision";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import {
  type EncodedPicture,
  encodePicture,
  enlargedLogits,
  type MaskCandidate,
  type PicturePrompt,
  segmentPicture,
} from "../image-predictor.ts";
import { bestOfThree, stabilityOf } from "../mask-choice.ts";
import type { Tensor, Tensors } from "../network.ts";
import type { TrackingModel } from "../tracking-model.ts";
import {
  compareDecision,
  compareTensor,
  complain,
  type Findings,
  newFindings,
  toleranceOf,
} from "./findings.ts";
import type { ImageFlow, ImageFlows } from "./flows.ts";
import { type RecordingGraphs, recordingGraphs } from "./recording.ts";

/** Encodes the picture once and runs every prompt on it: a findings a flow, the encoder's first. */
export async function verifyImageFlows(
  flows: ImageFlows,
  model: TrackingModel,
  picture: Picture,
  reference: Checkpoint,
): Promise<readonly Findings[]> {
  const graphs = recordingGraphs(model.graphs);
  const scene = {
    model: { ...model, graphs },
    graphs,
    reference,
    encoded: await encodePicture({ ...model, graphs }, picture),
  };
  const answers = new Map<string, readonly MaskCandidate[]>();
  const findings: Findings[] = [];
  for (const flow of flows.flows) {
    const found = newFindings(`image/${flow.name}`);
    answers.set(flow.name, await verifyImageFlow(found, flow, { ...scene, flows, answers }));
    findings.push(found);
  }
  return [compareEncoder(flows, scene), ...findings];
}

interface Scene {
  readonly model: TrackingModel;
  readonly graphs: RecordingGraphs;
  readonly reference: Checkpoint;
  readonly encoded: EncodedPicture;
}

interface FlowScene extends Scene {
  readonly flows: ImageFlows;
  readonly answers: ReadonlyMap<string, readonly MaskCandidate[]>;
}

/** What the encoder gave; the grid's position code is a constant of the decoder. */
function compareEncoder({ noise }: ImageFlows, { graphs, reference }: Scene): Findings {
  const findings = newFindings("image/encoder");
  const ours = { ...graphs.last.get("decode")?.outputs, ...graphs.last.get("encode")!.outputs };
  compareAll(findings, "image/encoder/", ours, reference, noise);
  return findings;
}

/** Source: `sam2_image_predictor.py`, `_predict`. */
async function verifyImageFlow(
  findings: Findings,
  flow: ImageFlow,
  { model, graphs, encoded, reference, flows, answers }: FlowScene,
): Promise<readonly MaskCandidate[]> {
  const given = flow.mask_from && answers.get(flow.mask_from[0])?.[flow.mask_from[1]];
  if (flow.mask_from && !given) complain(findings, `the mask of ${flow.mask_from[0]} is not there`);
  const prompt: PicturePrompt = { ...marksOf(flow), ...(given && { logits: given.logits }) };
  const answer = await segmentPicture(
    model,
    encoded,
    prompt,
    flow.multimask_output ? "three" : "one",
  );
  const { outputs } = graphs.last.get("decode")!;
  const { size } = encoded;
  const logits = chosenMasks(outputs, answer).map((plane) => enlargedLogits(plane, model, size));
  const side = model.configuration.imageSize / 4;
  const { stability } = model.configuration.rules;
  const first = outputs.masks!.data.subarray(0, side * side);
  const ours: Tensors = {
    ...outputs,
    low_res: stacked(
      answer.map((candidate) => candidate.logits),
      { width: side, height: side },
    ),
    logits: stacked(logits, size),
    iou: { shape: [answer.length], data: Float32Array.from(answer, ({ quality }) => quality) },
    ...(stability && {
      "decoder.stability": {
        shape: [1, 1],
        data: Float32Array.of(stabilityOf(first, stability.delta)),
      },
    }),
  };
  compareAll(findings, flow.tensor_prefix, ours, reference, flows.noise);
  compareReturns(findings, flow, { answer, logits, size, noise: flows.noise });
  if (flow.multimask_output) {
    const best = flow.returns.iou.indexOf(Math.max(...flow.returns.iou)) + 1;
    compareDecision(findings, "best mask", {
      ours: bestOfThree(outputs.quality!.data),
      theirs: best,
    });
  }
  return answer;
}

/** The decoder's raw logits of the masks in the answer: the last three of four, or the one with the answer's quality. */
function chosenMasks(
  { masks, quality }: Tensors,
  answer: readonly MaskCandidate[],
): readonly Float32Array[] {
  const pixels = masks!.data.length / quality!.data.length;
  const at =
    answer.length === 3 ? [1, 2, 3] : answer.map((one) => quality!.data.indexOf(one.quality));
  return at.map((mask) => masks!.data.subarray(mask * pixels, (mask + 1) * pixels));
}

function compareReturns(
  findings: Findings,
  { returns }: ImageFlow,
  ours: {
    readonly answer: readonly MaskCandidate[];
    readonly logits: readonly Float32Array[];
    readonly size: Size;
    readonly noise: ImageFlows["noise"];
  },
): void {
  const { size } = ours;
  const shapes = [ours.answer.length, size.height, size.width];
  compareDecision(findings, "shape of the masks", { ours: shapes, theirs: returns.masks });
  const tolerance = toleranceOf(ours.noise, "logits");
  for (const [index, { mask, quality }] of ours.answer.entries()) {
    const plane = ours.logits[index]!;
    compareDecision(findings, `mask ${index} is where its logits are above 0`, {
      ours: equal(mask, maskFromLogits(plane, size)),
      theirs: true,
    });
    const { data } = bitmapFromMask(mask);
    const share = data.reduce((sum, inside) => sum + inside, 0) / data.length;
    const unsure = plane.filter((value) => Math.abs(value) < tolerance).length / plane.length;
    const theirs = returns.positive_fraction[index]!;
    findings.masks++;
    if (!(Math.abs(share - theirs) <= unsure + 1e-9)) {
      findings.masksUnequal++;
      complain(findings, `mask ${index}: share ${share} instead of ${theirs}`);
    }
    const theirQuality = returns.iou[index]!;
    if (!(Math.abs(quality - theirQuality) <= toleranceOf(ours.noise, "iou"))) {
      complain(findings, `mask ${index}: predicted IoU ${quality} instead of ${theirQuality}`);
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

function marksOf({ args }: ImageFlow): Pick<PicturePrompt, "clicks" | "box"> {
  const { point_coords: points, box } = args;
  return {
    ...(points && {
      clicks: points.map(([x, y], index) => ({
        at: { x, y },
        sign: args.point_labels![index] === 1 ? "include" : "exclude",
      })),
    }),
    ...(box && { box: { from: { x: box[0], y: box[1] }, to: { x: box[2], y: box[3] } } }),
  };
}

function stacked(planes: readonly Float32Array[], { width, height }: Size): Tensor {
  const data = new Float32Array(planes.length * width * height);
  for (const [index, plane] of planes.entries()) data.set(plane, index * plane.length);
  return { shape: [planes.length, height, width], data };
}
