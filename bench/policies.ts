// What each rule of the policy "masklet" changes on the seed clips: run with `node bench/policies.ts [MODEL [CLIP [POLICY]]]`.
import { fileURLToPath } from "node:url";
import {
  answerMasks,
  maskletPolicy,
  referencePolicy,
  type TrackingPolicy,
  VideoSession,
} from "@masklet/engine";
import { embeddedModels, type LoadedModel, loadModel } from "@masklet/engine/node";
import { area, frameIndex, iou, type Mask, maskFromBitmap } from "@masklet/vision";
import { clipSize, type SeedClip, seedClips } from "./clips.ts";

/** Fewer pixels of a mask are noise, not a wrong object (quality notes, 3.6). */
const MASK_PIXELS_MIN = 50;

const policies: Readonly<Record<string, TrackingPolicy>> = {
  reference: referencePolicy,
  "masklet without gate": { ...maskletPolicy, choose: referencePolicy.choose },
  "masklet without contest": { ...maskletPolicy, judge: referencePolicy.judge },
  "masklet without re-acquire": { ...maskletPolicy, recognises: referencePolicy.recognises },
  "masklet without cuts": { ...maskletPolicy, rests: referencePolicy.rests },
  masklet: maskletPolicy,
};

interface Row {
  readonly J: number;
  /** Mean IoU over the last fifteen frames: whether an object was found again after what happened. */
  readonly Jlast: number;
  readonly swapped: number;
  /** Frames on which an absent object was given a mask. */
  readonly falseFrames: number;
  readonly milliseconds: number;
}

async function runClip(model: LoadedModel, clip: SeedClip, policy: TrackingPolicy): Promise<Row> {
  const session = new VideoSession(model, {
    policy,
    frameSize: clipSize,
    frameCount: clip.frameCount,
    history: "bounded",
  });
  const frameAt = (index: number) => {
    const { picture, shot } = clip.frame(index);
    return { index: frameIndex(index), picture, shot };
  };
  // The exact mask of frame 0: what follows measures tracking alone.
  for (const { object } of clip.objects) {
    await session.addMask({ object, frame: frameAt(0), mask: truthOf(clip, 0, object) });
  }
  const frames = Array.from({ length: clip.frameCount }, (_, index) => frameAt(index));
  const ious: number[][] = [];
  let swapped = 0;
  let falseFrames = 0;
  const start = performance.now();
  for await (const answer of session.track(frames, { direction: "forward" })) {
    const truth = clip.objects.map(({ object }) => truthOf(clip, answer.frame, object));
    const ours = answerMasks(answer, { size: clipSize, overlap: "kept" });
    const present = truth.map((mask, i) => (area(mask) === 0 ? null : iou(ours[i]!, mask)));
    falseFrames += truth.filter(
      (mask, i) => area(mask) === 0 && area(ours[i]!) >= MASK_PIXELS_MIN,
    ).length;
    if (answer.frame > 0) ious.push(present.filter((value) => value !== null));
    const [a, b] = truth;
    if (a && b && ours.some((mask, i) => iou(mask, truth[1 - i]!) > iou(mask, truth[i]!)))
      swapped++;
  }
  const milliseconds = (performance.now() - start) / clip.frameCount;
  return {
    J: mean(ious.flat()),
    Jlast: mean(ious.slice(-15).flat()),
    swapped,
    falseFrames,
    milliseconds,
  };
}

function truthOf(clip: SeedClip, frame: number, object: number): Mask {
  const data = clip.frame(frame).labels.map((label) => Number(label === object));
  return maskFromBitmap({ size: clipSize, data });
}

function mean(values: readonly number[]): number {
  return values.length === 0
    ? Number.NaN
    : values.reduce((sum, value) => sum + value, 0) / values.length;
}

const home = process.env.MASKLET_HOME ?? fileURLToPath(new URL("../.masklet", import.meta.url));
const model = await loadModel(process.argv[2] ?? "masklet-nano", {
  home,
  embedded: embeddedModels,
});
const [, , , onlyClip, onlyPolicy] = process.argv;
for (const clip of seedClips.filter(({ name }) => (onlyClip ?? name) === name)) {
  for (const [name, policy] of Object.entries(policies)) {
    if ((onlyPolicy ?? name) !== name) continue;
    const { J, Jlast, swapped, falseFrames, milliseconds } = await runClip(model, clip, policy);
    const numbers = `J ${(100 * J).toFixed(1)}  last 15 ${(100 * Jlast).toFixed(1)}  swapped ${swapped}  false ${falseFrames}`;
    console.log(
      `${clip.name.padEnd(9)} ${name.padEnd(27)} ${numbers}  ${milliseconds.toFixed(0)} ms/frame`,
    );
  }
}
await model.close();
