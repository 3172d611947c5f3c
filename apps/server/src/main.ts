// The server's program: reads where to listen and live, opens the application, closes it on a signal.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { openApp } from "./app.ts";
import { openHome } from "./home.ts";

const LOOPBACK = "127.0.0.1";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "7700" },
    home: { type: "string", default: process.env.MASKLET_HOME ?? join(homedir(), ".masklet") },
    host: { type: "string", default: LOOPBACK },
    /** Folders beside one's own from which videos may be imported by path; may be repeated. */
    folder: { type: "string", multiple: true, default: [] },
  },
});

function log(message: string): void {
  console.error(`${new Date().toISOString()}  ${message}`);
}

async function main(): Promise<void> {
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`A port is a number from 0 to 65535 (got ${values.port}).`);
  }
  const home = openHome(resolve(values.home));
  process.on("exit", () => home.release());
  const pages = resolve(import.meta.dirname, "../../studio/dist");
  const app = await openApp({
    home,
    hosts: ["localhost", LOOPBACK, "::1", ...(values.host === LOOPBACK ? [] : [values.host])],
    pages: existsSync(pages) ? pages : null,
    sample: true,
    folders: [homedir(), home.path, ...values.folder.map((folder) => resolve(folder))],
    now: Date.now,
    log,
  });
  await app.server.listen({ port, host: values.host }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "EADDRINUSE"
      ? new Error(`Port ${port} is taken by another program: choose one with --port.`)
      : error;
  });
  console.log(`masklet is at http://localhost:${port}  (home: ${home.path})`);
  let closing = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (closing) return;
      closing = true;
      app.close().then(
        () => process.exit(0),
        (error) => {
          log(String(error));
          process.exit(70);
        },
      );
    });
  }
}

main().catch((error: Error) => {
  console.error(process.env.MASKLET_DEBUG === "1" ? error.stack : error.message);
  process.exit(1);
});
