// The real server for a test or a benchmark in the browser: its start, and a clip brought in by its path.
import { type ChildProcess, spawn } from "node:child_process";
import { type AddressInfo, createServer } from "node:net";
import { join, resolve } from "node:path";

const house = resolve(import.meta.dirname, "../../../..");
const LOOK_MS = 200;

export interface RealServer {
  readonly url: string;
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done) => probe.listen(0, "127.0.0.1", done));
  const { port } = probe.address() as AddressInfo;
  await new Promise((done) => probe.close(done));
  return port;
}

/** Starts the server on a home, at a free port unless told which; it serves the studio that is built. */
export async function startServer(home: string, at?: number): Promise<RealServer> {
  const port = at ?? (await freePort());
  const main = join(house, "apps/server/src/main.ts");
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", main, "--port", String(port), "--home", home],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let text = "";
  const url = await new Promise<string>((done, fail) => {
    child.stdout?.on("data", (piece: Buffer) => {
      text += piece.toString();
      const found = /http:\/\/[^\s]+/.exec(text);
      if (found) done(found[0].replace("localhost", "127.0.0.1"));
    });
    child.on("exit", (code) => fail(new Error(`The server ended with ${code}.`)));
  });
  return {
    url,
    process: child,
    async stop() {
      child.kill("SIGTERM");
      await new Promise((done) => child.once("exit", done));
    },
  };
}

export interface WireVideo {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly frames: number;
  readonly problem: string | null;
}

/** Brings in a file by the page's own way and waits until it is ready. */
export async function importedVideo(
  url: string,
  project: string,
  setFile: () => Promise<void>,
): Promise<WireVideo> {
  const list = async () =>
    (await (await fetch(`${url}/api/projects/${project}/videos`)).json()) as WireVideo[];
  const before = new Set((await list()).map(({ id }) => id));
  await setFile();
  for (;;) {
    const added = (await list()).find(({ id }) => !before.has(id));
    if (added?.state === "failed") throw new Error(added.problem ?? "The import failed.");
    if (added?.state === "ready") return added;
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
}
