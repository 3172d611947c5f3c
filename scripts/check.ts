// `npm run check`: types, lint and format, the floor plan, the lockfile.
import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { brokenArrows, missingFromLock } from "./check-arrows.ts";

const root = resolve(import.meta.dirname, "..");

function tool(name: string, script: string, ...args: string[]): boolean {
  const file = join(root, "node_modules", script);
  const { status } = spawnSync(process.execPath, [file, ...args], { cwd: root, stdio: "inherit" });
  console.log(`${status === 0 ? "ok  " : "FAIL"}  ${name}`);
  return status === 0;
}

function findings(name: string, sentences: readonly string[]): boolean {
  for (const sentence of sentences) console.error(sentence);
  console.log(`${sentences.length === 0 ? "ok  " : "FAIL"}  ${name}`);
  return sentences.length === 0;
}

const passed = [
  findings("floor plan", brokenArrows()),
  findings("lockfile", missingFromLock()),
  tool("types", "typescript/bin/tsc", "-p", "tsconfig.json"),
  tool("lint, format, rings", "@biomejs/biome/bin/biome", "check", "--error-on-warnings", "."),
];
process.exitCode = passed.every(Boolean) ? 0 : 1;
