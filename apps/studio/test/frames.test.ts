// Pictures by frame number: jumps show a landmark on the way, a moving hand sees pictures, nothing wanted is forgotten.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FrameIndex } from "@masklet/vision";
import { walkingDecoder, withoutRunUp } from "../src/frames/browser-decoder.ts";
import { createFrameSource, type FrameDecoder } from "../src/frames/frame-source.ts";

const picture = { close() {} } as unknown as ImageBitmap;
const frame = (k: number) => k as FrameIndex;
const turn = () => new Promise((done) => setTimeout(done, 0));

/** A decoder that answers when told to, and remembers what it was asked for. */
function heldDecoder() {
  const asked: number[] = [];
  const open = new Map<number, { done: () => void; fail: () => void }>();
  const decoder: FrameDecoder = {
    name: "webcodecs",
    atOnce: 1,
    landmark: (k) => frame(k - (k % 100)),
    decode(k) {
      asked.push(k);
      return new Promise((done, fail) => {
        open.set(k, {
          done: () => done(picture),
          fail: () => fail(new Error("No longer wanted.")),
        });
      });
    },
    close() {},
  };
  return { asked, open, decoder };
}

const SIZE = { width: 4, height: 4 };

test("a jump asks for the landmark on its way first, a step does not", async () => {
  const { asked, open, decoder } = heldDecoder();
  const source = createFrameSource({ count: 1000, size: SIZE, decoder });
  source.want(frame(470), 1);
  open.get(400)?.done();
  await turn();
  assert.deepEqual(asked, [400, 470]);
  source.want(frame(480), 1);
  open.get(470)?.done();
  await turn();
  assert.deepEqual(asked, [400, 470, 480]);
});

test("a frame that was taken back and is wanted again before it ended is asked for again", async () => {
  const { asked, open, decoder } = heldDecoder();
  const source = createFrameSource({ count: 1000, size: SIZE, decoder });
  source.want(frame(10), 1);
  source.want(frame(20), 1);
  source.want(frame(10), 1);
  open.get(10)?.fail();
  await turn();
  assert.deepEqual(asked, [10, 10]);
});

test("of pictures so large that few fit, only the neighbours are asked for", async () => {
  const { asked, open, decoder } = heldDecoder();
  const source = createFrameSource({
    count: 1000,
    size: { width: 6000, height: 4000 },
    decoder: { ...decoder, atOnce: 4 },
  });
  source.want(frame(10), 1);
  for (const one of open.values()) one.done();
  await turn();
  assert.deepEqual(asked, [10, 11, 9]);
});

test("packets before an edit list's start are left out, packets of a clip that begins before zero stay", () => {
  const packets = [0.04, -0.08, 0, -0.04].map((time) => ({ time, key: time === -0.08 }));
  const times = (frames: number) => withoutRunUp(packets, frames).map(({ time }) => time);
  assert.deepEqual(times(2), [0, 0.04]);
  assert.deepEqual(times(4), [-0.08, -0.04, 0, 0.04]);
  assert.deepEqual(times(3), [-0.08, -0.04, 0, 0.04]);
});

/** A clip of 300 frames with a key frame every 100, whose decoder gives a frame whenever `step` is called. */
function walkedClip() {
  const starts: number[] = [];
  const alone: number[] = [];
  const held: (() => void)[] = [];
  globalThis.createImageBitmap = async () => picture;
  const decoder = walkingDecoder({
    times: Array.from({ length: 300 }, (_, k) => k),
    keys: [0, 100, 200].map(frame),
    async *walkFrom(from) {
      starts.push(from);
      for (let k = from; k < 300; k++) {
        await new Promise<void>((done) => held.push(done));
        yield { canvas: {} as OffscreenCanvas, timestamp: k };
      }
    },
    async alone(time) {
      alone.push(time);
      await turn();
      return { canvas: {} as OffscreenCanvas, timestamp: time };
    },
    close() {},
  });
  const step = async () => {
    await turn();
    for (const go of held.splice(0)) go();
    await turn();
  };
  return { decoder, starts, alone, step };
}

test("a frame that the decoder is on its way to arrives though it is taken back", async () => {
  const { decoder, step } = walkedClip();
  const stop = new AbortController();
  const first = decoder.decode(frame(50), stop.signal);
  await turn();
  stop.abort();
  await step();
  assert.equal(await first, picture);
});

test("the wish for a key frame ends the way to a frame that nobody waits for", async () => {
  const { decoder, starts, alone, step } = walkedClip();
  const stop = new AbortController();
  const first = decoder.decode(frame(50), stop.signal);
  const ended = assert.rejects(first);
  await turn();
  stop.abort();
  const second = decoder.decode(frame(200), new AbortController().signal);
  await ended;
  await step();
  assert.equal(await second, picture);
  assert.deepEqual([starts, alone], [[50], [200]]);
});

test("a hand that leaps from key frame to key frame sees them, though each is taken back at once", async () => {
  const { decoder } = walkedClip();
  const stop = new AbortController();
  const first = decoder.decode(frame(100), stop.signal);
  await Promise.resolve();
  stop.abort();
  const second = decoder.decode(frame(200), new AbortController().signal);
  assert.deepEqual(await Promise.all([first, second]), [picture, picture]);
});

test("frames wanted backwards are had in one walk", async () => {
  const { decoder, starts, step } = walkedClip();
  const { signal } = new AbortController();
  const pictures = [60, 59, 58, 57].map((k) => decoder.decode(frame(k), signal));
  for (let i = 0; i < 4; i++) await step();
  await Promise.all(pictures);
  assert.deepEqual(starts, [57]);
});
