// masklet convert and masklet check: datasets from format to format, and whether one is sound.
import { basename, parse } from "node:path";
import type { VideoFacts } from "@masklet/formats";
import { command, operand, requiredOneOf, text } from "../command.ts";
import { counted } from "../counted.ts";
import { exitCodes } from "../exit-codes.ts";
import { formatNames } from "../format-names.ts";
import type { Terminal } from "../terminal.ts";

const video = text(
  "INPUT",
  "the video the annotations belong to, to check frame count, size and digest",
);

export const convertCommand = command({
  words: ["convert"],
  summary: "turn a dataset of one format into another, and say what got lost",
  details:
    "IN is a folder, a .zip or a single file; so is OUT, by its name. What the format cannot hold is counted and named,\n" +
    "and kept in a sidecar that masklet reads back. OUT appears whole or not at all.",
  operands: [
    operand("IN", "the dataset"),
    operand("OUT", "where the new one is written; must not exist"),
  ],
  options: {
    from: requiredOneOf(formatNames, "format of IN"),
    to: requiredOneOf(formatNames, "format of OUT"),
    video,
    report: text("FILE.json", "write what got lost as JSON"),
  },
  examples: [
    {
      line: "masklet convert DAVIS coco --from davis --to coco",
      does: "palette pictures to COCO run lengths",
    },
    {
      line: "masklet convert job.zip davis --from cvat-video --to davis --video clip.mp4 --report lost.json",
      does: "checked against the video, with a report",
    },
  ],
  async run({ operands: [input = "", output = ""], options: asked }, terminal) {
    const bench = await import("@masklet/workbench");
    const { openInput, openOutput } = await import("@masklet/formats/node");
    if (asked.report !== undefined) await bench.checkWritable(asked.report);
    const out = await openOutput(output);
    try {
      const files = await openInput(input);
      try {
        const facts = await videoFacts(asked.video, terminal);
        let meter: { stage: string; line: ReturnType<Terminal["progress"]> } | null = null;
        const converted = await bench.convertDataset({
          from: asked.from,
          to: asked.to,
          input: files,
          output: out,
          video: facts,
          signal: terminal.signal,
          progress: (stage, done, total) => {
            if (meter?.stage !== stage) {
              const title = stage === "reading" ? "Reading" : "Writing";
              const unit = stage === "reading" ? "videos" : "frames";
              meter = { stage, line: terminal.progress(title, total, unit) };
            }
            meter.line.update(done);
          },
        });
        const { report, videos, objects } = converted;
        const lost = report.toJSON();
        if (asked.report !== undefined) {
          await bench.writeWhole(asked.report, `${JSON.stringify(lost, null, 1)}\n`);
        }
        await out.commit();
        terminal.result({
          in: input,
          out: output,
          from: asked.from,
          to: asked.to,
          videos,
          objects,
          ...lost,
        });
        terminal.print(
          `${counted(videos, "video")} with ${counted(objects, "object")} in ${output}`,
        );
        terminal.print(report.toText().trimEnd());
        return exitCodes.done;
      } finally {
        await files.close();
      }
    } catch (error) {
      await out.abandon();
      throw error;
    }
  },
});

export const checkCommand = command({
  words: ["check"],
  summary: "read a dataset to its end and say whether it is sound and fits its video",
  operands: [operand("DATASET", "a folder, a .zip or a single file")],
  options: { format: requiredOneOf(formatNames, "its format"), video },
  examples: [
    { line: "masklet check labels.json --format coco", does: "is it valid?" },
    {
      line: "masklet check masks --format davis --video clip.mp4",
      does: "does it line up with the video?",
    },
  ],
  async run({ operands: [input = ""], options: asked }, terminal) {
    const bench = await import("@masklet/workbench");
    const { openInput } = await import("@masklet/formats/node");
    const files = await openInput(input);
    try {
      const facts = await videoFacts(asked.video, terminal);
      const { videos, report } = await bench.checkFiles({
        format: asked.format,
        input: files,
        video: facts,
        signal: terminal.signal,
      });
      terminal.result({
        dataset: input,
        format: asked.format,
        sound: true,
        videos,
        ...report.toJSON(),
      });
      for (const each of videos) {
        terminal.print(
          `${each.name}: ${each.size.width} × ${each.size.height}, ${counted(each.frameCount, "frame")} ` +
            `(${each.annotatedFrames} listed), ${counted(each.objects, "object")}, ${counted(each.states, "mask or box", "masks and boxes")}`,
        );
      }
      if (report.losses.length > 0) terminal.print(report.toText().trimEnd());
      const fits = facts === null ? "" : ` and fits ${asked.video}`;
      terminal.print(`${basename(input)} is sound${fits}.`);
      return exitCodes.done;
    } finally {
      await files.close();
    }
  },
});

/** What is known of the video, or null where none is named. */
async function videoFacts(
  path: string | undefined,
  terminal: Terminal,
): Promise<VideoFacts | null> {
  if (path === undefined) return null;
  const { factsOf } = await import("@masklet/workbench");
  const { openClip } = await import("../machine.ts");
  const clip = await openClip(path, terminal);
  try {
    return factsOf(clip, parse(path).name);
  } finally {
    await clip.close();
  }
}
