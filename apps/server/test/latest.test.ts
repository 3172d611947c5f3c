// Questions of one asker: one at a time, and of those that wait only the newest.
import assert from "node:assert/strict";
import { test } from "node:test";
import { latestOnly } from "../src/latest.ts";

test("of an asker's questions that wait only the newest is asked; other askers do not wait", async () => {
  const latest = latestOnly();
  const asked: string[] = [];
  const answers = new Map<string, () => void>();
  const ask = (asker: string, name: string) =>
    latest
      .ask(
        asker,
        () => {
          asked.push(name);
          return new Promise<string>((done) => answers.set(name, () => done(name)));
        },
        () => new Error(`${name} was overtaken`),
      )
      .catch((error: Error) => error.message);
  const [first, second, third] = [ask("ann", "first"), ask("ann", "second"), ask("ann", "third")];
  const other = ask("bob", "other");
  assert.equal(await second, "second was overtaken");
  assert.deepEqual(asked, ["first", "other"]);
  answers.get("first")!();
  answers.get("other")!();
  assert.deepEqual([await first, await other], ["first", "other"]);
  await new Promise((done) => setImmediate(done));
  assert.deepEqual(asked, ["first", "other", "third"]);
  answers.get("third")!();
  assert.equal(await third, "third");
  const later = ask("ann", "later");
  answers.get("later")!();
  assert.equal(await later, "later");
});

test("a question that fails lets the next one through", async () => {
  const latest = latestOnly();
  const failing = latest.ask(
    "ann",
    () => Promise.reject(new Error("no")),
    () => new Error("late"),
  );
  const next = latest.ask(
    "ann",
    async () => "yes",
    () => new Error("late"),
  );
  await assert.rejects(failing, /no/);
  assert.equal(await next, "yes");
});
