// `npm test`: every test of the house in one run of Node's test runner; paths as arguments narrow it.
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const chosen = process.argv.slice(2);
const patterns =
  chosen.length > 0
    ? chosen
    : ["packages/*/test/**/*.test.ts", "apps/*/test/**/*.test.ts", "scripts/*.test.ts"];
const { status } = spawnSync(
  process.execPath,
  [
    "--import",
    resolve(import.meta.dirname, "property-seed.ts"),
    "--test",
    "--test-concurrency=2",
    ...patterns,
  ],
  {
    cwd: root,
    stdio: "inherit",
  },
);
process.exitCode = status ?? 1;
