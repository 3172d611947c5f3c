// masklet eval precision: what the fast products cost on somebody's own clip, and what they save.
import type { Agreement, PrecisionReport } from "@masklet/workbench";
import { command, oneOf, operand, wholeNumber } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import type { Terminal } from "../terminal.ts";
import { modelOptions } from "./model-options.ts";
import { promptOptions, promptsOf } from "./prompt-options.ts";

const { precision: _, ...sharedOptions } = modelOptions;

export const evalPrecisionCommand = command({
  words: ["eval", "precision"],
  summary: "compare exact and fast precision on a clip of yours",
  details:
    "Tracks INPUT twice side by side, with --precision exact and fast, and scores the fast masks against the exact ones by\n" +
    "J and F: 100 means that nothing was lost. There is no truth in it: it says how far apart they are, not which is right.\n" +
    "Nothing is written. Times leave out the first frame, which builds the graphs.",
  operands: [operand("INPUT", "a video file or a folder of pictures")],
  options: {
    ...promptOptions,
    ...sharedOptions,
    policy: oneOf(["masklet", "reference"], "rules of tracking; masklet by default"),
    direction: oneOf(
      ["forward", "backward", "both"],
      "where to track from the prompts; forward by default",
    ),
    from: wholeNumber("F", "first frame to track; the first prompted one by default", { least: 0 }),
    frames: wholeNumber("N", "track at most N frames in each direction", { least: 1 }),
  },
  examples: [
    {
      line: "masklet eval precision clip.mp4 --point 1,0,320,180",
      does: "is fast good enough for this clip?",
    },
    {
      line: "masklet eval precision clip.mp4 --box 1,0,40,30,120,200 --frames 60 --model sam2.1_hiera_tiny --size 512",
      does: "sixty frames with another model",
    },
  ],
  async run({ operands: [input = ""], options: asked }, terminal) {
    const bench = await import("@masklet/workbench");
    const { loadTracker, openClip } = await import("../machine.ts");
    const prompts = await promptsOf(asked);
    const { direction = "forward", policy = "masklet" } = asked;
    const clip = await openClip(input, terminal);
    try {
      for (const warning of clip.warnings) terminal.say(`Warning: ${warning}`);
      const order = { direction, from: asked.from ?? null, count: asked.frames ?? null };
      const plan = await bench.planTrack(clip, prompts, order);
      const exact = await loadTracker({ ...asked, precision: "exact" });
      try {
        const fast = await loadTracker({ ...asked, precision: "fast" });
        try {
          const meter = terminal.progress("Comparing", plan.frames, "frames");
          const report = await bench.comparePrecision({
            plan,
            exact,
            fast,
            policy,
            signal: terminal.signal,
            now: () => performance.now(),
            progress: (done) => meter.update(done),
          });
          meter.end();
          return print(terminal, exact.name, report);
        } finally {
          await fast.close();
        }
      } finally {
        await exact.close();
      }
    } finally {
      await clip.close();
    }
  },
});

function print(terminal: Terminal, model: string, report: PrecisionReport): number {
  terminal.result({ model, ...report });
  terminal.print(
    `${"fast against exact".padEnd(20)}${columns(["frames", "identical", "J", "F", "J&F"])}   worst frame`,
  );
  for (const { object, frames, identical, worst, ...own } of report.objects) {
    const counts = columns([frames, identical, ...figures(own)]);
    const least = `   ${worst.frame} (J ${worst.J.toFixed(1)}, F ${worst.F.toFixed(1)})`;
    terminal.print(`${`object ${object}`.padEnd(20)}${counts}${least}`);
  }
  if (report.objects.length > 1) {
    terminal.print(
      `${"mean over objects".padEnd(20)}${columns(["", "", ...figures(report.mean)])}`,
    );
  }
  const agreed = report.mean.JF.toFixed(2);
  terminal.print(`${model}: fast agrees with exact to ${agreed} J&F of 100${paceText(report)}`);
  if (report.complete) return exitCodes.done;
  terminal.say(`Interrupted: ${report.frames.length} frames were compared.`);
  return exitCodes.interrupted;
}

function figures({ J, F, JF }: Agreement): string[] {
  return [J, F, JF].map((value) => value.toFixed(2));
}

function columns(cells: readonly (string | number)[]): string {
  return cells.map((cell) => String(cell).padStart(10)).join("");
}

function paceText({ exact, fast, speedup }: PrecisionReport): string {
  if (exact.secondsPerFrame === null || fast.secondsPerFrame === null || speedup === null)
    return ".";
  const rate = (seconds: number) => `${(1 / seconds).toPrecision(3)} frames/s`;
  return `, ${speedup.toFixed(2)} times as fast (${rate(exact.secondsPerFrame)} exact, ${rate(fast.secondsPerFrame)} fast).`;
}
