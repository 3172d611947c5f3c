// masklet models: list, pull, inspect, verify.
import { command, operand, text, wholeNumber } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";

export const listModelsCommand = command({
  words: ["models", "list"],
  summary: "show the models that can be named, and which are on this machine",
  options: {},
  examples: [{ line: "masklet models list", does: "names for --model" }],
  async run(_, terminal) {
    const { embeddedModels, listModels } = await import("@masklet/engine/node");
    const { maskletHome } = await import("../machine.ts");
    const models = await listModels({ home: maskletHome(), embedded: embeddedModels });
    terminal.result({ models });
    for (const { name, kind, path } of models) {
      const where = path === null ? `fetch it with: masklet models pull ${name}` : path;
      terminal.print(`${name.padEnd(26)}${kind.padEnd(11)}${where}`);
    }
    return exitCodes.done;
  },
});

export const pullModelCommand = command({
  words: ["models", "pull"],
  summary: "download an official checkpoint; an interrupted download goes on where it stopped",
  operands: [operand("NAME", "the model (masklet models list)")],
  options: {
    from: text("URL", "another address of the same file, such as a mirror"),
    sha256: text("HEX", "digest the file must have"),
  },
  examples: [{ line: "masklet models pull sam2.1_hiera_tiny", does: "SAM 2.1 tiny, 156 MB" }],
  async run({ operands: [name = ""], options: asked }, terminal) {
    const { pullModel } = await import("@masklet/engine/node");
    const { maskletHome } = await import("../machine.ts");
    let meter: ReturnType<typeof terminal.progress> | null = null;
    const pulled = await pullModel(name, {
      home: maskletHome(),
      signal: terminal.signal,
      progress: (bytes, total) => {
        meter ??= terminal.progress(
          `Fetching ${name}`,
          total === null ? null : megabytes(total),
          "MB",
        );
        meter.update(megabytes(bytes));
      },
      ...(asked.from !== undefined && { address: asked.from }),
      ...(asked.sha256 !== undefined && { sha256: asked.sha256 }),
    }).catch(async (error: unknown) => {
      if (!terminal.signal.aborted) throw error;
      const { WorkbenchError } = await import("@masklet/workbench");
      throw new WorkbenchError(
        "interrupted",
        `Interrupted; "masklet models pull ${name}" goes on from here.`,
      );
    });
    terminal.result(pulled);
    terminal.print(
      `${pulled.name} is in ${pulled.path} (${megabytes(pulled.bytes)} MB, sha256 ${pulled.sha256}).`,
    );
    return exitCodes.done;
  },
});

export const inspectModelCommand = command({
  words: ["models", "inspect"],
  summary: "say what a file of weights is, without running anything in it",
  operands: [operand("FILE", "a checkpoint (.pt or .safetensors)")],
  options: {},
  examples: [
    {
      line: "masklet models inspect sam2.1_hiera_tiny.pt",
      does: "which release it is, and its tensors",
    },
  ],
  async run({ operands: [file = ""] }, terminal) {
    const { inspectModel } = await import("@masklet/engine/node");
    const found = inspectModel(file);
    terminal.result(found);
    const types = Object.entries(found.types).map(([type, count]) => `${count} ${type}`);
    terminal.print(`${found.file}: ${found.format}, ${found.likeness}`);
    terminal.print(
      `${found.tensors} tensors (${types.join(", ")}), ${found.values.toLocaleString("en")} numbers`,
    );
    return exitCodes.done;
  },
});

export const verifyModelsCommand = command({
  words: ["models", "verify"],
  summary: "compare this engine with recorded tensors of the reference",
  details:
    "Runs every flow of DIR/*.flows.json and prints a row for each; exit code 0 only if all hold.",
  operands: [operand("DIR", "a folder of reference tensors")],
  options: {
    only: text("PREFIX", "only flows whose names begin so"),
    threads: wholeNumber("N", "threads to compute with", { least: 1, most: 256 }),
  },
  examples: [{ line: "masklet models verify golden", does: "a row a flow" }],
  async run({ operands: [folder = ""], options: asked }, terminal) {
    const { verifyFolder } = await import("@masklet/engine/node");
    const { readPicture } = await import("@masklet/video/node");
    const reports: unknown[] = [];
    let failed = 0;
    const flows = verifyFolder(folder, {
      readPicture: async (path) => {
        const { size, rgb } = await readPicture(path);
        return { size, channels: 3, data: rgb };
      },
      ...(asked.only !== undefined && { only: asked.only }),
      ...(asked.threads !== undefined && { threads: asked.threads }),
    });
    for await (const report of flows) {
      if (reports.length === 0) terminal.print(VERIFY_HEADER);
      reports.push(report);
      if (!report.holds) failed += 1;
      const unequal = (all: number, wrong: number): string => `${all - wrong}/${all}`.padStart(14);
      terminal.print(
        `${report.flow.padEnd(34)}${String(report.tensors).padStart(9)}${report.worst.toFixed(3).padStart(11)}` +
          `${unequal(report.masks, report.masksUnequal)}${unequal(report.decisions, report.decisionsUnequal)}` +
          `  ${report.holds ? "holds" : "FAILS"}`,
      );
      for (const complaint of report.complaints) terminal.say(`  ${report.flow}: ${complaint}`);
      if (terminal.signal.aborted) break;
    }
    terminal.result({ holds: failed === 0, flows: reports });
    if (terminal.signal.aborted) {
      terminal.say(`Interrupted after ${reports.length} flows.`);
      return exitCodes.interrupted;
    }
    terminal.print(
      failed === 0
        ? `All ${reports.length} flows hold.`
        : `${failed} of ${reports.length} flows fail.`,
    );
    return failed === 0 ? exitCodes.done : exitCodes.model;
  },
});

const VERIFY_HEADER = `${"flow".padEnd(34)}${"tensors".padStart(9)}${"worst/tol".padStart(11)}${"masks".padStart(14)}${"decisions".padStart(14)}`;

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e5) / 10;
}
