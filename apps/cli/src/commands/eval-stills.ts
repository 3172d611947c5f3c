// masklet eval stills: IoU after a few clicks on single pictures.
import type { StillsReport } from "@masklet/workbench";
import { command, operand, single, text } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import type { Terminal } from "../terminal.ts";
import { modelOptions } from "./model-options.ts";

const MOST_CLICKS = 20;
const usualClicks = [1, 3, 5];

export const evalStillsCommand = command({
  words: ["eval", "stills"],
  summary: "measure the IoU after a few clicks on single pictures",
  details:
    "DIR holds a folder for each set with NAME.jpg and NAME.png (object numbers, 255 is not scored). Objects below 0.1 %\n" +
    "of the picture or 40 pixels are left out, and of a picture with more than six, six are drawn, always the same.\n" +
    'Figures are means over sets of the means over objects; "best" is the best of the answers to the first click.\n' +
    "Predicted against real IoU is shown in five bins after each number of clicks.",
  operands: [operand("DIR", "the pictures")],
  options: {
    clicks: single("N,N,…", "report the IoU after so many clicks; 1,3,5 by default", readClicks),
    keep: text(
      "DIR",
      "keep the scores of finished pictures there; run again, it goes on from them",
    ),
    ...modelOptions,
  },
  examples: [
    {
      line: "masklet eval stills stills/heldout --clicks 1,3,5",
      does: "the usual three, and clicks to reach 85 %",
    },
  ],
  async run({ operands: [dir = ""], options: asked }, terminal) {
    const bench = await import("@masklet/workbench");
    const { loadTracker, openPicture } = await import("../machine.ts");
    const tracker = await loadTracker(asked);
    try {
      let meter: ReturnType<Terminal["progress"]> | null = null;
      const clicks = asked.clicks ?? usualClicks;
      const { digest, side } = tracker;
      const evaluation = { dir, digest, side, precision: asked.precision ?? "exact", clicks };
      const report = await bench.evaluateStills({
        dir,
        clicks,
        tracker,
        openPicture,
        signal: terminal.signal,
        progress: (done, total, set) => {
          meter ??= terminal.progress("Clicking", total, "pictures");
          meter.update(done, set);
        },
        ...(asked.keep !== undefined && { kept: await bench.keptIn(asked.keep, evaluation) }),
      });
      print(terminal, report, clicks);
      return exitCodes.done;
    } finally {
      await tracker.close();
    }
  },
});

function readClicks(given: string): number[] {
  const counts = given.split(",").map(Number);
  if (!counts.every((count) => Number.isInteger(count) && count >= 1 && count <= MOST_CLICKS)) {
    throw new RangeError(
      `must be whole numbers from 1 to ${MOST_CLICKS}, joined by commas (got ${JSON.stringify(given)})`,
    );
  }
  return [...new Set(counts)].sort((a, b) => a - b);
}

function print(terminal: Terminal, report: StillsReport, clicks: readonly number[]): void {
  terminal.result(report);
  const line = (
    name: string,
    count: number,
    own: { clicks: Readonly<Record<string, number>>; noc85: number; bestOfFirst?: number },
  ) =>
    [
      name.padEnd(24),
      String(count).padStart(8),
      ...clicks.map((each) => (own.clicks[each] ?? 0).toFixed(1).padStart(10)),
      own.noc85.toFixed(2).padStart(8),
      (own.bestOfFirst?.toFixed(1) ?? "").padStart(8),
    ]
      .join("")
      .trimEnd();
  const heads = clicks.map((each) => `${each} click${each === 1 ? "" : "s"}`.padStart(10)).join("");
  terminal.print(
    `${"set".padEnd(24)}${"objects".padStart(8)}${heads}${"NoC85".padStart(8)}${"best".padStart(8)}`,
  );
  for (const set of report.sets) terminal.print(line(set.name, set.count, set));
  terminal.print(line("mean over sets", report.count, report));
  terminal.print(line("mean over objects", report.count, report.overObjects));
  for (const [count, { bins, error }] of Object.entries(report.reliability)) {
    const pairs = bins
      .filter((bin) => bin.predicted !== null && bin.real !== null)
      .map((bin) => `${bin.predicted?.toFixed(0)} → ${bin.real?.toFixed(0)} (${bin.count})`);
    terminal.print(
      `predicted → real IoU (objects), ${count} click${count === "1" ? "" : "s"}: ${pairs.join(", ")}; error ${error.toFixed(1)}`,
    );
  }
}
