// The one table from errors to exit codes, and the sentence that goes with each.
import { UsageError } from "./parse.ts";
import { printable } from "./terminal.ts";

/** Exit codes of `masklet`; they are a contract. */
export const exitCodes = {
  done: 0,
  usage: 2,
  input: 3,
  model: 4,
  output: 5,
  bug: 70,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/**
 * Error classes of the packages by name and code, so that looking one up loads no package.
 * "*" stands for every other code of the class.
 */
const codesByError: Readonly<Record<string, Readonly<Record<string, ExitCode>>>> = {
  WorkbenchError: {
    prompt: exitCodes.usage,
    input: exitCodes.input,
    output: exitCodes.output,
    model: exitCodes.model,
    interrupted: exitCodes.interrupted,
  },
  VideoError: { "cannot-write": exitCodes.output, "*": exitCodes.input },
  EngineError: {
    "prompt-invalid": exitCodes.usage,
    "frame-invalid": exitCodes.usage,
    "state-unreadable": exitCodes.input,
    "reference-unreadable": exitCodes.input,
    "*": exitCodes.model,
  },
  FormatError: {
    unwritable: exitCodes.output,
    cancelled: exitCodes.interrupted,
    "*": exitCodes.input,
  },
};

// What the system says when something cannot be written; reading is wrapped by the packages.
const OUTPUT_ERRORS = new Set(["ENOSPC", "EDQUOT", "EFBIG", "EROFS", "EACCES", "EPERM"]);

/** The exit code for whatever was thrown. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError) return exitCodes.usage;
  if (!(error instanceof Error)) return exitCodes.bug;
  if (error.name === "AbortError") return exitCodes.interrupted;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const known = codesByError[error.name];
  if (known !== undefined) return known[code] ?? known["*"] ?? exitCodes.bug;
  return OUTPUT_ERRORS.has(code) ? exitCodes.output : exitCodes.bug;
}

/** The sentence for stderr; a stack trace only where `debug` asks for it. */
export function sentenceOf(error: unknown, debug: boolean): string {
  const message = printable(error instanceof Error ? error.message : String(error), "one line");
  const stack = debug && error instanceof Error ? `\n${describeChain(error)}` : "";
  switch (exitCodeOf(error)) {
    case exitCodes.usage: {
      const words = error instanceof UsageError ? (error.command?.words ?? []) : [];
      const help =
        error instanceof UsageError ? ` See: masklet ${[...words, "--help"].join(" ")}` : "";
      return `${message}${help}${stack}`;
    }
    case exitCodes.bug:
      return (
        `This is a fault of masklet: ${message.replace(/[.\s]*$/, "")}. ` +
        `Set MASKLET_DEBUG=1 to see where it happened.${stack}`
      );
    default:
      return `${message}${stack}`;
  }
}

function describeChain(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\nCaused by: ${describeChain(error.cause)}` : own;
}
