// masklet segment: the mask of an object in a picture, or of everything in it.
import { command, operand, repeated, requiredText, single, toggle } from "../command.ts";
import { counted } from "../counted.ts";
import { exitCodes } from "../exit-codes.ts";
import { UsageError } from "../parse.ts";
import { readPictureBox, readPicturePoint } from "../prompt-texts.ts";
import { modelOptions } from "./model-options.ts";

export const segmentCommand = command({
  words: ["segment"],
  summary: "cut one object, or everything, out of a picture",
  details:
    "Writes a palette PNG of the picture's size with the object numbers as colours. With --auto a grid of clicks finds\n" +
    "the objects; they are numbered from the surest on, and where two overlap the smaller lies on top.",
  operands: [operand("IMAGE", "a picture")],
  options: {
    out: requiredText("FILE.png", "where the mask is written"),
    point: repeated("X,Y[,1|0]", "click on the object; 0 at the end excludes", readPicturePoint),
    box: single("X0,Y0,X1,Y1", "box around the object", readPictureBox),
    auto: toggle("find everything, without a prompt"),
    ...modelOptions,
  },
  examples: [
    { line: "masklet segment photo.jpg --point 410,220 --out mask.png", does: "one click" },
    { line: "masklet segment photo.jpg --auto --out objects.png", does: "everything" },
  ],
  async run({ operands: [image = ""], options: asked }, terminal) {
    const bench = await import("@masklet/workbench");
    const { loadTracker, openPicture } = await import("../machine.ts");
    const marked = asked.point.length > 0 || asked.box !== undefined;
    if (asked.auto && marked) {
      throw new UsageError(
        "--auto finds everything by itself; leave --point and --box out.",
        segmentCommand,
      );
    }
    await bench.checkWritable(asked.out);
    const picture = await openPicture(image);
    const marks = asked.auto
      ? ("everything" as const)
      : { clicks: asked.point, box: asked.box ?? null };
    bench.checkSegmentMarks({ marks, name: image, picture });
    const tracker = await loadTracker(asked);
    const meter = terminal.progress("Looking everywhere", null, "clicks");
    try {
      const found = await bench.segmentImage({
        tracker,
        picture,
        name: image,
        marks,
        signal: terminal.signal,
        progress: (done) => meter.update(done),
      });
      meter.end();
      await bench.writeWhole(asked.out, found.png);
      const { objects, leftOut } = found;
      terminal.result({
        image,
        out: asked.out,
        model: tracker.name,
        ...picture.size,
        objects,
        leftOut,
      });
      if (leftOut > 0)
        terminal.say(
          `More objects were found than a picture can number; the ${leftOut} least sure ${leftOut === 1 ? "is" : "are"} left out.`,
        );
      const [only] = objects;
      terminal.print(
        asked.auto
          ? `${counted(objects.length, "object")} in ${asked.out}`
          : `${only?.area ?? 0} pixels in ${asked.out}; predicted IoU ${(only?.predictedIou ?? 0).toFixed(2)}`,
      );
      return exitCodes.done;
    } finally {
      await tracker.close();
    }
  },
});
