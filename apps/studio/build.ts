// Builds the studio's pages into dist/ unless they are there and newer than every source: `node apps/studio/build.ts`.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "vite";

const here = import.meta.dirname;
const page = join(here, "dist/index.html");
const SOURCES = [
  join(here, "src"),
  join(here, "index.html"),
  join(here, "vite.config.ts"),
  ...["vision", "annotation", "protocol"].map((name) =>
    resolve(here, "../../packages", name, "src"),
  ),
];

function newest(path: string): number {
  const facts = statSync(path);
  if (!facts.isDirectory()) return facts.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
}

const stale = !existsSync(page) || Math.max(...SOURCES.map(newest)) > statSync(page).mtimeMs;
if (stale || process.argv.includes("--force")) {
  await build({ root: here, logLevel: "warn" });
}
