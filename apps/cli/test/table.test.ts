// The command table is whole, and everything that is made from it is up to date.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FORMAT_NAMES } from "@masklet/formats";
import { completionScript, shells } from "../src/completion.ts";
import { formatNames } from "../src/format-names.ts";
import { commandHelp, helpFor } from "../src/help.ts";
import { parseCommandLine } from "../src/parse.ts";
import { referencePage } from "../src/reference.ts";
import { table } from "../src/table.ts";
import { temporaryFolder } from "./run-masklet.ts";

test("the formats named here are those of the formats package", () => {
  assert.deepEqual(formatNames, FORMAT_NAMES);
});

test("docs/reference/cli.md is what the table says", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../docs/reference/cli.md"), "utf8");
  assert.equal(
    page,
    referencePage(table),
    "run node scripts/launch.mjs apps/cli/scripts/write-reference.ts",
  );
});

test("every command stands in the table once", () => {
  const names = table.map(({ words }) => words.join(" "));
  assert.deepEqual(names, [...new Set(names)]);
});

test("every example is a command line that is understood, but for its files", () => {
  for (const command of table) {
    assert.ok(command.examples.length > 0, command.words.join(" "));
    for (const { line } of command.examples) {
      const words = /masklet ([^)>]*)/.exec(line)?.[1]?.trim().split(" ") ?? [];
      const request = parseCommandLine(words, table);
      assert.equal(request.kind === "run" && request.command, command, line);
    }
  }
});

test("every command has a help page with its options and examples, no line wider than a wide terminal", () => {
  for (const command of table) {
    const page = commandHelp(command);
    for (const name of Object.keys(command.options)) assert.ok(page.includes(`--${name}`), name);
    for (const line of page.split("\n")) assert.ok(line.length <= 120, line);
  }
  assert.match(helpFor(["models"], table), /models pull/);
});

test("completion scripts are sound where their shell is installed, and know every command", (t) => {
  const folder = temporaryFolder(t);
  for (const shell of shells) {
    const script = completionScript(shell, table);
    for (const { words } of table) assert.ok(script.includes(words.at(-1) ?? ""));
    const file = join(folder, `masklet.${shell}`);
    writeFileSync(file, script);
    const { error, status, stderr } = spawnSync(shell, ["-n", file], { encoding: "utf8" });
    if (error) t.diagnostic(`${shell} is not installed; its script was not checked.`);
    else assert.equal(status, 0, stderr);
  }
});

test("bash completes commands, flags and choices", (t) => {
  const ask = (...words: string[]) => {
    const program = `${completionScript("bash", table)}
      COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}
      _masklet; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return spawnSync("bash", ["-c", program], { encoding: "utf8" }).stdout.trim().split("\n");
  };
  if (spawnSync("bash", ["--version"]).error) return t.skip("bash is not installed.");
  assert.deepEqual(ask("masklet", "tr"), ["track"]);
  assert.deepEqual(ask("masklet", "models", "p"), ["pull"]);
  assert.deepEqual(ask("masklet", "track", "--dir"), ["--direction"]);
  assert.deepEqual(ask("masklet", "track", "--direction", "b"), ["backward", "both"]);
  const flags = ask("masklet", "eval", "davis", "--pr").sort();
  assert.deepEqual(flags, ["--precision", "--predictions", "--prompt"]);
});
