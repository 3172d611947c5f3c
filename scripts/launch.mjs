// Starts a TypeScript file on the Node that masklet is built for; plain JavaScript, so that Node 20 can run it.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const NEEDED_MAJOR = 26;
const require = createRequire(import.meta.url);

/** The path of a Node that can run masklet: this one, the one npm installed beside us, or null. */
function findNode() {
  if (Number(process.versions.node.split(".")[0]) >= NEEDED_MAJOR) return process.execPath;
  const platform = process.platform === "win32" ? "win" : process.platform;
  for (const name of [`node-${platform}-${process.arch}`, `node-bin-${platform}-${process.arch}`]) {
    try {
      const folder = dirname(require.resolve(`${name}/package.json`));
      const binary = join(folder, "bin", process.platform === "win32" ? "node.exe" : "node");
      // The packages say nothing of the C library: on musl the binary exists and cannot start.
      if (existsSync(binary) && spawnSync(binary, ["--version"]).status === 0) return binary;
    } catch {
      // Not installed for this platform: try the next name.
    }
  }
  return null;
}

/**
 * Runs `entry` with `args` and resolves to its exit code.
 * Interrupts reach the child through the terminal's process group or, sent to us alone, are passed on.
 */
export function launch(entry, args) {
  const node = findNode();
  if (node === null) {
    console.error(
      `masklet needs Node ${NEEDED_MAJOR} and found none for ${process.platform}-${process.arch}: ` +
        `run npm ci without --omit=optional, or start it with Node ${NEEDED_MAJOR} or newer.`,
    );
    return Promise.resolve(70);
  }
  const child = spawn(node, ["--disable-warning=ExperimentalWarning", entry, ...args], {
    stdio: "inherit",
    env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ""}` },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.on(signal, () => child.kill(signal));
  return new Promise((done) => {
    child.on("exit", (code, signal) => done(code ?? (signal === "SIGINT" ? 130 : 143)));
  });
}

const startedDirectly =
  process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url);
if (startedDirectly) {
  const [entry, ...args] = process.argv.slice(2);
  process.exitCode = await launch(resolve(entry), args);
}
