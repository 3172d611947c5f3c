// Which frames were tracked and which way, against a plain map.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Direction } from "../src/memory/bank.ts";
import { directionOn, type Visits, withoutVisit, withVisit } from "../src/memory/visits.ts";

test("a long run is one span, and a run over it replaces it", () => {
  let visits: Visits = [];
  for (let frame = 0; frame < 1000; frame++) visits = withVisit(visits, frame, "forward");
  assert.deepEqual(visits, [{ from: 0, to: 999, direction: "forward" }]);
  for (let frame = 999; frame >= 0; frame--) visits = withVisit(visits, frame, "backward");
  assert.deepEqual(visits, [{ from: 0, to: 999, direction: "backward" }]);
});

test("spans say of every frame what a map of frames would say", () => {
  const run = fc.record({
    start: fc.nat(20),
    length: fc.integer({ min: 1, max: 12 }),
    direction: fc.constantFrom<Direction>("forward", "backward"),
  });
  fc.assert(
    fc.property(fc.array(fc.oneof(run, fc.nat(32)), { maxLength: 12 }), (steps) => {
      let visits: Visits = [];
      const map = new Map<number, Direction>();
      for (const step of steps) {
        if (typeof step === "number") {
          visits = withoutVisit(visits, step);
          map.delete(step);
          continue;
        }
        for (let i = 0; i < step.length; i++) {
          const frame =
            step.direction === "forward" ? step.start + i : step.start + step.length - i;
          visits = withVisit(visits, frame, step.direction);
          map.set(frame, step.direction);
        }
      }
      for (let frame = 0; frame < 40; frame++)
        assert.equal(directionOn(visits, frame), map.get(frame));
    }),
  );
});
