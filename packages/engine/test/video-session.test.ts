// Sessions on a video, over graphs that are no network.
import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyMask, frameIndex, maskFromBitmap } from "@masklet/vision";
import { maskletPolicy } from "../src/policy/masklet.ts";
import type { TrackingPolicy } from "../src/policy/policy.ts";
import { referencePolicy } from "../src/policy/reference.ts";
import type { SessionOptions } from "../src/session-options.ts";
import { answerMasks, type FrameAnswer } from "../src/video-answer.ts";
import { VideoSession } from "../src/video-predictor.ts";
import { sessionFromBytes, sessionToBytes } from "../src/video-session-bytes.ts";
import { fakeModel } from "./fake-graphs.ts";

const frameSize = { width: 12, height: 9 };

function frame(index: number, shot?: number) {
  const data = new Uint8Array(12 * 9 * 3).map((_, i) => (i * 7 + index * 31) % 256);
  const picture = { size: frameSize, channels: 3 as const, data };
  return { index: frameIndex(index), picture, ...(shot !== undefined && { shot }) };
}

const frames = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => frame(from + i));

function open(policy: TrackingPolicy = maskletPolicy, over: Partial<SessionOptions> = {}) {
  const model = fakeModel();
  const session = new VideoSession(model, {
    policy,
    frameSize,
    frameCount: 40,
    history: "bounded",
    ...over,
  });
  return { model, session };
}

const click = (object: number, index: number, sign: "include" | "exclude" = "include") => ({
  object,
  frame: frame(index),
  clicks: [{ at: { x: 3 + object, y: 4 }, sign }],
  earlier: "replace" as const,
});

async function run(session: VideoSession, from: number, to: number): Promise<FrameAnswer[]> {
  const direction = from <= to ? ("forward" as const) : ("backward" as const);
  const order = from <= to ? frames(from, to) : frames(to, from).reverse();
  const answers: FrameAnswer[] = [];
  for await (const answer of session.track(order, { direction })) answers.push(answer);
  return answers;
}

const logitsOf = (answers: readonly FrameAnswer[]) =>
  answers.map(({ objects }) => objects.map(({ logits }) => [...logits]));

test("objects that go through the network together get the answers they would get alone", async () => {
  const answers = await Promise.all(
    [1, 8].map(async (batch) => {
      const { session } = open(referencePolicy, { batch });
      for (const object of [5, 2, 8]) await session.addPoints(click(object, 0));
      return logitsOf(await run(session, 0, 12));
    }),
  );
  assert.deepEqual(answers[0], answers[1]);
});

test("features are computed once a frame, however many objects there are", async () => {
  const { session, model } = open();
  for (const object of [1, 2, 3]) await session.addPoints(click(object, 0));
  await run(session, 0, 5);
  assert.equal(model.runs.filter((graph) => graph === "encode").length, 6);
});

test("a resumed session goes on exactly like the one that was saved", async () => {
  const { session } = open();
  await session.addPoints(click(1, 0));
  await session.addPoints(click(2, 3));
  await run(session, 0, 8);
  await session.addPoints(click(1, 6, "exclude"));
  const bytes = sessionToBytes(await session.state(), "weights");
  const resumed = new VideoSession(
    fakeModel(),
    { policy: maskletPolicy, frameSize, frameCount: 40, history: "bounded" },
    sessionFromBytes(bytes, "weights"),
  );
  assert.deepEqual(logitsOf(await run(resumed, 6, 14)), logitsOf(await run(session, 6, 14)));
  assert.throws(() => sessionFromBytes(bytes, "others"), {
    code: "state-unreadable",
    message: /another model/,
  });
  assert.throws(() => sessionFromBytes(bytes.subarray(0, bytes.length - 40), "weights"), {
    message: /cut short/,
  });
  assert.throws(() => sessionFromBytes(new Uint8Array(40), "weights"), {
    message: /not a session/,
  });
});

test("what a person touched is never overwritten, whatever is tracked over it", async () => {
  const { session } = open();
  await session.addPoints(click(1, 0));
  await run(session, 0, 10);
  const corrected = await session.addPoints({ ...click(1, 5, "exclude"), earlier: "keep" });
  const [forward] = (await run(session, 0, 10)).filter((answer) => answer.frame === 5);
  const [backward] = (await run(session, 10, 0)).filter((answer) => answer.frame === 5);
  assert.deepEqual(forward!.objects[0]!.logits, corrected.objects[0]!.logits);
  assert.deepEqual(backward!.objects[0]!.logits, corrected.objects[0]!.logits);
  assert.equal(forward!.objects[0]!.state, "prompted");
});

test("the reference's own rule throws a correction of the first frame away", async () => {
  const { session } = open(referencePolicy, { history: "all" });
  const first = await session.addPoints(click(1, 0));
  await run(session, 0, 3);
  await session.addPoints({ ...click(1, 0, "exclude"), earlier: "keep" });
  const [again] = await run(session, 0, 3);
  assert.deepEqual(again!.objects[0]!.logits, first.objects[0]!.logits);
});

test("the bank stops growing, and bounded history gives what the whole history gives", async () => {
  for (const policy of [maskletPolicy, referencePolicy]) {
    const sizes: number[] = [];
    const { session } = open(policy, { frameCount: null });
    await session.addPoints(click(1, 0));
    const bounded: FrameAnswer[] = [];
    for await (const answer of session.track(frames(0, 120), { direction: "forward" })) {
      bounded.push(answer);
      sizes.push(session.tracks[0]!.bank.tracked.size);
    }
    assert.equal(Math.max(...sizes.slice(50)), Math.max(...sizes.slice(40, 50)), policy.name);
    assert(Math.max(...sizes) <= 40, `${policy.name} keeps ${Math.max(...sizes)} frames`);
    const { session: whole } = open(policy, { frameCount: null, history: "all" });
    await whole.addPoints(click(1, 0));
    assert.deepEqual(logitsOf(await run(whole, 0, 120)), logitsOf(bounded), policy.name);
  }
});

test("after a cut an object rests until it is named in that shot, or is carried on by wish", async () => {
  const shots = [0, 0, 0, 1, 1, 1].map((shot, index) => frame(index, shot));
  const states = async (prepare: (session: VideoSession) => unknown) => {
    const { session } = open();
    await session.addPoints({ ...click(1, 0), frame: frame(0, 0) });
    await prepare(session);
    const seen: string[] = [];
    for await (const { objects } of session.track(shots, { direction: "forward" }))
      seen.push(objects[0]!.state);
    return seen.map((state) => state[0]).join("");
  };
  assert.equal(await states(() => undefined), "pttrrr");
  assert.equal(
    await states((session) => session.addPoints({ ...click(1, 4), frame: frame(4, 1) })),
    "ptttpt",
  );
  assert.equal(await states((session) => session.carryThroughCuts(1, true)), "pttttt");
});

test("an abort stops between frames and keeps the finished ones", async () => {
  const { session } = open();
  await session.addPoints(click(1, 0));
  const stop = new AbortController();
  const seen: number[] = [];
  await assert.rejects(async () => {
    for await (const { frame: index } of session.track(frames(0, 9), {
      direction: "forward",
      signal: stop.signal,
    })) {
      seen.push(index);
      if (index === 3) stop.abort(new Error("enough"));
    }
  }, /enough/);
  assert.deepEqual(seen, [0, 1, 2, 3]);
  assert.equal(session.answerOn(frameIndex(3)).objects[0]!.state, "tracked");
});

test("removing prompts and objects leaves the others as they were", async () => {
  const { session } = open();
  await session.addPoints(click(1, 0));
  await session.addPoints(click(2, 0));
  const before = await session.addPoints(click(2, 4));
  assert.deepEqual(session.removeObject(1), [0]);
  assert.deepEqual(session.objects, [2]);
  assert.deepEqual(session.answerOn(frameIndex(4)).objects[0]!.logits, before.objects[1]!.logits);
  assert.equal(session.removePrompts(2, frameIndex(4)).objects[0]!.state, "unknown");
  session.removePrompts(2, frameIndex(0));
  await assert.rejects(run(session, 0, 2), {
    code: "prompt-invalid",
    message: /Object 2 has no prompt/,
  });
});

test("a mask prompt is the answer, and an empty one says that the object is out of view", async () => {
  const { session } = open();
  const bits = new Uint8Array(12 * 9);
  for (let y = 2; y < 7; y++) bits.fill(1, y * 12 + 3, y * 12 + 9);
  const mask = maskFromBitmap({ size: frameSize, data: bits });
  const answer = await session.addMask({ object: 1, frame: frame(0), mask });
  const [given] = answerMasks(answer, { size: frameSize, overlap: "kept" });
  assert(
    Math.abs([...given!.counts].filter((_, i) => i % 2 === 1).reduce((a, b) => a + b, 0) - 30) <= 6,
  );
  const none = await session.addMask({ object: 2, frame: frame(0), mask: emptyMask(frameSize) });
  assert(none.objects[1]!.score! < 0);
});

test("prompts that cannot be are refused in one sentence", async () => {
  const { session } = open();
  const refused = (message: RegExp) => ({ name: "EngineError", code: "prompt-invalid", message });
  const at = (x: number, y: number) => ({
    ...click(1, 0),
    clicks: [{ at: { x, y }, sign: "include" as const }],
  });
  await assert.rejects(
    session.addPoints(at(12, 3)),
    refused(/12, 3 lies outside the frame \(0–11 × 0–8\)/),
  );
  await assert.rejects(session.addPoints(at(-1, 3)), refused(/outside/));
  await assert.rejects(session.addPoints(at(Number.NaN, 3)), refused(/outside/));
  await assert.rejects(
    session.addPoints({ ...click(1, 0), clicks: [] }),
    refused(/at least one click/),
  );
  await assert.rejects(
    session.addPoints(click(1, 0, "exclude")),
    refused(/begin with a click that includes/),
  );
  await assert.rejects(
    session.addPoints({ ...click(1, 0), box: { from: { x: 4, y: 4 }, to: { x: 2, y: 8 } } }),
    refused(/box .* is empty/),
  );
  await assert.rejects(session.addPoints(click(-1, 0)), refused(/named by whole numbers/));
  await assert.rejects(
    session.addMask({ object: 1, frame: frame(0), mask: emptyMask({ width: 5, height: 5 }) }),
    refused(/5×5 and the frame 12×9/),
  );
  await assert.rejects(session.addPoints(click(1, 99)), {
    code: "frame-invalid",
    message: /Frame 99 is outside the video \(0–39\)/,
  });
  await assert.rejects(run(session, 0, 1), refused(/nothing to track/));
  assert.throws(() => session.removeObject(7), refused(/no object 7/));
  assert.deepEqual(session.objects, []);
});
