// `npm start` and `masklet serve`: builds the studio's pages where they are missing or old, then runs the server.
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const { status } = spawnSync(process.execPath, [resolve(root, "apps/studio/build.ts")], {
  stdio: "inherit",
});
if (status === 0) await import("../apps/server/src/main.ts");
else {
  console.error("The studio's pages could not be built; the lines above say why.");
  process.exitCode = 70;
}
