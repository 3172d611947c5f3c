// Reads a PNG of object numbers from a file.
import { readOrdinaryFile, systemReason } from "@masklet/disk";
import { type LabelMap, readIndexedPng } from "@masklet/vision";
import { WorkbenchError } from "./errors.ts";

/** Reads an indexed or grey PNG as object numbers. Throws a WorkbenchError (`input`) naming the file. */
export async function readLabels(path: string): Promise<LabelMap> {
  const bytes = await readOrdinaryFile(path).catch((error: unknown) => {
    throw new WorkbenchError("input", `Cannot read ${path}: ${systemReason(error)}.`, {
      cause: error,
    });
  });
  try {
    return await readIndexedPng(bytes);
  } catch (error) {
    throw new WorkbenchError("input", `${path} is no mask: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
