// Folders made with all that lead to them, on any file system.
import { mkdirSync, rmdirSync, statSync } from "node:fs";
import { dirname, parse, resolve } from "node:path";

/**
 * Makes a folder and those above it where they are missing; returns the topmost one it made, undefined where all were
 * there. Node's own `mkdir` with `recursive` never returns where the system refuses a folder with ENOENT though its
 * parent exists, as it does under /proc: here each folder is tried twice at most. Throws the system's error and leaves
 * nothing that it made.
 */
export function makeFolder(path: string): string | undefined {
  return make(resolve(path));
}

function make(path: string): string | undefined {
  try {
    return makeOne(path);
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    if (!missing || path === parse(path).root) throw cause;
    const above = make(dirname(path));
    return above === undefined ? makeOne(path) : makeBelow(path, above);
  }
}

/** Makes a folder whose way was made from `topmost` on; where it is refused, the way goes again. */
function makeBelow(path: string, topmost: string): string {
  try {
    makeOne(path);
    return topmost;
  } catch (cause) {
    for (let at = dirname(path); at.length >= topmost.length; at = dirname(at)) rmdirSync(at);
    throw cause;
  }
}

function makeOne(path: string): string | undefined {
  try {
    mkdirSync(path);
    return path;
  } catch (cause) {
    // A folder, or a link to one, may be there already; a file may not.
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== "EEXIST" && code !== "EISDIR" && code !== "EROFS") throw cause;
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw cause;
    return undefined;
  }
}
