// masklet serve: the studio, in a process of its own that ends with this one.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { command, repeated, text, wholeNumber } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";

const program = fileURLToPath(new URL("../../../../scripts/serve.ts", import.meta.url));

export const serveCommand = command({
  words: ["serve"],
  summary: "open the studio: label videos in the browser",
  details:
    "The server listens on this machine alone. Projects, videos and masks live in the home folder; what was saved\n" +
    "survives a crash, and tracking goes on where it stopped.",
  options: {
    port: wholeNumber("PORT", "where to listen; 7700 by default", { least: 1, most: 65_535 }),
    home: text("DIR", "home folder; MASKLET_HOME or ~/.masklet by default"),
    folder: repeated(
      "DIR",
      "a folder to import videos from by their path, beside your own home directory",
      (given) => given,
    ),
  },
  examples: [
    { line: "masklet serve --port 7701", does: "at http://localhost:7701" },
    {
      line: "masklet serve --folder /mnt/footage",
      does: "videos there can be added by their path",
    },
  ],
  async run({ options }, terminal) {
    const { port, home, folder = [] } = options;
    const words = [
      ...(port === undefined ? [] : ["--port", String(port)]),
      ...(home === undefined ? [] : ["--home", home]),
      ...folder.flatMap((one) => ["--folder", one]),
    ];
    const child = spawn(process.execPath, [program, ...words], { stdio: "inherit" });
    // A terminal's Ctrl-C reaches the child by itself; a signal sent to this process alone does not.
    terminal.signal.addEventListener("abort", () => child.kill("SIGTERM"), { once: true });
    const status = await new Promise<number>((done) =>
      child.on("exit", (code) => done(code ?? exitCodes.interrupted)),
    );
    return terminal.signal.aborted ? exitCodes.done : status;
  },
});
