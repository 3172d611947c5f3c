// masklet eval davis: J and F on a data set in DAVIS' layout.
import type { DavisJob, DavisReport, SequenceReport } from "@masklet/workbench";
import { command, oneOf, operand, single, text } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { UsageError } from "../parse.ts";
import type { Terminal } from "../terminal.ts";
import { modelOptions } from "./model-options.ts";

const protocols = ["mask", "box", "click", "clicks3", "offline", "online"] as const;

export const evalDavisCommand = command({
  words: ["eval", "davis"],
  summary: "measure J, F and J&F on sequences in DAVIS' layout",
  details:
    "DIR holds JPEGImages[/480p]/NAME/*.jpg and Annotations[/480p]/NAME/*.png. The first and the last frame are not\n" +
    "scored, as in DAVIS. mask, box, click and clicks3 prompt each object where it first appears; offline and online\n" +
    "simulate up to eight rounds of three corrective clicks. With --predictions no model runs: given masks are scored.\n" +
    "With --keep an evaluation that was stopped goes on where it was; another program version wants another folder.",
  operands: [operand("DIR", "the data set")],
  options: {
    prompt: oneOf(protocols, "how the simulated person prompts"),
    predictions: text("DIR", "score the masks in DIR/NAME/*.png instead of running a model"),
    sequences: single("A,B", "only these sequences", (given) => given.split(",").filter(Boolean)),
    plots: text("DIR", "write a curve of J&F over the frames of each sequence, as SVG"),
    keep: text(
      "DIR",
      "keep the scores of finished sequences there; run again, it goes on from them",
    ),
    policy: oneOf(["masklet", "reference"], "rules of tracking; masklet by default"),
    ...modelOptions,
  },
  examples: [
    { line: "masklet eval davis DAVIS --prompt mask", does: "the semi-supervised task" },
    {
      line: "masklet eval davis DAVIS --prompt clicks3 --sequences camel,dog --json",
      does: "three clicks, two sequences",
    },
    {
      line: "masklet eval davis DAVIS --predictions results",
      does: "score masks made by another program",
    },
  ],
  async run({ operands: [dir = ""], options: asked }, terminal) {
    const bench = await import("@masklet/workbench");
    const { loadTracker, openClip } = await import("../machine.ts");
    if ((asked.prompt === undefined) === (asked.predictions === undefined)) {
      throw new UsageError(
        "Give either --prompt (to run a model) or --predictions (to score masks).",
        evalDavisCommand,
      );
    }
    // Names are checked, and the layout too, before a model is loaded.
    const sequences = await bench.findSequences(dir, asked.sequences ?? null);
    const once = asked.prompt !== "offline" && asked.prompt !== "online";
    const frames = once ? sequences.reduce((sum, each) => sum + each.masks.length, 0) : null;
    const plots = asked.plots === undefined ? null : await bench.openOutputFolder(asked.plots);
    const tracker = asked.prompt === undefined ? null : await loadTracker(asked);
    try {
      const meter = terminal.progress("Tracking", frames, "frames");
      if (!terminal.json) terminal.print(heading());
      const report = await bench.evaluateDavis({
        dir,
        only: asked.sequences ?? null,
        source: sourceOf(),
        signal: terminal.signal,
        now: () => performance.now(),
        progress: ({ framesDone, sequence }) => meter.update(framesDone, sequence),
        sequenceDone: (sequence) => terminal.print(row(sequence)),
        ...(asked.keep !== undefined && { kept: await bench.keptIn(asked.keep, evaluation()) }),
      });
      meter.end();
      print(terminal, report);
      for (const sequence of report.sequences) {
        const curve = { title: sequence.name, values: sequence.curve, mean: sequence.JF };
        await plots?.write(`${sequence.name}.svg`, bench.plotCurve(curve));
      }
      await plots?.commit();
      return exitCodes.done;
    } finally {
      await plots?.abandon();
      await tracker?.close();
    }

    /** All that the scores depend on but the program itself. */
    function evaluation(): object {
      if (tracker === null) return { dir, predictions: asked.predictions };
      const { prompt, policy = "masklet", precision = "exact" } = asked;
      return { dir, model: tracker.digest, side: tracker.side, prompt, policy, precision };
    }

    function sourceOf(): DavisJob["source"] {
      if (tracker === null || asked.prompt === undefined) {
        return { kind: "predictions", dir: asked.predictions ?? "" };
      }
      return {
        kind: "model",
        tracker,
        policy: asked.policy ?? "masklet",
        protocol: asked.prompt,
        openFrames: async (folder) => {
          const clip = await openClip(folder, null);
          return { ...bench.framesFrom(clip), cuts: [], close: () => clip.close() };
        },
      };
    }
  },
});

function heading(): string {
  return `${"sequence".padEnd(28)}${"objects".padStart(8)}${"frames".padStart(8)}${"J".padStart(8)}${"F".padStart(8)}${"J&F".padStart(8)}`;
}

function row(
  sequence: Pick<SequenceReport, "name" | "objects" | "frames" | "J" | "F" | "JF">,
): string {
  const { name, objects, frames, J, F, JF } = sequence;
  const figures = [objects, frames, J.toFixed(1), F.toFixed(1), JF.toFixed(1)];
  return `${name.padEnd(28)}${figures.map((each) => String(each).padStart(8)).join("")}`;
}

function print(terminal: Terminal, report: DavisReport): void {
  terminal.result(report);
  const objects = report.sequences.reduce((sum, each) => sum + each.objects, 0);
  const frames = report.sequences.reduce((sum, each) => sum + each.frames, 0);
  terminal.print(row({ name: "mean over objects", objects, frames, ...report.mean }));
  for (const { round, interactions, seconds, JF } of report.rounds ?? []) {
    terminal.print(
      `round ${round}: J&F ${JF.toFixed(1)} after ${interactions.toFixed(1)} frames, ${seconds.toFixed(0)} s of a person an object`,
    );
  }
  if (report.fps !== null) terminal.print(`${report.fps.toFixed(1)} frames/s, decoding included`);
}
