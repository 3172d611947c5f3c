// masklet demo: tracks an object of a clip of our own from one click, and says how well it went.
import { join } from "node:path";
import { emptyMask, type Mask } from "@masklet/vision";
import { command, text } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";

export const demoCommand = command({
  words: ["demo"],
  summary: "track an object of a sample clip from one click; needs no video of yours",
  details:
    "The clip is drawn on the spot: a ball rolls behind a mug, past a star, and the scene changes. Its exact masks are\n" +
    "known, so the figure at the end is measured.",
  options: { out: text("DIR", "where to write; MASKLET_HOME/demo by default") },
  examples: [{ line: "masklet demo --out demo", does: "clip, masks and overlay in ./demo" }],
  async run({ options }, terminal) {
    const bench = await import("@masklet/workbench");
    const { loadTracker, maskletHome, openClip, openVideoSink } = await import("../machine.ts");
    const out = await bench.openTrackFolder(options.out ?? join(maskletHome(), "demo"));
    const { signal } = terminal;
    try {
      const drawing = terminal.progress("Drawing a clip", bench.sampleFrameCount, "frames");
      const file = join(out.staging, "clip.mp4");
      const timing = {
        kind: "constant",
        rate: { numerator: bench.sampleFrameRate, denominator: 1 },
      } as const;
      const sink = await openVideoSink(file, { size: bench.sampleSize, timing });
      const truth = await bench.renderSample(sink, {
        signal,
        progress: (done) => drawing.update(done),
      });
      drawing.end();

      const [ball] = bench.sampleObjects;
      if (ball === undefined) throw new Error("The sample clip has no objects.");
      const tracker = await loadTracker({});
      const clip = await openClip(file, null).catch(async (error: unknown) => {
        await tracker.close();
        throw error;
      });
      try {
        const plan = await bench.planTrack(
          clip,
          [
            {
              object: ball.id,
              frame: 0,
              clicks: [{ ...ball.click, sign: "include" }],
              box: null,
              maskFile: null,
            },
          ],
          { direction: "forward", from: null, count: null },
        );
        const meter = terminal.progress(`Tracking the ${ball.name}`, plan.frames, "frames");
        const started = performance.now();
        const result = await bench.trackIntoFolder({
          plan,
          tracker,
          out,
          policy: "masklet",
          direction: "forward",
          signal,
          progress: (done) => meter.update(done),
        });
        meter.end();
        if (!result.complete) {
          terminal.say("Interrupted; the demonstration was not finished.");
          return exitCodes.interrupted;
        }
        const seconds = (performance.now() - started) / 1000;
        const painting = terminal.progress("Painting the overlay", plan.frames, "frames");
        await bench.writeOverlay({
          clip,
          masksOn: (frame) => bench.readFrameMasks(out.staging, frame),
          sink: await openVideoSink(join(out.staging, "overlay.mp4"), {
            size: bench.sampleSize,
            timing,
          }),
          signal,
          progress: (done) => painting.update(done),
        });
        painting.end();
        const predicted = new Map<number, Mask>();
        for (let frame = 0; frame < plan.frames; frame++) {
          const found = await bench.readFrameMasks(out.staging, frame);
          predicted.set(frame, found[0]?.mask ?? emptyMask(bench.sampleSize));
        }
        const score = bench.scoreSample(truth, ball.id, predicted);
        await out.commit("track.json");
        const fps = plan.frames / seconds;
        terminal.result({ out: out.path, model: tracker.name, frames: plan.frames, fps, ...score });
        terminal.print("");
        terminal.print(
          `One click on the ${ball.name}, ${plan.frames} frames, ${fps.toFixed(1)} frames/s with ${tracker.name}.`,
        );
        terminal.print(
          `Mean IoU with the exact masks: ${(100 * score.iou).toFixed(1)} % ` +
            `(above one half on ${(100 * score.followed).toFixed(0)} % of the frames that show it).`,
        );
        terminal.print(
          score.carriedOverCut === 0
            ? `The scene changes at frame ${bench.sampleCut}: tracking stopped there, the red balloon was not taken for the ball.`
            : `After the scene change at frame ${bench.sampleCut} it was wrongly seen on ${score.carriedOverCut} frames.`,
        );
        terminal.print("");
        terminal.print(`  clip     ${join(out.path, "clip.mp4")}`);
        terminal.print(`  overlay  ${join(out.path, "overlay.mp4")}`);
        terminal.print(`  masks    ${join(out.path, "masks")}`);
        terminal.print("");
        terminal.print("Now your own video (the click is object,frame,x,y):");
        terminal.print(
          "  npx masklet track VIDEO --point 1,0,320,180 --out masks --overlay seen.mp4",
        );
        return exitCodes.done;
      } finally {
        await tracker.close();
        await clip.close();
      }
    } finally {
      await out.abandon();
    }
  },
});
