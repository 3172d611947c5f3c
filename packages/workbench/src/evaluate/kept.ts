// Results already measured, kept in a folder, so that an evaluation that was stopped goes on where it was.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder, systemReason, writeWhole } from "@masklet/disk";
import { WorkbenchError } from "../errors.ts";

/** Kept results of one evaluation. */
export interface KeptResults {
  /** What was kept under this name by the same evaluation, or null. */
  read(name: string): Promise<unknown>;
  write(name: string, value: unknown): Promise<void>;
}

/** Nothing is kept. */
export const nothingKept: KeptResults = { read: async () => null, write: async () => {} };

/**
 * Keeps results as `FOLDER/NAME.json`. `evaluation` says everything that the figures depend on (data, weights, protocol …):
 * what was kept by another evaluation is not read and gives way. Throws a WorkbenchError (`output`).
 */
export async function keptIn(folder: string, evaluation: object): Promise<KeptResults> {
  const key = JSON.stringify(evaluation);
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      const cause = systemReason(error);
      throw new WorkbenchError("output", `Results cannot be kept in ${folder}: ${cause}.`, {
        cause: error,
      });
    }
  };
  await guarded(async () => void makeFolder(folder));
  const fileOf = (name: string) => join(folder, `${encodeURIComponent(name)}.json`);
  return {
    async read(name) {
      const text = await readFile(fileOf(name), "utf8").catch(() => null);
      if (text === null) return null;
      const kept = parsed(text);
      return kept?.evaluation === key ? (kept.value ?? null) : null;
    },
    write: (name, value) =>
      guarded(() => writeWhole(fileOf(name), JSON.stringify({ evaluation: key, value }))),
  };
}

/** A damaged file is as good as none: it is measured again. */
function parsed(text: string): { readonly evaluation?: unknown; readonly value?: unknown } | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
