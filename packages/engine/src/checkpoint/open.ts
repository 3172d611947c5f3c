// Opening a checkpoint of either form by its first bytes, and naming its content.
import type { ByteSource } from "./byte-source.ts";
import { type Checkpoint, unreadable } from "./checkpoint.ts";
import { openSafetensors } from "./safetensors.ts";
import { openTorchCheckpoint } from "./torch.ts";

/**
 * Opens `.pt` and `.safetensors` by what they contain, not by their names. Throws
 * checkpoint-unreadable; the source is closed in that case.
 */
export function openCheckpoint(source: ByteSource): Checkpoint {
  try {
    if (source.size === 0) throw unreadable(source.name, "the file is empty");
    const start = source.read(0, Math.min(9, source.size));
    if (start[0] === 0x50 && start[1] === 0x4b) return openTorchCheckpoint(source);
    if (start[0] === 0x80) {
      throw unreadable(
        source.name,
        "it is in the form of PyTorch before 1.6; load it there and save it again",
      );
    }
    if (start[8] === 0x7b) return openSafetensors(source);
    throw unreadable(
      source.name,
      "it is neither a PyTorch checkpoint (.pt) nor a safetensors file",
    );
  } catch (cause) {
    source.close();
    throw cause;
  }
}

/**
 * A name for the checkpoint's content: SHA-256 over names, shapes and values as float32, in the order
 * of names, in hexadecimal. Equal weights have equal names whatever the file's form or number type.
 */
export async function fingerprintCheckpoint(checkpoint: Checkpoint): Promise<string> {
  const digests: string[] = [];
  for (const name of [...checkpoint.entries.keys()].sort()) {
    const { shape, data } = checkpoint.read(name);
    const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
    digests.push(`${name} ${shape.join("x")} ${await sha256(bytes)}\n`);
  }
  return sha256(new TextEncoder().encode(digests.join("")));
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
