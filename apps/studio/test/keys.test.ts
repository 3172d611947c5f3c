// Keys: no profile gives one key to two actions, none takes a key of the browser.
import assert from "node:assert/strict";
import { test } from "node:test";
import { KEPT_BY_BROWSER, type ProfileName, profiles } from "../src/actions/profiles.ts";
import { actionTexts } from "../src/actions/texts.ts";

const names = Object.keys(profiles) as ProfileName[];

for (const name of names) {
  test(`the profile ${name} gives no key to two actions`, () => {
    const owners = new Map<string, string>();
    const clashes: string[] = [];
    for (const [action, keys] of Object.entries(profiles[name])) {
      for (const key of keys) {
        const owner = owners.get(key);
        if (owner) clashes.push(`${key}: ${owner} and ${action}`);
        owners.set(key, action);
      }
    }
    assert.deepEqual(clashes, []);
  });

  test(`the profile ${name} takes no key that browsers keep`, () => {
    const keys = Object.values(profiles[name]).flat();
    assert.deepEqual(
      keys.filter((key) => (KEPT_BY_BROWSER as readonly string[]).includes(key)),
      [],
    );
  });
}

test("every action has a name and a sentence in both languages", () => {
  for (const texts of Object.values(actionTexts))
    for (const [action, { name, does }] of Object.entries(texts)) {
      assert.ok(name.length > 0 && name.length <= 40, `${action} is named "${name}"`);
      assert.match(does, /\.$/, `${action}: "${does}"`);
    }
});

test("Russian differs from English wherever words are shown", () => {
  const same = Object.keys(actionTexts.en).filter(
    (id) =>
      actionTexts.en[id as "play"].name === actionTexts.ru[id as "play"].name &&
      id !== "view.actual",
  );
  assert.deepEqual(same, []);
});
