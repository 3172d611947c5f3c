// Downloading released checkpoints: resumable, checked, and there whole or not at all.
import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { type FileHandle, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder, systemReason } from "@masklet/disk";
import { recogniseRelease } from "../checkpoint/inspect.ts";
import { openCheckpoint } from "../checkpoint/open.ts";
import { type ReleasedModel, releasedModels } from "../configuration/released.ts";
import { EngineError } from "../errors.ts";
import { sourceFromFile } from "./file-source.ts";

export interface PullOptions {
  /** MASKLET_HOME; the model comes to `models` in it. */
  readonly home: string;
  readonly signal?: AbortSignal;
  /** Bytes that are here, and in all (null while unknown). */
  readonly progress?: (bytes: number, total: number | null) => void;
  /** Another address of the same file, such as a mirror. */
  readonly address?: string;
  /** SHA-256 in hexadecimal that the file must have. */
  readonly sha256?: string;
}

export interface PulledModel {
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** What is known of a partial file, so that only the same file is resumed. */
interface PartialNote {
  readonly address: string;
  readonly validator: string | null;
}

const ATTEMPTS_MAX = 6;
const FIRST_PAUSE_MS = 250;
const FILE_BYTES_MAX = 4 * 2 ** 30; // the largest released file has 0.9 GB
const STALLED_MS = 30_000;

/**
 * Fetches a released model into `home/models`. A broken connection is resumed where it stopped (Range with
 * If-Range), up to six times without a byte of progress; an interrupted pull goes on at the next call. The
 * finished file must open as a checkpoint of exactly that network; its digest is written beside it and
 * must not change later. Throws model-unknown or model-download; an abort throws the signal's reason.
 */
export async function pullModel(name: string, options: PullOptions): Promise<PulledModel> {
  const model = releasedModel(name);
  const folder = join(options.home, "models");
  const path = join(folder, model.file);
  makeHome(model, folder);
  if (!existsSync(path)) {
    const partial = `${path}.part`;
    await download(model, partial, options);
    await accept(model, { partial, path }, options);
  }
  const sha256 = await pinnedDigest(path, options.sha256);
  return { name: model.name, path, sha256, bytes: (await stat(path)).size };
}

function makeHome(model: ReleasedModel, folder: string): void {
  try {
    makeFolder(folder);
  } catch (cause) {
    const reason = `the folder ${folder} cannot be made (${systemReason(cause)})`;
    throw failure(model, `${reason}; set MASKLET_HOME`, cause);
  }
}

function releasedModel(name: string): ReleasedModel {
  const wanted = name.replaceAll("-", "_").toLowerCase();
  const model = releasedModels.find((candidate) => candidate.name === wanted);
  if (model !== undefined) return model;
  const names = releasedModels.map((candidate) => candidate.name).join(", ");
  throw new EngineError("model-unknown", `There is no released model ${name}. Known: ${names}.`);
}

async function download(
  model: ReleasedModel,
  partial: string,
  options: PullOptions,
): Promise<void> {
  let last: unknown;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const before = await sizeOf(partial);
    try {
      await fetchRest(model, partial, options);
      return;
    } catch (cause) {
      options.signal?.throwIfAborted();
      if (cause instanceof EngineError) throw cause;
      last = cause;
      if ((await sizeOf(partial)) > before)
        attempt = -1; // progress: the connection is worth trying again
      else await pause(FIRST_PAUSE_MS * 2 ** attempt, options.signal);
    }
  }
  const reason = last instanceof Error ? reasonOf(last) : String(last);
  throw failure(
    model,
    `the connection failed ${ATTEMPTS_MAX} times (${reason}); what came is kept, so pulling again goes on from there`,
    last,
  );
}

async function fetchRest(
  model: ReleasedModel,
  partial: string,
  options: PullOptions,
): Promise<void> {
  const address = options.address ?? model.address;
  const note = await readNote(partial, address);
  const have = note === null ? 0 : await sizeOf(partial);
  const headers: Record<string, string> = {};
  if (note !== null && have > 0) {
    headers.Range = `bytes=${have}-`;
    if (note.validator !== null) headers["If-Range"] = note.validator;
  }
  const stalled = new AbortController();
  const signal = AbortSignal.any([stalled.signal, ...(options.signal ? [options.signal] : [])]);
  const response = await fetch(address, { headers, signal });
  if (response.status === 416 && totalOf(response) === have) return; // it was complete already
  if (response.status === 416) {
    await rm(partial, { force: true });
    throw new Error("the server has another file now");
  }
  if (response.status >= 500) throw new Error(`the server answers ${response.status}`);
  if (!response.ok || response.body === null)
    throw failure(model, `${address} answers ${response.status}`);
  const from = response.status === 206 ? rangeStart(response) : 0;
  if (from !== 0 && from !== have)
    throw new Error("the server sent another part than was asked for");
  const total = totalOf(response);
  if (total !== null && total > FILE_BYTES_MAX)
    throw failure(model, `it would take ${total} bytes`);
  await writeNote(partial, { address, validator: validatorOf(response) });
  await append(response.body, { partial, from, total, stalled, model }, options);
}

interface Appending {
  readonly partial: string;
  readonly from: number;
  readonly total: number | null;
  readonly stalled: AbortController;
  readonly model: ReleasedModel;
}

async function append(
  body: ReadableStream<Uint8Array>,
  to: Appending,
  options: PullOptions,
): Promise<void> {
  const file = await open(to.partial, to.from === 0 ? "w" : "r+").catch((cause) => {
    throw failure(to.model, `${to.partial} cannot be written (${systemReason(cause)})`, cause);
  });
  let at = to.from;
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    options.progress?.(at, to.total);
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(
        () => to.stalled.abort(new Error("nothing came for 30 seconds")),
        STALLED_MS,
      );
    };
    wait();
    for await (const piece of body) {
      wait();
      await writeAt(file, piece, at).catch((cause) => {
        const reason = `${to.partial} cannot be written (${systemReason(cause)})`;
        throw failure(to.model, `${reason}; free space and pull again`, cause);
      });
      at += piece.length;
      if (at > FILE_BYTES_MAX) throw failure(to.model, `more than ${FILE_BYTES_MAX} bytes came`);
      options.progress?.(at, to.total);
    }
    await file.sync();
  } finally {
    clearTimeout(timer);
    await file.close();
  }
  if (to.total !== null && at !== to.total) throw new Error(`${at} of ${to.total} bytes came`);
}

/** All of the bytes: on a full disk one write may take a part of them and say so only in its count. */
async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const left = bytes.length - done;
    done += (await file.write(bytes, done, left, position + done)).bytesWritten;
  }
}

/** A finished download becomes the model only if it is one. What is not is thrown away. */
async function accept(
  model: ReleasedModel,
  { partial, path }: { readonly partial: string; readonly path: string },
  { sha256 }: PullOptions,
): Promise<void> {
  const discard = async (cause: string, from?: unknown) => {
    await rm(partial, { force: true });
    await rm(noteOf(partial), { force: true });
    return failure(model, cause, from);
  };
  const digest = await digestOf(partial);
  if (sha256 !== undefined && digest !== sha256.toLowerCase()) {
    throw await discard(`what came has the digest ${digest}, not ${sha256}; it was thrown away`);
  }
  let recognised: string | null;
  try {
    const checkpoint = openCheckpoint(sourceFromFile(partial));
    recognised = recogniseRelease(checkpoint)?.name ?? null;
    checkpoint.close();
  } catch (cause) {
    throw await discard(
      `what came is no checkpoint (${cause instanceof Error ? cause.message : cause})`,
      cause,
    );
  }
  if (recognised !== model.name)
    throw await discard(`what came is ${recognised ?? "another network"}; it was thrown away`);
  await writeFile(digestPath(path), `${digest}  ${model.file}\n`);
  await rename(partial, path);
  await rm(noteOf(partial), { force: true });
}

/** The file's digest, which must be the one written when it came. */
async function pinnedDigest(path: string, wanted: string | undefined): Promise<string> {
  const digest = await digestOf(path);
  const pinned = await readFile(digestPath(path), "utf8").then(
    (text) => text.slice(0, 64),
    () => null,
  );
  const expected = wanted?.toLowerCase() ?? pinned;
  if (expected !== null && expected !== digest) {
    throw new EngineError(
      "model-download",
      `The model ${path} was changed since it was pulled (its digest is ${digest}, not ${expected}): delete it and pull again.`,
    );
  }
  if (pinned === null) await writeFile(digestPath(path), `${digest}  ${path.split("/").at(-1)}\n`);
  return digest;
}

function digestPath(path: string): string {
  return `${path}.sha256`;
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece);
  return hash.digest("hex");
}

function noteOf(partial: string): string {
  return `${partial}.json`;
}

/** The note of a partial file from the same address, or null when it must be begun anew. */
async function readNote(partial: string, address: string): Promise<PartialNote | null> {
  try {
    const note: PartialNote = JSON.parse(await readFile(noteOf(partial), "utf8"));
    return note.address === address ? note : null;
  } catch {
    return null;
  }
}

async function writeNote(partial: string, note: PartialNote): Promise<void> {
  await writeFile(noteOf(partial), JSON.stringify(note));
}

/** A strong ETag or a date; a weak ETag may not be used for ranges (RFC 9110, 13.1.5). */
function validatorOf({ headers }: Response): string | null {
  const tag = headers.get("etag");
  if (tag !== null && !tag.startsWith("W/")) return tag;
  return headers.get("last-modified");
}

function rangeStart({ headers }: Response): number {
  return Number(/^bytes (\d+)-/.exec(headers.get("content-range") ?? "")?.[1] ?? Number.NaN);
}

/** Bytes of the whole file, or null where the server does not say. */
function totalOf({ headers, status }: Response): number | null {
  const whole = /\/(\d+)$/.exec(headers.get("content-range") ?? "")?.[1];
  if (whole !== undefined) return Number(whole);
  const length = headers.get("content-length");
  return status === 200 && length !== null ? Number(length) : null;
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  const { setTimeout: sleep } = await import("node:timers/promises");
  await sleep(milliseconds, undefined, signal ? { signal } : {});
}

/** `fetch` hides the reason in the cause. */
function reasonOf(error: Error): string {
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function failure(model: ReleasedModel, cause: string, from?: unknown): EngineError {
  return new EngineError(
    "model-download",
    `The model ${model.name} could not be pulled: ${cause}.`,
    { cause: from },
  );
}
