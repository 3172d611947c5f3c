// Files as byte sources, read by position through one handle.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { basename } from "node:path";
import { checkOrdinaryFile, systemReason } from "@masklet/disk";
import type { ByteSource } from "../checkpoint/byte-source.ts";
import { EngineError } from "../errors.ts";

/** Opens a file for reading here and there. Throws EngineError checkpoint-unreadable if it cannot be opened. */
export function sourceFromFile(path: string): ByteSource {
  const name = basename(path);
  const trying = <T>(action: () => T): T => {
    try {
      return action();
    } catch (cause) {
      const message = `Checkpoint ${name}: it cannot be read (${systemReason(cause)}).`;
      throw new EngineError("checkpoint-unreadable", message, { cause });
    }
  };
  const handle = trying(() => {
    checkOrdinaryFile(path);
    return openSync(path, "r");
  });
  return {
    name,
    size: fstatSync(handle).size,
    read: (offset, length) => trying(() => readFully(handle, offset, length)),
    close: () => closeSync(handle),
  };
}

function readFully(handle: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let filled = 0; filled < length; ) {
    const count = readSync(handle, bytes, filled, length - filled, offset + filled);
    if (count === 0) throw new Error("it ends early; was it changed while being read?");
    filled += count;
  }
  return bytes;
}
