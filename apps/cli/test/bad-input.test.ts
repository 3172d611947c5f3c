// Bad input ends in one sentence and the right exit code, and leaves nothing behind.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { writePicture } from "@masklet/video/node";
import { writeIndexedPng } from "@masklet/vision";
import { masklet } from "./run-masklet.ts";

const base = mkdtempSync(join(tmpdir(), "masklet-bad-"));
after(() => rmSync(base, { recursive: true, force: true }));
const at = (name: string): string => join(base, name);
const size = { width: 48, height: 32 };
const out = at("out");

before(async () => {
  mkdirSync(at("clip"));
  mkdirSync(at("nothing"));
  mkdirSync(at("sizes"));
  mkdirSync(at("a-folder.png"));
  const rgb = new Uint8Array(size.width * size.height * 3).fill(90);
  for (const name of ["0.png", "1.png", "2.png"])
    await writePicture(join(at("clip"), name), { size, rgb });
  await writePicture(join(at("sizes"), "0.png"), { size, rgb });
  await writePicture(join(at("sizes"), "1.png"), { size: { width: 32, height: 48 }, rgb });
  writeFileSync(at("text.mp4"), "hello\n");
  writeFileSync(at("zero.mp4"), "");
  writeFileSync(at("broken.json"), "{");
  writeFileSync(at("zeros.json"), Buffer.alloc(100));
  symlinkSync(at("loop"), at("loop"));
  writeFileSync(at("wrong.json"), `{"prompts":[{"object":1,"frame":0,"point":[1,2]}]}`);
  writeFileSync(at("no-object.json"), `{"prompts":[]}`);
  const mask = (side: number, value: number) =>
    writeIndexedPng({
      size: { width: side, height: 32 },
      data: new Uint8Array(side * 32).fill(value),
    });
  writeFileSync(at("small.png"), await mask(16, 1));
  writeFileSync(at("empty.png"), await mask(48, 0));
  writeFileSync(at("text.png"), "no picture");
  writeFileSync(at("text.pt"), "no checkpoint");
  mkdirSync(at("empty-model"));
  mkdirSync(at("taken"));
  mkdirSync(join(at("taken"), "masks"));
  writeFileSync(join(at("taken"), "masks", "notes.txt"), "mine");
});

const clip = at("clip");
const click = ["--point", "1,0,5,5"];
const cases: readonly [string, number, readonly string[], RegExp][] = [
  ["a text named .mp4", 3, ["track", at("text.mp4"), ...click], /text\.mp4/],
  ["an empty file", 3, ["track", at("zero.mp4"), ...click], /zero\.mp4/],
  ["no file", 3, ["track", at("none.mp4"), ...click], /none\.mp4/],
  ["an empty folder", 3, ["track", at("nothing"), ...click], /nothing/],
  ["pictures of different sizes", 3, ["track", at("sizes"), ...click], /1\.png/],
  ["a click right of the picture", 2, ["track", clip, "--point", "1,0,48,5"], /48,5 is outside/],
  ["a click above the picture", 2, ["track", clip, "--point", "1,0,5,-1"], /5,-1 is outside/],
  ["a click that is not a number", 2, ["track", clip, "--point", "1,0,NaN,5"], /--point must be/],
  ["a click at infinity", 2, ["track", clip, "--point", "1,0,1e999,5"], /--point must be/],
  ["a click of three numbers", 2, ["track", clip, "--point", "1,0,5"], /--point must be/],
  ["a click with a label of 2", 2, ["track", clip, "--point", "1,0,5,5,2"], /--point must be/],
  ["object 0", 2, ["track", clip, "--point", "0,0,5,5"], /numbered from 1/],
  ["object 256", 2, ["track", clip, "--point", "256,0,5,5"], /1 to 255/],
  ["frame 1.5", 2, ["track", clip, "--point", "1,1.5,5,5"], /frames count from 0/],
  ["a frame after the last", 2, ["track", clip, "--point", "1,3,5,5"], /frames 0 to 2/],
  ["tracking from after the last frame", 2, ["track", clip, ...click, "--from", "3"], /frame 3/],
  ["zero frames", 2, ["track", clip, ...click, "--frames", "0"], /--frames must be/],
  ["only exclude clicks", 2, ["track", clip, "--point", "1,0,5,5,0"], /only clicks that exclude/],
  ["no prompt", 2, ["track", clip], /No object is named/],
  [
    "an empty list of prompts",
    2,
    ["track", clip, "--prompts", at("no-object.json")],
    /No object is named/,
  ],
  [
    "prompts that are no JSON",
    2,
    ["track", clip, "--prompts", at("broken.json")],
    /broken\.json is not JSON/,
  ],
  [
    "prompts with a wrong field",
    2,
    ["track", clip, "--prompts", at("wrong.json")],
    /unknown field "point"/,
  ],
  ["prompts that are not there", 3, ["track", clip, "--prompts", at("none.json")], /none\.json/],
  ["a box whose corners are swapped", 2, ["track", clip, "--box", "1,0,9,9,2,2"], /is empty/],
  ["a box beyond the picture", 2, ["track", clip, "--box", "1,0,0,0,99,9"], /outside the picture/],
  ["two boxes", 2, ["track", clip, "--box", "1,0,0,0,9,9", "--box", "1,0,0,0,8,8"], /two boxes/],
  [
    "a mask of another size",
    2,
    ["track", clip, "--mask", `1,0,${at("small.png")}`],
    /16 × 32 pixels/,
  ],
  [
    "a mask that shows nothing",
    2,
    ["track", clip, "--mask", `1,0,${at("empty.png")}`],
    /shows no object/,
  ],
  [
    "a mask that is no picture",
    3,
    ["track", clip, "--mask", `1,0,${at("text.png")}`],
    /text\.png is no mask/,
  ],
  [
    "a mask that is a folder",
    3,
    ["track", clip, "--mask", `1,0,${at("a-folder.png")}`],
    /a-folder\.png/,
  ],
  [
    "a mask beside a click",
    2,
    ["track", clip, ...click, "--mask", `1,0,${at("small.png")}`],
    /one or the other/,
  ],
  ["an output without a name", 2, ["track", clip, ...click, "--out", ""], /--out is empty/],
  ["an input without a name", 2, ["track", "", ...click], /INPUT is empty/],
  [
    "links that lead round in a circle",
    3,
    ["track", at("loop"), ...click],
    /lead round in a circle/,
  ],
  [
    "a name that commands the terminal",
    3,
    ["track", at("no\n\u001b[31m.mp4"), ...click],
    /no\\n\\u001b\[31m\.mp4 does not exist/,
  ],
  [
    "prompts of zero bytes",
    2,
    ["track", clip, "--prompts", at("zeros.json")],
    /zeros\.json is not JSON: [^\0]+$/,
  ],
  ["an unknown flag", 2, ["track", clip, ...click, "--frobnicate"], /--frobnicate/],
  [
    "a flag twice",
    2,
    ["track", clip, ...click, "--policy", "masklet", "--policy", "reference"],
    /twice/,
  ],
  ["an unknown policy", 2, ["track", clip, ...click, "--policy", "wild"], /masklet or reference/],
  ["an unknown format", 2, ["track", clip, ...click, "--format", "cooc"], /--format must be/],
  ["an unknown model", 4, ["track", clip, ...click, "--model", "nonesuch"], /nonesuch/],
  ["a text as a model", 4, ["track", clip, ...click, "--model", at("text.pt")], /text\.pt/],
  ["an empty folder as a model", 4, ["track", clip, ...click, "--model", at("empty-model")], /./],
  ["an input size the network cannot take", 4, ["track", clip, ...click, "--size", "65"], /65/],
  [
    "an overlay in a folder that is not there",
    5,
    ["track", clip, ...click, "--overlay", at("no/o.mp4")],
    /o\.mp4/,
  ],
];
for (const [name, code, words, message] of cases) {
  test(`${name}: exit code ${code}, one sentence, nothing left`, async () => {
    const before = readdirSync(base).sort();
    const ran = await masklet([...words, "--out", out]);
    assert.equal(ran.code, code, ran.stderr);
    assert.match(ran.stderr, message);
    assert.equal(ran.stderr.trimEnd().split("\n").length, 1, ran.stderr);
    assert.doesNotMatch(ran.stderr, /\n +at /);
    assert.equal(ran.stdout, "");
    assert.equal(existsSync(out), false);
    assert.deepEqual(readdirSync(base).sort(), before);
  });
}

const pipes: readonly (readonly [number, readonly string[]])[] = [
  [4, ["models", "inspect", "pipe"]],
  [4, ["track", clip, ...click, "--out", out, "--model", "pipe"]],
  [3, ["probe", "pipe"]],
  [3, ["segment", "pipe", "--auto", "--out", out]],
  [3, ["track", clip, "--out", out, "--mask", "1,0,pipe"]],
];
for (const [code, words] of pipes) {
  test(`a named pipe is refused, not waited for: ${words[0]}, code ${code}`, async (t) => {
    const pipe = at("pipe");
    execFileSync("mkfifo", [pipe]);
    t.after(() => rmSync(pipe));
    const ran = await masklet(words.map((word) => word.replace(/pipe$/, pipe)));
    assert.equal(ran.code, code, ran.stderr);
    assert.match(ran.stderr, /^[^\n]*pipe[^\n]*(ordinary file)[^\n]*\n$/);
  });
}

test("a folder without recorded flows is told what is expected in it, without a table", async () => {
  for (const folder of ["nothing", "none"]) {
    const ran = await masklet(["models", "verify", at(folder)]);
    assert.equal(ran.code, 3, ran.stderr);
    assert.equal(ran.stdout, "");
    assert.match(ran.stderr, folder === "nothing" ? /\.flows\.json are expected/ : /no such file/);
    assert.equal(ran.stderr.trimEnd().split("\n").length, 1, ran.stderr);
  }
});

const unwritable: readonly (readonly [string, string, RegExp])[] = [
  ["a folder that cannot be made", "/proc/nope", /\/proc\/nope/],
  ["a folder below a file", join(at("text.mp4"), "out"), /part of its path is a file/],
  ["a file in the way", at("text.mp4"), /text\.mp4/],
];
for (const [name, path, message] of unwritable) {
  test(`output into ${name} is refused before the video is opened`, async () => {
    for (const format of [[], ["--format", "coco"]]) {
      const ran = await masklet(["track", at("none.mp4"), ...click, "--out", path, ...format]);
      assert.equal(ran.code, 5, ran.stderr);
      assert.match(ran.stderr, format.length === 0 ? message : /./);
    }
  });
}

test("the overlay never replaces the input, under another name for it neither", async () => {
  const video = at("text.mp4");
  const before = readFileSync(video);
  symlinkSync(video, at("link.mp4"));
  for (const overlay of [video, at("link.mp4")]) {
    const ran = await masklet(["track", video, ...click, "--overlay", overlay, "--out", at("new")]);
    assert.equal(ran.code, 5, ran.stderr);
    assert.match(ran.stderr, /is the input itself/);
  }
  assert.deepEqual(readFileSync(video), before);
});

test("masks that masklet did not write are never replaced", async () => {
  const ran = await masklet(["track", clip, ...click, "--out", at("taken")]);
  assert.equal(ran.code, 5, ran.stderr);
  assert.match(ran.stderr, /notes\.txt/);
  assert.deepEqual(readdirSync(join(at("taken"), "masks")), ["notes.txt"]);
});

test("an unknown sequence and a folder that is no data set are named", async () => {
  const ran = await masklet(["eval", "davis", base, "--prompt", "mask"]);
  assert.equal(ran.code, 3, ran.stderr);
  assert.match(ran.stderr, /JPEGImages/);
});
