// Prompts are read, joined and checked, and each fault is named.
import assert from "node:assert/strict";
import { test } from "node:test";
import { WorkbenchError } from "../src/errors.ts";
import { checkPrompts, joinPrompts, type Prompt, readPrompts } from "../src/prompts.ts";

const from = { name: "p.json", resolvePath: (path: string) => `/base/${path}` };
const clip = { name: "clip.mp4", size: { width: 640, height: 360 }, frameCount: 100 };

function click(x: number, y: number, sign: "include" | "exclude" = "include"): Prompt {
  return { object: 1, frame: 0, clicks: [{ x, y, sign }], box: null, maskFile: null };
}

function refused(run: () => unknown, message: RegExp): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof WorkbenchError, String(error));
    assert.equal(error.code, "prompt");
    assert.match(error.message, message);
    return true;
  });
}

test("a byte order mark before a prompts document does not matter", () => {
  const text = JSON.stringify({ prompts: [{ object: 1, frame: 0, points: [[3, 4, 1]] }] });
  assert.deepEqual(readPrompts(`\uFEFF${text}`, from), readPrompts(text, from));
});

test("a prompts document is read as the contract writes it", () => {
  const text = `{"prompts":[{"object":1,"frame":0,"points":[[10,20,1],[30,40.5,0]],"box":[1,2,3,4]},{"object":2,"frame":5,"mask":"m.png"}]}`;
  assert.deepEqual(readPrompts(text, from), [
    {
      object: 1,
      frame: 0,
      clicks: [
        { x: 10, y: 20, sign: "include" },
        { x: 30, y: 40.5, sign: "exclude" },
      ],
      box: { x0: 1, y0: 2, x1: 3, y1: 4 },
      maskFile: null,
    },
    { object: 2, frame: 5, clicks: [], box: null, maskFile: "/base/m.png" },
  ]);
});

const faults: readonly [string, string, RegExp][] = [
  ["no JSON", "{", /p\.json is not JSON/],
  ["no list", "{}", /no list named "prompts"/],
  ["a list at the top", "[]", /no list named "prompts"/],
  [
    "an unknown field",
    `{"prompts":[{"object":1,"frame":0,"point":[1,2]}]}`,
    /prompts\[0\]: unknown field "point"/,
  ],
  [
    "an object that is text",
    `{"prompts":[{"object":"1","frame":0}]}`,
    /"object" must be a whole number \(got "1"\)/,
  ],
  ["a frame that is missing", `{"prompts":[{"object":1}]}`, /"frame" must be a whole number/],
  [
    "a point of one number",
    `{"prompts":[{"object":1,"frame":0,"points":[[1]]}]}`,
    /points\[0\] must be \[x, y/,
  ],
  [
    "a label of 2",
    `{"prompts":[{"object":1,"frame":0,"points":[[1,2,2]]}]}`,
    /points\[0\] must be/,
  ],
  [
    "a null coordinate",
    `{"prompts":[{"object":1,"frame":0,"points":[[null,2,1]]}]}`,
    /points\[0\] must be/,
  ],
  ["a box of three", `{"prompts":[{"object":1,"frame":0,"box":[1,2,3]}]}`, /"box" must be/],
  ["a mask that is no path", `{"prompts":[{"object":1,"frame":0,"mask":7}]}`, /"mask" must be/],
];
for (const [name, text, message] of faults) {
  test(`a prompts document with ${name} is refused with its place`, () => {
    refused(() => readPrompts(text, from), message);
  });
}

test("prompts on the same object and frame are joined, in the order of frames", () => {
  const later = { ...click(1, 1), frame: 7 };
  const joined = joinPrompts([later, click(5, 6), click(7, 8, "exclude")]);
  assert.deepEqual(
    joined.map((each) => [each.frame, each.clicks.length]),
    [
      [0, 2],
      [7, 1],
    ],
  );
});

test("two boxes for one object on one frame are refused", () => {
  const box = { ...click(1, 1), clicks: [], box: { x0: 0, y0: 0, x1: 9, y1: 9 } };
  refused(() => joinPrompts([box, box]), /Object 1, frame 0 has two boxes/);
});

const impossible: readonly [string, Prompt[], RegExp][] = [
  ["nothing", [], /No object is named/],
  [
    "right of the picture",
    [click(640, 5)],
    /640,5 is outside the picture, 640 × 360 pixels \(x 0 to 639/,
  ],
  ["below the picture", [click(5, 360)], /outside the picture/],
  ["left of the picture", [click(-1, 5)], /outside the picture/],
  ["not a number", [click(Number.NaN, 5)], /outside the picture/],
  ["after the last frame", [{ ...click(5, 5), frame: 100 }], /has the frames 0 to 99/],
  ["object 0", [{ ...click(5, 5), object: 0 }], /numbered 1 to 255 \(got 0\)/],
  ["object 256", [{ ...click(5, 5), object: 256 }], /numbered 1 to 255/],
  ["only exclude", [click(5, 5, "exclude")], /only clicks that exclude/],
  [
    "an empty box",
    [{ ...click(1, 1), clicks: [], box: { x0: 9, y0: 0, x1: 9, y1: 9 } }],
    /is empty/,
  ],
  [
    "a box outside",
    [{ ...click(1, 1), clicks: [], box: { x0: 0, y0: 0, x1: 641, y1: 9 } }],
    /outside the picture/,
  ],
  ["a mask beside clicks", [{ ...click(5, 5), maskFile: "m.png" }], /a mask beside clicks/],
  ["no marks", [{ ...click(5, 5), clicks: [] }], /says nothing/],
];
for (const [name, prompts, message] of impossible) {
  test(`a prompt that cannot be (${name}) is refused`, () => {
    refused(() => checkPrompts(prompts, clip), message);
  });
}

test("the four corner pixels and a box around the whole picture are inside", () => {
  checkPrompts([click(0, 0), click(639, 0), click(0, 359), click(639.5, 359.5)], clip);
  checkPrompts([{ ...click(0, 0), clicks: [], box: { x0: 0, y0: 0, x1: 640, y1: 360 } }], clip);
});
