// Runs masklet in this process, as a test does it: words in, exit code and texts out.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { runProgram } from "../src/program.ts";

// Compiled graphs are kept between tests, away from the home of whoever runs them.
process.env.MASKLET_HOME = join(tmpdir(), "masklet-test-home");

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function masklet(
  words: readonly string[],
  options: { readonly signal?: AbortSignal; readonly heard?: (text: string) => void } = {},
): Promise<Ran> {
  let stdout = "";
  let stderr = "";
  const code = await runProgram(words, {
    stdout: { write: (text) => (stdout += text) },
    stderr: {
      write: (text) => {
        stderr += text;
        options.heard?.(text);
      },
    },
    signal: options.signal ?? new AbortController().signal,
    debug: false,
    now: () => performance.now(),
  });
  return { code, stdout, stderr };
}

/** An empty folder that goes when the test ends. */
export function temporaryFolder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "masklet-cli-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
