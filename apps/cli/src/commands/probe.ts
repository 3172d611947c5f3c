// masklet probe: what a video is, frame by frame.
import { command, operand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";

export const probeCommand = command({
  words: ["probe"],
  summary: "say what a video is: codec, size, frames, digest, cuts",
  details: "Every frame is decoded once, so the count is that of the frames that can be had.",
  operands: [operand("INPUT", "a video file or a folder of pictures")],
  options: {},
  examples: [
    { line: "masklet probe clip.mp4", does: "for people" },
    { line: "masklet probe clip.mp4 --json", does: "for programs, with a row for each frame" },
  ],
  async run({ operands: [input = ""] }, terminal) {
    const { averageRate, findCuts } = await import("@masklet/video");
    const { openClip } = await import("../machine.ts");
    const clip = await openClip(input, terminal);
    try {
      const { table } = clip;
      const rate = averageRate(table);
      const cuts = findCuts(clip.changes);
      const seconds = (table.frames.at(-1)?.seconds ?? 0) - (table.frames[0]?.seconds ?? 0);
      terminal.result({
        input,
        container: table.container,
        codec: table.codec,
        pixelFormat: table.pixelFormat,
        ...table.size,
        rotation: table.orientation.rotation,
        mirrored: table.orientation.mirrored,
        frames: table.frames.length,
        digest: table.digest,
        averageRate: rate,
        seconds,
        timeBase: table.timeBase,
        cuts,
        warnings: clip.warnings,
        table: table.frames,
      });
      for (const warning of clip.warnings) terminal.say(`Warning: ${warning}`);
      const { rotation, mirrored } = table.orientation;
      const rows: [string, string][] = [
        ["container", table.container],
        ["codec", `${table.codec}, ${table.pixelFormat}`],
        ["size", `${table.size.width} × ${table.size.height} as shown`],
        ["rotation", `${rotation}°${mirrored ? ", mirrored" : ""}`],
        [
          "frames",
          `${table.frames.length}, ${table.frames.filter((frame) => frame.key).length} of them key frames`,
        ],
        ["rate", rate === null ? "not known" : `${rate.toFixed(3)} frames/s on average`],
        ["times", `${seconds.toFixed(3)} s from the first frame to the last`],
        ["digest", table.digest],
        ["cuts", cuts.length === 0 ? "none found" : `new shots begin at ${cuts.join(", ")}`],
      ];
      for (const [name, value] of rows) terminal.print(`${name.padEnd(11)}${value}`);
      return exitCodes.done;
    } finally {
      await clip.close();
    }
  },
});
