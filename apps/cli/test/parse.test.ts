// The command line is understood, or the flag at fault is named.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  command,
  oneOf,
  operand,
  repeated,
  requiredText,
  toggle,
  wholeNumber,
} from "../src/command.ts";
import { parseCommandLine, UsageError } from "../src/parse.ts";

const cut = command({
  words: ["cut"],
  summary: "cut",
  operands: [operand("INPUT", "what to cut")],
  options: {
    out: requiredText("DIR", "where to"),
    at: repeated("N", "where", (given) => {
      if (given === "bad") throw new RangeError("cannot be bad");
      return Number(given);
    }),
    count: wholeNumber("N", "how often", { least: 1, most: 9 }),
    way: oneOf(["forward", "backward"], "which way"),
    dry: toggle("only say it"),
  },
  examples: [],
  run: async () => 0,
});
const list = command({
  words: ["knives", "list"],
  summary: "list",
  options: {},
  examples: [],
  run: async () => 0,
});
const table = [cut, list];

function read(...words: string[]) {
  const request = parseCommandLine(words, table);
  assert.equal(request.kind, "run");
  return request.kind === "run" ? request : assert.fail();
}

test("options and operands are read with their types, in any order", () => {
  const { operands, options, json } = read(
    "cut",
    "--at",
    "1",
    "a.mp4",
    "--out=b",
    "--at=2",
    "--count",
    "3",
    "--way",
    "backward",
    "--json",
  );
  assert.deepEqual(operands, ["a.mp4"]);
  assert.equal(json, true);
  assert.deepEqual(options, {
    out: "b",
    at: [1, 2],
    count: 3,
    way: "backward",
    dry: false,
    json: true,
    help: false,
  });
});

test("a negative number is a value, and -- ends the flags", () => {
  assert.deepEqual(read("cut", "a", "--out", "b", "--at", "-3").options.at, [-3]);
  assert.deepEqual(read("cut", "--out", "b", "--", "--odd-name.mp4").operands, ["--odd-name.mp4"]);
});

const faults: readonly [string, readonly string[], RegExp][] = [
  [
    "an unknown flag",
    ["cut", "a", "--out", "b", "--cuont", "3"],
    /no flag --cuont\. Did you mean --count\?/,
  ],
  ["a short flag", ["cut", "a", "--out", "b", "-x"], /no flag -x/],
  [
    "a flag named like a property of objects",
    ["cut", "a", "--out", "b", "--constructor"],
    /no flag --constructor/,
  ],
  ["a missing required flag", ["cut", "a"], /--out DIR is missing/],
  ["a missing operand", ["cut", "--out", "b"], /INPUT is missing: what to cut/],
  ["an operand too many", ["cut", "a", "c", "--out", "b"], /no use for "c"/],
  ["a flag without its value", ["cut", "a", "--out"], /--out needs a value/],
  ["a flag followed by a flag", ["cut", "a", "--out", "--dry"], /--out needs a value/],
  ["a value for a switch", ["cut", "a", "--out", "b", "--dry=yes"], /--dry takes no value/],
  ["a flag given twice", ["cut", "a", "--out", "b", "--out", "c"], /--out is given twice/],
  [
    "a number out of range",
    ["cut", "a", "--out", "b", "--count", "10"],
    /--count must be a whole number from 1 to 9/,
  ],
  [
    "a word that is not one of the choices",
    ["cut", "a", "--out", "b", "--way", "up"],
    /--way must be forward or backward/,
  ],
  ["a value its reader refuses", ["cut", "a", "--out", "b", "--at", "bad"], /--at cannot be bad/],
  ["an unknown command", ["cot", "a"], /no command "cot"; did you mean "cut"/],
  ["an unknown command of a group", ["knives", "lisst"], /did you mean "knives list"/],
];
for (const [name, words, message] of faults) {
  test(`${name} is a usage error that says so`, () => {
    assert.throws(
      () => parseCommandLine(words, table),
      (error) => error instanceof UsageError && message.test(error.message),
    );
  });
}

test("help is found wherever it is asked for", () => {
  assert.deepEqual(parseCommandLine([], table), { kind: "help", words: [] });
  assert.deepEqual(parseCommandLine(["help", "cut"], table), { kind: "help", words: ["cut"] });
  assert.deepEqual(parseCommandLine(["cut", "-h"], table), {
    kind: "help",
    words: ["cut"],
  });
  assert.deepEqual(parseCommandLine(["knives"], table), { kind: "help", words: ["knives"] });
  assert.deepEqual(parseCommandLine(["knives", "--help"], table), {
    kind: "help",
    words: ["knives"],
  });
});
