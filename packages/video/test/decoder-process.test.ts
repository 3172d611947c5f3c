// The decoder's process: its crash, its silence, its end; nothing of it reaches the program.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { decoder } from "../src/node/decoder-process.ts";
import { openClip } from "../src/node/index.ts";
import { workerProcess } from "../src/node/worker-process.ts";
import { NUMBERED_SIZE, readNumber, writeNumberedVideo } from "./numbered-video.ts";
import { scratchFolder } from "./scratch-folder.ts";

const scratch = scratchFolder();
const path = scratch("clip.mp4");
before(() =>
  writeNumberedVideo(path, {
    container: "mp4",
    encoder: "libx264",
    options: { preset: "ultrafast" },
  }),
);

test("A clip gives frames forward, backward, listed and alone, all the same", async () => {
  const clip = await openClip(path);
  try {
    assert.equal(clip.table.frames.length, 40);
    const forward: Uint8Array[] = [];
    for await (const frame of clip.frames({ direction: "forward" })) {
      assert.equal(frame.index, forward.length);
      assert.equal(readNumber(frame.rgb, frame.size), frame.index);
      forward.push(frame.rgb);
    }
    const orders = [{ direction: "backward", from: 25, count: 15 } as const, [39, 0, 20, 20, 3]];
    for (const order of orders) {
      for await (const { index, rgb } of clip.frames(order)) {
        assert.equal(Buffer.compare(rgb, forward[index] ?? new Uint8Array()), 0, `frame ${index}`);
      }
    }
    // A stream and single looks at the same time.
    const looks = [];
    for await (const frame of clip.frames({ direction: "forward", count: 10 })) {
      looks.push(clip.frame(39 - frame.index));
    }
    for (const look of await Promise.all(looks)) {
      assert.equal(readNumber(look.rgb, look.size), look.index);
    }
    await assert.rejects(clip.frame(40), { code: "out-of-range" });
  } finally {
    await clip.close();
  }
  await assert.rejects(clip.frame(0), { code: "closed" });
});

test("A decoder that is killed fails its questions with one sentence, and a new one goes on", async () => {
  const video = decoder(path);
  try {
    await video.scan(() => undefined);
    const asked = Array.from({ length: 20 }, (_, i) => video.frame(i, "stream").rgb);
    process.kill(video.processId ?? 0, "SIGKILL");
    const ends = await Promise.allSettled(asked);
    const failures = ends.filter((end) => end.status === "rejected");
    assert.ok(failures.length > 0);
    for (const { reason } of failures) {
      assert.equal(reason.code, "decoder-died");
      assert.equal(reason.message, `The video decoder ended on ${path} (signal SIGKILL).`);
    }
    assert.equal(readNumber(await video.frame(17, "single").rgb, NUMBERED_SIZE), 17);
  } finally {
    await video.close();
  }
});

test("A decoder that goes silent is ended after its time, and a new one goes on", async () => {
  const video = decoder(path, { silence: 5000 });
  try {
    await video.scan(() => undefined);
    const before = video.processId ?? 0;
    process.kill(before, "SIGSTOP");
    await assert.rejects(video.frame(5, "single").rgb, {
      code: "decoder-hung",
      message: `The video decoder made no progress on ${path} for 5 seconds and was ended.`,
    });
    assert.equal(readNumber(await video.frame(5, "single").rgb, NUMBERED_SIZE), 5);
    assert.notEqual(video.processId, before);
  } finally {
    await video.close();
  }
});

test("Where FFmpeg cannot be loaded, the message says what to install", async () => {
  const worker = workerProcess({
    program: "./no-such-duties.ts",
    role: "The video decoder",
    path,
    died: "decoder-died",
    hung: "decoder-hung",
    silence: 20_000,
    briefing: () => null,
    busy: () => undefined,
  });
  await assert.rejects(worker.ask("anything").answer, {
    code: "decoder-died",
    message: `The video decoder ended on ${path} (FFmpeg is not there: install the package node-av).`,
  });
  await worker.close();
});

test("An aborted stream stops with the signal's reason, and the clip goes on", async () => {
  const clip = await openClip(path);
  try {
    const stop = new AbortController();
    const reason = new Error("enough");
    let seen = 0;
    const drawing = async () => {
      for await (const _ of clip.frames({ direction: "forward" }, { signal: stop.signal })) {
        seen++;
        if (seen === 3) stop.abort(reason);
      }
    };
    await assert.rejects(drawing, reason);
    assert.equal(seen, 3);
    assert.equal((await clip.frame(9)).index, 9);
    await assert.rejects(clip.frame(9, { signal: AbortSignal.abort(reason) }), reason);
  } finally {
    await clip.close();
  }
  await assert.rejects(openClip(path, { signal: AbortSignal.abort() }), { name: "AbortError" });
});

test("A program that forgets to close its clip still ends", () => {
  const door = fileURLToPath(new URL("../src/node/index.ts", import.meta.url));
  const program = `
    const { openClip } = await import(${JSON.stringify(door)});
    const clip = await openClip(${JSON.stringify(path)});
    console.log((await clip.frame(1)).index);`;
  const out = execFileSync(process.execPath, ["--input-type=module", "-e", program], {
    timeout: 30_000,
    encoding: "utf8",
  });
  assert.equal(out.trim(), "1");
});
