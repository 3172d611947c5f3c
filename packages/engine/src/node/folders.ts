// Folders made with all that lead to them, on any file system.
import { mkdirSync, statSync } from "node:fs";
import { dirname, parse, resolve } from "node:path";

/**
 * Makes a folder and those above it where they are missing. Node's own `mkdir` with `recursive` never returns where the
 * system refuses a folder with ENOENT though its parent exists, as it does under /proc: here each folder is tried twice
 * at most. Throws the system's error.
 */
export function makeFolder(path: string): void {
  make(resolve(path));
}

function make(path: string): void {
  try {
    makeOne(path);
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    if (!missing || path === parse(path).root) throw cause;
    make(dirname(path));
    makeOne(path);
  }
}

function makeOne(path: string): void {
  try {
    mkdirSync(path);
  } catch (cause) {
    // A folder, or a link to one, may be there already; a file may not.
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== "EEXIST" && code !== "EISDIR" && code !== "EROFS") throw cause;
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw cause;
  }
}
