// A few attacks on every reader; bench/formats/fuzz.ts does the same for as long as one likes.
import { test } from "node:test";
import { FORMAT_NAMES } from "../src/format.ts";
import { attack } from "./attack.ts";

const ATTACKS = 25;

for (const name of FORMAT_NAMES) {
  test(`${name}: broken datasets are read or refused in one sentence`, async () => {
    for (let seed = 1; seed <= ATTACKS; seed++) await attack(name, seed);
  });
}
