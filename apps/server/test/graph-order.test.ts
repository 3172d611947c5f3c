// Clicks run before tracking: the order of graph runs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as later } from "node:timers/promises";
import type { Graphs, Tensors } from "@masklet/engine";
import { orderGraphs } from "../src/engine/graph-order.ts";

/** Graphs that end a run when told to, and remember which were begun. */
function playedGraphs() {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const graphs: Pick<Graphs, "run"> = {
    run(_, inputs) {
      begun.push(Object.keys(inputs)[0]!);
      return new Promise((done) => ends.push(() => done({})));
    },
  };
  const end = async () => {
    ends.shift()!();
    await later();
  };
  return { graphs, begun, end };
}

const named = (name: string): Tensors => ({ [name]: { shape: [0], data: new Float32Array() } });

test("A click that arrives during tracking runs next, before what waited longer.", async () => {
  const { graphs, begun, end } = playedGraphs();
  const order = orderGraphs(graphs);
  const pass = order.lane("pass").graphs;
  const one = pass.run("encode", named("pass 1"));
  const two = pass.run("decode", named("pass 2"));
  const ahead = order.lane("ahead").graphs.run("encode", named("ahead"));
  const click = order.lane("click").graphs.run("decode", named("click"));
  for (let left = 4; left > 0; left--) await end();
  await Promise.all([one, two, ahead, click]);
  assert.deepEqual(begun, ["pass 1", "click", "ahead", "pass 2"]);
});

test("Between the runs of a click no run of tracking is started.", async () => {
  const { graphs, begun, end } = playedGraphs();
  const order = orderGraphs(graphs);
  const click = order.lane("click").graphs;
  const deed = order.during("click", async () => {
    await click.run("encode", named("encode"));
    await later();
    await click.run("decode", named("decode"));
  });
  const pass = order.lane("pass").graphs.run("encode", named("pass"));
  await end();
  await later();
  assert.deepEqual(begun, ["encode", "decode"]);
  await end();
  await deed;
  await later();
  assert.deepEqual(begun, ["encode", "decode", "pass"]);
  await end();
  await pass;
});

test("A frame encoded ahead that a click needs is raised: the click does not wait for itself.", async () => {
  const { graphs, begun, end } = playedGraphs();
  const order = orderGraphs(graphs);
  const lane = order.lane("ahead");
  const pass = order.lane("pass").graphs.run("encode", named("pass"));
  const ahead = lane.graphs.run("encode", named("ahead"));
  const deed = order.during("click", async () => {
    lane.raise("click");
    await ahead;
  });
  await end();
  assert.deepEqual(begun, ["pass", "ahead"]);
  await end();
  await Promise.all([deed, pass]);
});

test("A failed run fails its asker and lets the next one go on.", async () => {
  const order = orderGraphs({
    run: (graph) =>
      graph === "encode" ? Promise.reject(new Error("broken")) : Promise.resolve({}),
  });
  const { graphs } = order.lane("pass");
  const failed = graphs.run("encode", {});
  const fine = graphs.run("decode", {});
  await assert.rejects(failed, /broken/);
  assert.deepEqual(await fine, {});
});
