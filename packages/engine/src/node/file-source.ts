// Files as byte sources, read by position through one handle.
import { open } from "node:fs/promises";
import { basename } from "node:path";
import type { ByteSource } from "../checkpoint/byte-source.ts";
import { EngineError } from "../errors.ts";

/** Opens a file for reading here and there. Throws EngineError checkpoint-unreadable if it cannot be opened. */
export async function sourceFromFile(path: string): Promise<ByteSource> {
  const name = basename(path);
  const refuse = (cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `Checkpoint ${name}: it cannot be read (${reason}).`;
    return new EngineError("checkpoint-unreadable", message, { cause });
  };
  const handle = await open(path, "r").catch((cause) => {
    throw refuse(cause);
  });
  const status = await handle.stat();
  if (!status.isFile()) {
    await handle.close();
    throw refuse("it is not a file");
  }
  return {
    name,
    size: status.size,
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      for (let filled = 0; filled < length; ) {
        const { bytesRead } = await handle
          .read(bytes, filled, length - filled, offset + filled)
          .catch((cause) => {
            throw refuse(cause);
          });
        if (bytesRead === 0) throw refuse("it ends early; was it changed while being read?");
        filled += bytesRead;
      }
      return bytes;
    },
    close: () => handle.close(),
  };
}
