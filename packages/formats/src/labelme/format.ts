// LabelMe: one JSON file a picture; group_id says which shapes are one object, within a picture and from one to the next.
import {
  type Document,
  type PolygonPart,
  type Shape,
  type State,
  visible,
} from "@masklet/annotation";
import { Value } from "@masklet/annotation/reading";
import { type Mask, type Size, union } from "@masklet/vision";
import { Builder, checkedSize, type Where } from "../builder.ts";
import { FormatError, inFile } from "../error.ts";
import { type InputFiles, type OutputFiles, readText, writeFile } from "../files.ts";
import { type Format, HOLDS_LITTLE, type WriteOptions } from "../format.ts";
import { stem } from "../names.ts";
import { frameOfPicture } from "../pictures.ts";
import { checkpoint } from "../progress.ts";
import type { LossReport } from "../report.ts";
import { maskFromShape, roundShape } from "../shapes.ts";
import { listedFrames, type Source } from "../source.ts";
import { cropFromMask, maskFromCrop } from "./png.ts";

const IMPORTED = { by: "imported", format: "labelme", source: null } as const;
const VERSION = "5.5.0";
/** Digits after the point; rectangles are corners, and the way back must not leave a trace. */
const DIGITS = 4;

export const labelme: Format = {
  name: "labelme",
  holds: {
    ...HOLDS_LITTLE,
    shapes: { kinds: ["mask", "polygon", "box"], holes: false, parts: true, digits: DIGITS },
    occluded: true,
    label: "required",
    labelNumbers: "by-name",
    videoFacts: ["annotated", "pictures"],
    videoName: "file-name",
  },
  read,
  write,
};

async function* read(files: InputFiles, report: LossReport): AsyncIterable<Document> {
  const folders = new Map<string, string[]>();
  for (const name of (await files.list()).filter((one) => /\.json$/i.test(one))) {
    const folder = name.split("/").slice(0, -1).join("/");
    folders.set(folder, [...(folders.get(folder) ?? []), name]);
  }
  if (folders.size === 0)
    throw new FormatError("missing", { file: files.name }, "there is no .json file");
  for (const [folder, names] of folders)
    yield await readFolder(files, folder.split("/").at(-1) || files.name, names, report);
}

interface Found {
  readonly frame: number;
  readonly group: number | null;
  readonly label: string;
  readonly state: Extract<State, { presence: "visible" }>;
  readonly where: Where;
}

async function readFolder(
  files: InputFiles,
  name: string,
  names: readonly string[],
  report: LossReport,
): Promise<Document> {
  const numbers = names.map(frameOfPicture);
  const distinct =
    numbers.every((number) => number !== null) && new Set(numbers).size === names.length;
  const ordered = names
    .map((file, i) => ({ file, frame: distinct ? numbers[i]! : i }))
    .sort((a, b) => a.frame - b.frame);
  const pictures: string[] = [];
  const found: Found[] = [];
  let builder: Builder | null = null;
  for (const { file, frame } of ordered) {
    const value = new Value(parsed(file, await readText(files, file)));
    const size = inFile(file, () =>
      checkedSize(value.at("imageWidth").whole(), value.at("imageHeight").whole(), {
        file,
        place: "imageWidth",
      }),
    );
    builder ??= new Builder(size);
    if (size.width !== builder.size.width || size.height !== builder.size.height) {
      throw new FormatError(
        "unsupported",
        { file },
        `the picture is ${size.width} × ${size.height}, those before it ${builder.size.width} × ${builder.size.height}; pictures of one video have one size`,
      );
    }
    pictures.push(inFile(file, () => value.at("imagePath").maybe((one) => one.text()) ?? file));
    for (const shape of inFile(file, () => value.at("shapes").items())) {
      const one = await shapeOf(shape, frame, size, file);
      if (one === null)
        report.add("not-understood", {
          video: name,
          place: `${file}, ${shape.place}: ${String(shape.at("shape_type").raw)}`,
        });
      else found.push(one);
    }
  }
  addTracks(builder!, joined(found, builder!.size));
  const annotated = ordered.map(({ frame }) => frame as never);
  return builder!.finish({ name, annotated, pictures }, { file: name });
}

function parsed(file: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new FormatError("malformed", { file }, "it is not JSON; was it cut short?");
  }
}

/** Null for kinds that masklet has not, and for masks without a pixel. */
async function shapeOf(
  value: Value,
  frame: number,
  size: Size,
  file: string,
): Promise<Found | null> {
  const where = { file, place: value.place };
  const facts = inFile(file, () => ({
    type: value.at("shape_type").maybe((one) => one.text()) ?? "polygon",
    label: value.at("label").text(),
    group: value.at("group_id").maybe((one) => one.whole()),
    occluded: value.at("flags").missing ? false : value.at("flags").at("occluded").raw === true,
    points: value
      .at("points")
      .items()
      .map((point) => {
        const [x, y] = point.items(2).map((one) => one.number());
        return x === undefined || y === undefined ? point.fail("a point is [x, y]") : { x, y };
      }),
  }));
  const { type, label, group, occluded, points } = facts;
  const shape =
    type === "mask" ? await maskOf(value, points[0], size, where) : outlineOf(type, points, where);
  return shape === null
    ? null
    : { frame, group, label, where, state: visible(shape, IMPORTED, { occluded }) };
}

async function maskOf(
  value: Value,
  corner: { x: number; y: number } | undefined,
  size: Size,
  where: Where,
): Promise<Shape | null> {
  if (corner === undefined)
    throw new FormatError("malformed", where, "a mask has two corners as points");
  const base64 = inFile(where.file, () => value.at("mask").text());
  const mask = await maskFromCrop([corner.x, corner.y], base64, size, where);
  return mask.counts.length === 1 ? null : { kind: "mask", mask };
}

function outlineOf(
  type: string,
  points: readonly { x: number; y: number }[],
  where: Where,
): Shape | null {
  if (type === "polygon") {
    if (points.length < 3)
      throw new FormatError("malformed", where, "a polygon has at least three points");
    return { kind: "polygon", parts: [{ outer: points, holes: [] }] };
  }
  if (type !== "rectangle") return null;
  const [a, b] = points;
  if (a === undefined || b === undefined)
    throw new FormatError("malformed", where, "a rectangle has two corners as points");
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  return roundShape(
    { kind: "box", x, y, width: Math.abs(a.x - b.x), height: Math.abs(a.y - b.y) },
    DIGITS,
  );
}

/** Shapes of one group in one picture are one object: polygons its parts, anything else the union of their pixels. */
function joined(found: readonly Found[], size: Size): Found[] {
  const groups = new Map<string, Found>();
  const alone: Found[] = [];
  for (const one of found) {
    if (one.group === null) {
      alone.push(one);
      continue;
    }
    const key = `${one.frame} ${one.group}`;
    const other = groups.get(key);
    groups.set(
      key,
      other === undefined
        ? one
        : {
            ...other,
            state: { ...other.state, shape: together(other.state.shape, one.state.shape, size) },
          },
    );
  }
  return [...groups.values(), ...alone];
}

function together(a: Shape, b: Shape, size: Size): Shape {
  if (a.kind === "polygon" && b.kind === "polygon") {
    const parts: readonly PolygonPart[] = [...a.parts, ...b.parts];
    return { kind: "polygon", parts };
  }
  const mask: Mask = union(maskFromShape(a, size), maskFromShape(b, size));
  return { kind: "mask", mask };
}

function addTracks(builder: Builder, found: readonly Found[]): void {
  const names = [...new Set(found.map(({ label }) => label))].sort((a, b) => (a < b ? -1 : 1));
  names.forEach((name, i) => {
    builder.label(i + 1, { name }, { file: name });
  });
  let free = Math.max(-1, ...found.map(({ group }) => group ?? -1)) + 1;
  for (const { frame, group, label, state, where } of found) {
    const id = group ?? free++;
    if (!builder.hasTrack(id))
      builder.track(id, { label: (names.indexOf(label) + 1) as never }, where);
    builder.state(id, frame, state, where);
  }
}

async function write(
  sources: readonly Source[],
  files: OutputFiles,
  options: WriteOptions,
): Promise<void> {
  for (const { head, byFrame } of sources) {
    const { name, size, pictures, frameCount } = head.video;
    const paths = new Map(listedFrames(head.video).map((frame, i) => [frame, pictures![i]!]));
    const states = byFrame("derived")[Symbol.asyncIterator]();
    let here = await states.next();
    for (const [frame, imagePath] of paths) {
      const shapes: unknown[] = [];
      if (!here.done && here.value.frame === frame) {
        for (const [id, state] of here.value.states) {
          if (state.presence === "visible") shapes.push(...(await shapesOf(id, state, head)));
        }
        here = await states.next();
      }
      const file = {
        version: VERSION,
        flags: {},
        shapes,
        imagePath,
        imageData: null,
        imageHeight: size.height,
        imageWidth: size.width,
      };
      await writeFile(files, `${name}/${stem(frame)}.json`, `${JSON.stringify(file, null, 2)}\n`);
      checkpoint(options, frame + 1, frameCount);
    }
  }
}

async function shapesOf(
  id: number,
  state: Extract<State, { presence: "visible" }>,
  head: Source["head"],
): Promise<unknown[]> {
  const { shape, occluded } = state;
  const label = head.labels.get(head.tracks.get(id as never)!.info.label!)!.name;
  const facts = { label, group_id: id, description: "", flags: occluded ? { occluded } : {} };
  if (shape.kind === "mask")
    return [{ ...facts, shape_type: "mask", ...(await cropFromMask(shape.mask)) }];
  if (shape.kind === "polygon") {
    return shape.parts.map(({ outer }) => ({
      ...facts,
      shape_type: "polygon",
      points: outer.map(({ x, y }) => [x, y]),
      mask: null,
    }));
  }
  if (shape.kind !== "box") return [];
  const { x, y, width, height } = shape;
  return [
    {
      ...facts,
      shape_type: "rectangle",
      points: [
        [x, y],
        [x + width, y + height],
      ],
      mask: null,
    },
  ];
}
