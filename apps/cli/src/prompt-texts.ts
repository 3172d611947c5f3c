// Reads the texts of --point, --box and --mask.
import type { Click, CornerBox, Prompt } from "@masklet/workbench";

/** `OBJ,FRAME,X,Y` or `OBJ,FRAME,X,Y,1|0`. Throws a RangeError that says what is wrong. */
export function readPoint(text: string): Prompt {
  const form = "must be OBJ,FRAME,X,Y or OBJ,FRAME,X,Y,0 to exclude";
  const [object, frame, ...rest] = numbers(text, { form, least: 4, most: 5 });
  return {
    ...place(object, frame, text),
    clicks: [clickOf(rest, form, text)],
    box: null,
    maskFile: null,
  };
}

/** `OBJ,FRAME,X0,Y0,X1,Y1`. Throws a RangeError. */
export function readBox(text: string): Prompt {
  const [object, frame, ...corners] = numbers(text, {
    form: "must be OBJ,FRAME,X0,Y0,X1,Y1",
    least: 6,
    most: 6,
  });
  return { ...place(object, frame, text), clicks: [], box: boxOf(corners), maskFile: null };
}

/** `OBJ,FRAME,FILE.png`; the name may hold commas. Throws a RangeError. */
export function readMask(text: string): Prompt {
  const match = /^([^,]*),([^,]*),(.+)$/s.exec(text);
  if (match === null)
    throw new RangeError(`must be OBJ,FRAME,FILE.png (got ${JSON.stringify(text)})`);
  const [, object = "", frame = "", file = ""] = match;
  const [objectNumber, frameNumber] = numbers(`${object},${frame}`, {
    form: "must be OBJ,FRAME,FILE.png",
    least: 2,
    most: 2,
  });
  return { ...place(objectNumber, frameNumber, text), clicks: [], box: null, maskFile: file };
}

/** `X,Y` or `X,Y,1|0`. Throws a RangeError. */
export function readPicturePoint(text: string): Click {
  const form = "must be X,Y or X,Y,0 to exclude";
  return clickOf(numbers(text, { form, least: 2, most: 3 }), form, text);
}

/** `X0,Y0,X1,Y1`. Throws a RangeError. */
export function readPictureBox(text: string): CornerBox {
  return boxOf(numbers(text, { form: "must be X0,Y0,X1,Y1", least: 4, most: 4 }));
}

function clickOf(parts: readonly number[], form: string, text: string): Click {
  const [x = 0, y = 0, label = 1] = parts;
  if (label !== 0 && label !== 1) throw new RangeError(`${form} (got ${JSON.stringify(text)})`);
  return { x, y, sign: label === 1 ? "include" : "exclude" };
}

function boxOf([x0 = 0, y0 = 0, x1 = 0, y1 = 0]: readonly number[]): CornerBox {
  return { x0, y0, x1, y1 };
}

function place(
  object: number | undefined,
  frame: number | undefined,
  text: string,
): { readonly object: number; readonly frame: number } {
  if (object === undefined || !Number.isInteger(object) || object < 1) {
    throw new RangeError(
      `names object ${object}, but objects are numbered from 1 (got ${JSON.stringify(text)})`,
    );
  }
  if (frame === undefined || !Number.isInteger(frame) || frame < 0) {
    throw new RangeError(
      `names frame ${frame}, but frames count from 0 (got ${JSON.stringify(text)})`,
    );
  }
  return { object, frame };
}

function numbers(
  text: string,
  told: { readonly form: string; readonly least: number; readonly most: number },
): number[] {
  const parts = text.split(",").map((part) => part.trim());
  const values = parts.map((part) =>
    /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(part) ? Number(part) : Number.NaN,
  );
  const fits = parts.length >= told.least && parts.length <= told.most;
  if (!fits || !values.every(Number.isFinite)) {
    throw new RangeError(`${told.form} (got ${JSON.stringify(text)})`);
  }
  return values;
}
