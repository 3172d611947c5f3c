// What a person says about objects: read from JSON, joined by object and frame, checked against the clip.
import type { Size } from "@masklet/vision";
import { WorkbenchError } from "./errors.ts";

/** A click: pixel indices of the displayed frame. */
export interface Click {
  readonly x: number;
  readonly y: number;
  readonly sign: "include" | "exclude";
}

/** Corners in pixel indices of the displayed frame, x0 < x1 and y0 < y1. */
export interface CornerBox {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** What is said of one object on one frame: clicks and a box, or a mask from a file. */
export interface Prompt {
  readonly object: number;
  readonly frame: number;
  readonly clicks: readonly Click[];
  readonly box: CornerBox | null;
  /** Path of a PNG; null where clicks or a box are given. */
  readonly maskFile: string | null;
}

/** Objects are numbered 1 … 255, since they are the colours of an 8-bit picture. */
export const OBJECT_MAX = 255;
/** More clicks than anybody makes on one object of one frame; the network's cost grows with them. */
export const CLICKS_MAX = 200;
/** Objects at a time; each has its own memory bank. */
export const OBJECTS_MAX = 255;

/**
 * Reads a prompts document: `{"prompts":[{"object":1,"frame":0,"points":[[x,y,1]],"box":[x0,y0,x1,y1],"mask":"file.png"}]}`.
 * Mask paths are passed through `resolvePath`. Throws a WorkbenchError (`prompt`) naming the entry and field.
 */
export function readPrompts(
  text: string,
  from: { readonly name: string; readonly resolvePath: (path: string) => string },
): Prompt[] {
  let document: unknown;
  try {
    document = JSON.parse(text.replace(/^\uFEFF/, "")); // some editors begin a file with this mark
  } catch (error) {
    throw refusal(`${from.name} is not JSON: ${(error as Error).message}.`);
  }
  const list = isRecord(document) ? document.prompts : undefined;
  if (!Array.isArray(list)) throw refusal(`${from.name} has no list named "prompts".`);
  if (isRecord(document)) onlyFields(document, ["prompts"], from.name);
  return list.map((entry, at) =>
    readPrompt(entry, `${from.name}, prompts[${at}]`, from.resolvePath),
  );
}

const PROMPT_FIELDS = ["object", "frame", "points", "box", "mask"];

function readPrompt(entry: unknown, place: string, resolvePath: (path: string) => string): Prompt {
  if (!isRecord(entry)) throw refusal(`${place} is not an object.`);
  onlyFields(entry, PROMPT_FIELDS, place);
  const { points = [], box = null, mask = null } = entry;
  if (!Array.isArray(points)) throw refusal(`${place}: "points" must be a list of [x, y, 1 or 0].`);
  if (mask !== null && typeof mask !== "string") {
    throw refusal(`${place}: "mask" must be the path of a PNG file.`);
  }
  return {
    object: wholeNumber(entry.object, `${place}: "object"`),
    frame: wholeNumber(entry.frame, `${place}: "frame"`),
    clicks: points.map((point, at) => readClick(point, `${place}: points[${at}]`)),
    box: box === null ? null : readBox(box, `${place}: "box"`),
    maskFile: mask === null ? null : resolvePath(mask),
  };
}

function readClick(point: unknown, place: string): Click {
  const numbers = numberList(point);
  const [x, y, label = 1] = numbers ?? [];
  const fits = numbers !== null && (numbers.length === 2 || numbers.length === 3);
  if (!fits || x === undefined || y === undefined || (label !== 0 && label !== 1)) {
    throw refusal(`${place} must be [x, y, 1 to include or 0 to exclude].`);
  }
  return { x, y, sign: label === 1 ? "include" : "exclude" };
}

function readBox(box: unknown, place: string): CornerBox {
  const numbers = numberList(box);
  if (numbers?.length !== 4) throw refusal(`${place} must be [x0, y0, x1, y1].`);
  const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = numbers;
  return { x0, y0, x1, y1 };
}

/**
 * Joins what is said of the same object on the same frame, ordered by frame, then object.
 * Throws a WorkbenchError (`prompt`) for two boxes, two masks, or a mask beside clicks.
 */
export function joinPrompts(prompts: readonly Prompt[]): Prompt[] {
  const joined = new Map<string, Prompt>();
  for (const prompt of prompts) {
    const key = `${prompt.frame}:${prompt.object}`;
    const before = joined.get(key);
    joined.set(key, before === undefined ? prompt : joinTwo(before, prompt));
  }
  return [...joined.values()].sort((a, b) => a.frame - b.frame || a.object - b.object);
}

function joinTwo(first: Prompt, second: Prompt): Prompt {
  const place = `Object ${first.object}, frame ${first.frame}`;
  if (first.box !== null && second.box !== null) throw refusal(`${place} has two boxes; give one.`);
  if (first.maskFile !== null && second.maskFile !== null) {
    throw refusal(`${place} has two masks; give one.`);
  }
  return {
    ...first,
    clicks: [...first.clicks, ...second.clicks],
    box: first.box ?? second.box,
    maskFile: first.maskFile ?? second.maskFile,
  };
}

/**
 * Checks joined prompts against the clip they are for. Throws a WorkbenchError (`prompt`) that names
 * object, frame and value, and what would be right.
 */
export function checkPrompts(
  prompts: readonly Prompt[],
  clip: { readonly name: string; readonly size: Size; readonly frameCount: number },
): void {
  checkSomethingIsNamed(prompts);
  const objects = new Set(prompts.map((prompt) => prompt.object));
  if (objects.size > OBJECTS_MAX) {
    throw refusal(
      `${objects.size} objects are named; at most ${OBJECTS_MAX} are tracked at a time.`,
    );
  }
  for (const prompt of prompts) checkPrompt(prompt, clip);
}

/** Throws a WorkbenchError (`prompt`) where there are no prompts at all. */
export function checkSomethingIsNamed(prompts: readonly Prompt[]): void {
  if (prompts.length > 0) return;
  throw refusal("No object is named: give --point, --box, --mask or --prompts.");
}

function checkPrompt(
  prompt: Prompt,
  clip: { readonly name: string; readonly size: Size; readonly frameCount: number },
): void {
  const { object, frame, clicks, box, maskFile } = prompt;
  if (!Number.isInteger(object) || object < 1 || object > OBJECT_MAX) {
    throw refusal(`Objects are numbered 1 to ${OBJECT_MAX} (got ${object}).`);
  }
  if (!Number.isInteger(frame) || frame < 0 || frame >= clip.frameCount) {
    throw refusal(
      `Object ${object} is prompted on frame ${frame}, but ${clip.name} has the frames 0 to ${clip.frameCount - 1}.`,
    );
  }
  const place = `Object ${object}, frame ${frame}`;
  if (clicks.length === 0 && box === null && maskFile === null) {
    throw refusal(`${place}: the prompt says nothing; give clicks, a box or a mask.`);
  }
  if (maskFile !== null && (clicks.length > 0 || box !== null)) {
    throw refusal(`${place} has a mask beside clicks or a box; give one or the other.`);
  }
  if (clicks.length > CLICKS_MAX) {
    throw refusal(`${place} has ${clicks.length} clicks; at most ${CLICKS_MAX} can be used.`);
  }
  checkMarks(prompt, clip.size, place);
}

/** Checks clicks and box of one prompt against the size of the picture. */
export function checkMarks(
  marks: { readonly clicks: readonly Click[]; readonly box: CornerBox | null },
  size: Size,
  place: string,
): void {
  const { clicks, box } = marks;
  for (const { x, y } of clicks) {
    const inside = x >= 0 && y >= 0 && x < size.width && y < size.height;
    if (!inside) {
      throw refusal(`${place}: the click ${x},${y} is outside the picture, ${sizeText(size)}.`);
    }
  }
  if (box !== null) checkBox(box, size, place);
  if (clicks.length > 0 && box === null && clicks.every((click) => click.sign === "exclude")) {
    throw refusal(`${place} has only clicks that exclude; add one that includes, or a box.`);
  }
}

function checkBox(box: CornerBox, size: Size, place: string): void {
  const { x0, y0, x1, y1 } = box;
  const said = `${place}: the box ${x0},${y0},${x1},${y1}`;
  if (!(x0 < x1 && y0 < y1)) {
    throw refusal(`${said} is empty; its corners are left, top, right, bottom.`);
  }
  if (!(x0 >= 0 && y0 >= 0 && x1 <= size.width && y1 <= size.height)) {
    throw refusal(`${said} is outside the picture, ${sizeText(size)}.`);
  }
}

/** "640 × 360 pixels (x 0 to 639, y 0 to 359)". */
function sizeText({ width, height }: Size): string {
  return `${width} × ${height} pixels (x 0 to ${width - 1}, y 0 to ${height - 1})`;
}

function wholeNumber(value: unknown, place: string): number {
  if (typeof value !== "number" || !Number.isInteger(value)) {
    throw refusal(`${place} must be a whole number (got ${JSON.stringify(value)}).`);
  }
  return value;
}

function numberList(value: unknown): number[] | null {
  if (!Array.isArray(value)) return null;
  return value.every((part) => typeof part === "number" && Number.isFinite(part)) ? value : null;
}

function onlyFields(
  record: Record<string, unknown>,
  known: readonly string[],
  place: string,
): void {
  const unknown = Object.keys(record).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw refusal(`${place}: unknown field "${unknown}" (known are ${known.join(", ")}).`);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refusal(message: string): WorkbenchError {
  return new WorkbenchError("prompt", message);
}
