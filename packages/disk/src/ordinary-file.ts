// Only ordinary files are opened for reading: a named pipe would wait for ever for somebody to write into it.
import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";

/**
 * Throws unless the path leads to an ordinary file: the system's error where there is nothing, one of code EISDIR for a
 * folder, one that says so for a pipe, socket or device. `systemReason` words all of them.
 */
export function checkOrdinaryFile(path: string): void {
  const found = statSync(path);
  if (found.isFile()) return;
  if (found.isDirectory()) throw Object.assign(new Error("it is a folder"), { code: "EISDIR" });
  throw new Error("it is a pipe or device, not an ordinary file");
}

/** The bytes of an ordinary file. Throws as `checkOrdinaryFile` does, and the system's errors. */
export async function readOrdinaryFile(path: string): Promise<Buffer<ArrayBuffer>> {
  checkOrdinaryFile(path);
  return await readFile(path);
}
