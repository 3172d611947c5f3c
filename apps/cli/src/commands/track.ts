// masklet track: follows objects through a video and writes their masks.
import type { Clip } from "@masklet/video";
import { command, oneOf, operand, requiredText, text, wholeNumber } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { formatNames } from "../format-names.ts";
import type { Terminal } from "../terminal.ts";
import { type MasksOn, openTrackOutput } from "../track-output.ts";
import { modelOptions } from "./model-options.ts";
import { promptOptions, promptsOf } from "./prompt-options.ts";

const options = {
  out: requiredText("DIR", "folder for the masks (masks/00000.png …) and track.json"),
  ...promptOptions,
  ...modelOptions,
  policy: oneOf(
    ["masklet", "reference"],
    "masklet (default: stops at cuts, guards memory, settles crossings) or reference (SAM 2 to the letter)",
  ),
  direction: oneOf(
    ["forward", "backward", "both"],
    "where to track from the prompts; forward by default",
  ),
  from: wholeNumber("F", "first frame to track; the first prompted one by default", { least: 0 }),
  frames: wholeNumber("N", "track at most N frames in each direction", { least: 1 }),
  format: oneOf(
    formatNames,
    "write a dataset of this format into DIR instead of pictures and track.json",
  ),
  overlay: text("FILE.mp4", "also write a video with the masks painted over the frames"),
};

export const trackCommand = command({
  words: ["track"],
  summary: "follow objects through a video and write their masks",
  details:
    "INPUT is a video file or a folder of pictures. Frames count from 0 in the order they are shown; the top-left\n" +
    "pixel is 0,0. Each decoded frame gets one picture DIR/masks/NNNNN.png with the object numbers as colours;\n" +
    "DIR/track.json says what was asked and how sure the model was. Ctrl-C keeps the frames that are finished.",
  operands: [operand("INPUT", "a video file or a folder of pictures")],
  options,
  examples: [
    {
      line: "masklet track clip.mp4 --point 1,0,320,180 --out masks",
      does: "one click on frame 0",
    },
    {
      line: "masklet track clip.mp4 --point 1,0,320,180 --point 2,0,90,200 --overlay seen.mp4 --out masks",
      does: "two objects, and a video to look at",
    },
    {
      line: "masklet track clip.mp4 --point 1,0,320,180 --format coco --out coco",
      does: "a COCO dataset instead of pictures",
    },
    {
      line: "masklet track clip.mp4 --box 1,40,100,80,240,300 --direction both --out masks",
      does: "a box on frame 40, tracked to both ends",
    },
  ],
  async run({ operands: [input = ""], options: asked }, terminal) {
    const bench = await import("@masklet/workbench");
    const { loadTracker, openClip } = await import("../machine.ts");
    const prompts = await promptsOf(asked);
    const { direction = "forward", policy = "masklet", overlay } = asked;
    // The output is tried before anything that takes time.
    const output = await openTrackOutput({ out: asked.out, format: asked.format });
    try {
      if (overlay !== undefined) {
        await bench.checkKeepsInput(overlay, input);
        await bench.checkWritable(overlay);
      }
      const clip = await openClip(input, terminal);
      try {
        for (const warning of clip.warnings) terminal.say(`Warning: ${warning}`);
        const order = { direction, from: asked.from ?? null, count: asked.frames ?? null };
        const plan = await bench.planTrack(clip, prompts, order);
        const tracker = await loadTracker(asked);
        const start = performance.now();
        const meter = terminal.progress("Tracking", plan.frames, "frames");
        const result = await output
          .write({
            plan,
            tracker,
            policy,
            direction,
            signal: terminal.signal,
            progress: (done) => meter.update(done),
          })
          .finally(() => tracker.close());
        meter.end();
        const seconds = (performance.now() - start) / 1000;
        // The masks are safe before the overlay is begun: it may fail without taking them along.
        await output.commit();
        if (result.complete && overlay !== undefined) {
          await paintOverlay(terminal, { clip, path: overlay, masksOn: result.masksOn });
        }
        return report(terminal, {
          out: asked.out,
          format: asked.format ?? null,
          overlay: result.complete ? (overlay ?? null) : null,
          model: tracker.name,
          objects: plan.objects,
          frames: clip.table.frames.length,
          tracked: result.tracked.length,
          complete: result.complete,
          cuts: plan.cuts,
          fps: Math.round((100 * result.tracked.length) / seconds) / 100,
          warnings: clip.warnings,
          losses: result.losses,
        });
      } finally {
        await clip.close();
      }
    } finally {
      await output.close();
    }
  },
});

/** Paints the masks over the clip into a video of its own. */
async function paintOverlay(
  terminal: Terminal,
  told: { readonly clip: Clip; readonly path: string; readonly masksOn: MasksOn },
): Promise<void> {
  const { writeOverlay } = await import("@masklet/workbench");
  const { timingOf } = await import("@masklet/video");
  const { openVideoSink } = await import("../machine.ts");
  const { table } = told.clip;
  const meter = terminal.progress("Painting the overlay", table.frames.length, "frames");
  await writeOverlay({
    clip: told.clip,
    masksOn: told.masksOn,
    sink: await openVideoSink(told.path, { size: table.size, timing: timingOf(table) }),
    signal: terminal.signal,
    progress: (done) => meter.update(done),
  });
  meter.end();
}

interface TrackReport {
  readonly out: string;
  readonly format: string | null;
  readonly overlay: string | null;
  readonly model: string;
  readonly objects: readonly number[];
  readonly frames: number;
  readonly tracked: number;
  readonly complete: boolean;
  readonly cuts: readonly number[];
  readonly fps: number;
  readonly warnings: readonly string[];
  readonly losses: string | null;
}

function report(terminal: Terminal, done: TrackReport): number {
  terminal.result(done);
  const objects = done.objects.length === 1 ? "1 object" : `${done.objects.length} objects`;
  if (done.cuts.length > 0) {
    terminal.say(`The clip has cuts at ${framesText(done.cuts)}.`);
  }
  if (!done.complete) {
    terminal.say(`Interrupted: ${done.tracked} finished frames are kept in ${done.out}.`);
    return exitCodes.interrupted;
  }
  terminal.print(`${objects} on ${done.tracked} of ${done.frames} frames with ${done.model}.`);
  terminal.print(
    done.format === null
      ? `Masks: ${done.out}/masks, details: ${done.out}/track.json`
      : `Dataset (${done.format}): ${done.out}`,
  );
  if (done.losses !== null) terminal.print(done.losses);
  if (done.overlay !== null) terminal.print(`Overlay: ${done.overlay}`);
  return exitCodes.done;
}

function framesText(frames: readonly number[]): string {
  const shown = frames.slice(0, 6).join(", ");
  const more = frames.length > 6 ? ` and ${frames.length - 6} more` : "";
  return `frame${frames.length === 1 ? "" : "s"} ${shown}${more}`;
}
