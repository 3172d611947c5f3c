// Counts in words.
import assert from "node:assert/strict";
import { test } from "node:test";
import { counted } from "../src/counted.ts";

test("one thing is not called by its plural", () => {
  assert.equal(counted(0, "object"), "0 objects");
  assert.equal(counted(1, "object"), "1 object");
  assert.equal(counted(2, "mask or box", "masks and boxes"), "2 masks and boxes");
});
