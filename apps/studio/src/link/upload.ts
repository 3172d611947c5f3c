// Resumable uploads by the tus 1.0 protocol: in pieces, going on after a break where the server says it has got to.

import type { Problem } from "@masklet/protocol";
import { UPLOAD_PIECE_BYTES } from "@masklet/protocol/limits";
import { LinkError } from "./call.ts";

export interface Upload {
  /** Resolves to the upload's id when the server has all of it. Throws LinkError when it refuses the file. */
  readonly finished: Promise<string>;
  cancel(): void;
}

const VERSION = { "Tus-Resumable": "1.0.0" };
const TRIES = 6;

/** Sends a file. `purpose` says what becomes of it; `onProgress` gets 0 … 1. */
export function upload(
  file: File,
  facts: { readonly project: string; readonly purpose: "video" | "import" },
  onProgress: (share: number) => void,
): Upload {
  const stop = new AbortController();
  const metadata = { filename: file.name, project: facts.project, purpose: facts.purpose };
  const finished = (async () => {
    const location = await create(file.size, metadata, stop.signal);
    await send(file, location, stop.signal, onProgress);
    return location.split("/").filter(Boolean).at(-1) ?? "";
  })();
  return { finished, cancel: () => stop.abort() };
}

async function create(
  length: number,
  metadata: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  const encoded = Object.entries(metadata).map(([name, value]) => {
    const bytes = new TextEncoder().encode(value);
    return `${name} ${btoa(String.fromCharCode(...bytes))}`;
  });
  const response = await fetch("/api/uploads", {
    method: "POST",
    signal,
    headers: { ...VERSION, "Upload-Length": String(length), "Upload-Metadata": encoded.join(",") },
  });
  if (!response.ok) throw await refusal(response);
  const location = response.headers.get("Location");
  if (!location) throw new LinkError("internal", "The server did not say where the upload goes.");
  return new URL(location, globalThis.location.href).pathname;
}

async function send(
  file: File,
  location: string,
  signal: AbortSignal,
  onProgress: (share: number) => void,
): Promise<void> {
  let offset = 0;
  let failures = 0;
  // An empty file is complete when it is created: the server judges it.
  while (offset < file.size) {
    const piece = file.slice(offset, offset + UPLOAD_PIECE_BYTES);
    try {
      const response = await fetch(location, {
        method: "PATCH",
        signal,
        body: piece,
        headers: {
          ...VERSION,
          "Upload-Offset": String(offset),
          "Content-Type": "application/offset+octet-stream",
        },
      });
      if (response.status === 409) offset = await offsetAt(location, signal);
      else if (!response.ok) throw await refusal(response);
      else offset = Number(response.headers.get("Upload-Offset") ?? offset + piece.size);
      failures = 0;
      onProgress(offset / file.size);
    } catch (error) {
      if (signal.aborted || (error instanceof LinkError && error.code !== "offline")) throw error;
      if (++failures >= TRIES) throw new LinkError("offline", "The server does not answer.");
      await new Promise((done) => setTimeout(done, 500 * 2 ** failures));
      offset = await offsetAt(location, signal).catch(() => offset);
    }
  }
}

async function offsetAt(location: string, signal: AbortSignal): Promise<number> {
  const response = await fetch(location, { method: "HEAD", signal, headers: VERSION });
  if (!response.ok) throw await refusal(response);
  return Number(response.headers.get("Upload-Offset") ?? 0);
}

async function refusal(response: Response): Promise<LinkError> {
  try {
    const problem = (await response.json()) as Problem;
    return new LinkError(problem.code, problem.message, problem.details);
  } catch {
    const away = response.status >= 502 && response.status <= 504;
    return new LinkError(away ? "offline" : "internal", `The server answered ${response.status}.`);
  }
}
