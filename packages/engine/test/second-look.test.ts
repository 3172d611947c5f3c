// The second look: views of a picture, agreement among their masks, and what predictors make of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { frameIndex, type Picture } from "@masklet/vision";
import fc from "fast-check";
import {
  calibratedQuality,
  calibratedScore,
  readConfiguration,
} from "../src/configuration/configuration.ts";
import { type NanoConfiguration, uncalibrated } from "../src/configuration/nano.ts";
import { encodePicture, segmentPicture } from "../src/image-predictor.ts";
import { maskletPolicy } from "../src/policy/masklet.ts";
import { referencePolicy } from "../src/policy/reference.ts";
import { type Candidate, cutOffLength, rankedByAgreement } from "../src/second-look/agreement.ts";
import {
  broughtBack,
  OUTSIDE_LOGIT,
  pictureOf,
  pointsIn,
  regionAround,
  takenOut,
} from "../src/second-look/region.ts";
import { viewsOf } from "../src/second-look/views.ts";
import { VideoSession } from "../src/video-predictor.ts";
import { sessionFromBytes, sessionToBytes } from "../src/video-session-bytes.ts";
import { fakeModel } from "./fake-graphs.ts";

const SIDE = 32;

function lookingModel(secondLook = true) {
  const model = fakeModel();
  const { imageSize, width, memory, rules } = model.configuration;
  const configuration: NanoConfiguration = {
    family: "nano",
    name: "fake",
    imageSize,
    width,
    mean: [0.5, 0.5, 0.5],
    deviation: [0.5, 0.5, 0.5],
    architecture: {},
    memory,
    rules,
    calibration: uncalibrated,
    secondLook,
    nearParts: false,
  };
  return { ...model, configuration };
}

const size = { width: 20, height: 10 };
const picture: Picture = {
  size,
  channels: 3,
  data: Uint8Array.from({ length: 600 }, (_, at) => (at * 37) % 256),
};
const click = (x: number, y: number) => ({ at: { x, y }, sign: "include" as const });

test("a region shows its own pixels, mirrored ones from right to left", () => {
  const region = { x0: 4, y0: 2, x1: 7, y1: 5, mirrored: false };
  const red = (part: Picture, x: number, y: number) => part.data[3 * (y * part.size.width + x)];
  const [plain, mirrored] = [
    pictureOf(picture, region),
    pictureOf(picture, { ...region, mirrored: true }),
  ];
  assert.deepEqual(plain.size, { width: 3, height: 3 });
  assert.equal(red(plain, 1, 2), red(picture, 5, 4));
  assert.equal(red(mirrored, 0, 2), red(picture, 6, 4));
});

test("a region stays inside its picture, however near the edge its centre lies", () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(share, share, share, share, (x, y, width, height) => {
      const { x0, y0, x1, y1 } = regionAround({ x, y }, { width, height }, size);
      assert.ok(0 <= x0 && x0 < x1 && x1 <= size.width && 0 <= y0 && y0 < y1 && y1 <= size.height);
    }),
  );
});

test("points keep their place in a region; points beside it fall away and mirrored boxes stay upright", () => {
  const scale = { frame: size, side: SIDE };
  const points = {
    coordinates: Float32Array.of(8, 6.4, 16, 19.2, 9.6, 9.6, 30, 6.4),
    labels: Float32Array.of(2, 3, 1, 0),
  };
  const region = { x0: 5, y0: 2, x1: 15, y1: 7, mirrored: false };
  const inside = pointsIn(points, region, scale);
  assert.deepEqual([...inside.labels], [2, 3, 1]);
  // The click at pixel (6, 3) is pixel (1, 1) of a region of 10 × 5.
  assert.deepEqual(
    [...inside.coordinates.slice(4)].map((value) => Math.round(value * 10) / 10),
    [3.2, 6.4],
  );
  const mirrored = pointsIn(points, { ...region, mirrored: true }, scale);
  const [fromX, , toX] = mirrored.coordinates;
  assert.ok(fromX! < toX!);
  assert.equal(Math.round(mirrored.coordinates[4]! * 10) / 10, (8 / 10) * SIDE);
});

test("logits come back from a view to where they were taken, and beside it there is no object", () => {
  const whole = {
    side: 64,
    data: Float32Array.from(
      { length: 64 * 64 },
      (_, at) => (at % 64) / 8 - Math.floor(at / 64) / 9,
    ),
  };
  for (const mirrored of [false, true]) {
    const extent = { left: 0.25, top: 0.5, right: 0.75, bottom: 1 };
    const view = { side: 32, data: takenOut(whole, extent, { mirrored, side: 32 }) };
    const back = broughtBack(view, extent, { mirrored, side: 64 });
    for (const [at, logit] of back.entries()) {
      const [x, y] = [at % 64, Math.floor(at / 64)];
      const isInside = x >= 16 && x < 48 && y >= 32;
      if (!isInside) assert.equal(logit, OUTSIDE_LOGIT);
      else if (y < 63) assert.ok(Math.abs(logit - whole.data[at]!) < 1e-4, `${x}, ${y}`);
    }
  }
});

test("masks that others agree with come first, and those that a view cuts off count less", () => {
  const box = (from: number, to: number) =>
    Float32Array.from({ length: 256 }, (_, at) =>
      at % 16 >= from && at % 16 < to ? 3 : OUTSIDE_LOGIT,
    );
  const candidate = (logits: Float32Array, quality: number, cutOff = 0): Candidate => ({
    logits,
    quality,
    stability: 1,
    cutOff,
  });
  const loner = candidate(box(0, 4), 0.85);
  const pair = [candidate(box(6, 12), 0.8), candidate(box(6, 12), 0.8)];
  assert.equal(rankedByAgreement([loner, ...pair])[0], 1);
  assert.equal(rankedByAgreement([loner, pair[0]!])[0], 0);
  assert.equal(rankedByAgreement([{ ...loner, cutOff: 0.5 }, pair[0]!])[0], 1);
  const inner = { left: true, top: false, right: false, bottom: false };
  assert.equal(cutOffLength(box(0, 4), inner), 1);
  assert.equal(cutOffLength(box(0, 4), { ...inner, left: false, right: true }), 0);
});

test("a view that could not be encoded is tried again when it is asked for again", async () => {
  let tries = 0;
  const views = viewsOf(picture, async () => {
    tries += 1;
    if (tries === 1) throw new Error("out of memory");
    const tensor = { shape: [1], data: new Float32Array(1) };
    return { fine: tensor, middle: tensor, coarse: tensor };
  });
  const region = { x0: 0, y0: 0, x1: 4, y1: 4, mirrored: true };
  await assert.rejects(views.features(region), /out of memory/);
  await views.features(region);
  await views.features(region);
  assert.equal(tries, 2);
});

test("the first click costs two encoder passes beside the picture's own, a correction one at most", async () => {
  const model = lookingModel();
  const encoded = await encodePicture(model, picture);
  const passes = () => model.runs.filter((graph) => graph === "encode").length;
  assert.equal(passes(), 1);
  const found = await segmentPicture(model, encoded, { clicks: [click(4, 4)] }, "three");
  assert.equal(passes(), 3);
  assert.ok(found.length >= 1 && found.length <= 3);
  assert.deepEqual(
    found.map(({ quality }) => quality),
    found.map(({ quality }) => quality).sort((a, b) => b - a),
  );
  const prompt = { clicks: [click(4, 4), click(9, 5)], logits: found[0]!.logits };
  const corrected = await segmentPicture(model, encoded, prompt, "one");
  assert.equal(corrected.length, 1);
  assert.ok(passes() <= 4);
});

test("a session shows prompted frames finely, keeps that when it is saved, and tracks from it", async () => {
  const frame = (index: number) => ({ index: frameIndex(index), picture });
  const options = {
    policy: maskletPolicy,
    frameSize: size,
    frameCount: 5,
    history: "all",
  } as const;
  const session = new VideoSession(lookingModel(), options);
  const prompt = { object: 1, clicks: [click(4, 4)], earlier: "replace" } as const;
  const answer = await session.addPoints({ ...prompt, frame: frame(0) });
  assert.equal(answer.objects[0]!.logits.length, SIDE * SIDE);
  const bytes = sessionToBytes(await session.state(), "weights");
  const resumed = new VideoSession(lookingModel(), options, sessionFromBytes(bytes, "weights"));
  assert.deepEqual(resumed.answerOn(frameIndex(0)).objects[0]!.logits, answer.objects[0]!.logits);
  for await (const tracked of resumed.track([frame(0), frame(1)], { direction: "forward" })) {
    const wanted = tracked.frame === 0 ? SIDE * SIDE : (SIDE / 4) ** 2;
    assert.equal(tracked.objects[0]!.logits.length, wanted);
  }
});

test("only the house's policy looks again, and only where the network asks for it", async () => {
  for (const [policy, asks] of [
    [referencePolicy, true],
    [maskletPolicy, false],
  ] as const) {
    const model = lookingModel(asks);
    const options = { policy, frameSize: size, frameCount: 5, history: "all" } as const;
    const session = new VideoSession(model, options);
    const frame = { index: frameIndex(0), picture };
    await session.addPoints({ object: 1, frame, clicks: [click(4, 4)], earlier: "replace" });
    assert.equal(model.runs.filter((graph) => graph === "encode").length, 1);
  }
});

test("a configuration's calibration moves scores and predicted IoU, and a falling line is refused", async () => {
  const document = (calibration?: object) => ({
    family: "nano",
    input: { size: 64, mean: [0, 0, 0], std: [1, 1, 1] },
    architecture: {},
    memory: {},
    rules: {},
    ...(calibration !== undefined && { calibration }),
  });
  const plain = readConfiguration(document(), "config.json");
  assert.equal(calibratedScore(-0.5, plain), -0.5);
  const lines = { object_score: [2, 3], predicted_iou: [0.5, 0.7] };
  const calibrated = readConfiguration(document(lines), "config.json");
  assert.equal(calibratedScore(-0.5, calibrated), 2);
  assert.equal(calibratedQuality(0.5, calibrated), 0.95);
  assert.equal(calibratedQuality(1, calibrated), 1);
  assert.throws(() => readConfiguration(document({ object_score: [-1, 0] }), "config.json"), {
    code: "configuration-invalid",
    message: /object_score: the scale must be from 0.001 to 1000 \(got -1\)/,
  });
  const model = lookingModel();
  const shifted = {
    ...model,
    configuration: {
      ...model.configuration,
      calibration: { ...uncalibrated, objectScore: { scale: 1, shift: -100 } },
    },
  };
  const options = {
    policy: maskletPolicy,
    frameSize: size,
    frameCount: 5,
    history: "all",
  } as const;
  const session = new VideoSession(shifted, options);
  const frame = { index: frameIndex(0), picture };
  const { objects } = await session.addPoints({
    object: 1,
    frame,
    clicks: [click(4, 4)],
    earlier: "replace",
  });
  assert.ok(objects[0]!.score! < -90);
  assert.ok(objects[0]!.logits.every((logit) => logit < 0));
});
