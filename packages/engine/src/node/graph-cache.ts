// Emitted graphs on disk: found by a hash of what they are made of, written whole or not at all, rebuilt when damaged.
import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import {
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { makeFolder, systemReason } from "@masklet/disk";
import { EngineError } from "../errors.ts";
import type { Graph } from "../graph/graph.ts";
import { type EmittedModel, emitOnnx } from "../graph/onnx.ts";

/**
 * Counts changes in how weights are derived (folding, sorting, position codes). The operators themselves are part of the
 * hash, so only changes that leave them as they are need a new number.
 */
const GRAPH_VERSION = 3;

const MODEL_FILE = "graph.onnx";
const WEIGHTS_FILE = "graph.weights";
/** Written last: an entry without it, or that does not agree with it, is damaged. */
const SEAL_FILE = "graph.json";

const PART_SUFFIX = ".part";
/** Building takes minutes at most. */
const PART_AGE_MAX_MS = 24 * 3600 * 1000;
/** Graphs of earlier versions and of models no longer used: an entry is touched whenever it is opened. */
const UNUSED_AGE_MAX_MS = 60 * 24 * 3600 * 1000;

interface Seal {
  readonly model: string;
  readonly weights: string;
}

/** Where emitted graphs are kept and for which weights. */
export interface GraphCache {
  /** Folder of all emitted graphs (`MASKLET_HOME/graphs`). */
  readonly folder: string;
  /** Names the content of the checkpoint (`fingerprintCheckpoint`). */
  readonly fingerprint: string;
}

/**
 * The path of the emitted model of a graph; emits it where the cache lacks it or the entry is damaged.
 * Throws EngineError graph-failed where the folder cannot be written.
 */
export async function cachedModel(
  cache: GraphCache,
  graph: Graph,
  marks: readonly string[],
): Promise<string> {
  const emitted = emitOnnx(graph, { weightsFile: WEIGHTS_FILE, marks });
  const key = sha256(`${GRAPH_VERSION}\n${cache.fingerprint}\n`, emitted.model).slice(0, 40);
  const entry = join(cache.folder, `${graph.name}-${key}`);
  if (await isWhole(entry)) {
    const now = new Date();
    await utimes(entry, now, now).catch(() => {}); // a folder that is only read is fine
    return join(entry, MODEL_FILE);
  }
  try {
    await writeEntry(cache.folder, entry, emitted);
    await tidy(cache.folder).catch(() => {});
  } catch (cause) {
    const reason = systemReason(cause);
    const message = `The graph ${graph.name} cannot be kept in ${cache.folder} (${reason}); free space or set MASKLET_HOME.`;
    throw new EngineError("graph-failed", message, { cause });
  }
  return join(entry, MODEL_FILE);
}

async function isWhole(entry: string): Promise<boolean> {
  try {
    const seal: Seal = JSON.parse(await readFile(join(entry, SEAL_FILE), "utf8"));
    const [model, weights] = await Promise.all([
      fileDigest(join(entry, MODEL_FILE)),
      fileDigest(join(entry, WEIGHTS_FILE)),
    ]);
    return seal.model === model && seal.weights === weights;
  } catch {
    return false;
  }
}

/** Writes beside and renames. A damaged entry gives way. */
async function writeEntry(folder: string, entry: string, emitted: EmittedModel): Promise<void> {
  makeFolder(folder);
  const beside = `${entry}.${randomUUID()}${PART_SUFFIX}`;
  await mkdir(beside);
  try {
    const weights = createHash("sha256");
    const file = await open(join(beside, WEIGHTS_FILE), "w");
    try {
      for (const piece of emitted.weights) {
        weights.update(piece);
        await file.writeFile(piece);
      }
    } finally {
      await file.close();
    }
    await writeFile(join(beside, MODEL_FILE), emitted.model);
    const seal: Seal = { model: sha256(emitted.model), weights: weights.digest("hex") };
    await writeFile(join(beside, SEAL_FILE), JSON.stringify(seal));
    // Another process may have been faster, and may be loading its files right now.
    if (await isWhole(entry)) return;
    await rm(entry, { recursive: true, force: true });
    await rename(beside, entry);
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

/** Removes what killed programs left half-written and what has not been used for long. Best effort: it may fail. */
async function tidy(folder: string): Promise<void> {
  const now = Date.now();
  for (const name of await readdir(folder)) {
    const limit = name.endsWith(PART_SUFFIX) ? PART_AGE_MAX_MS : UNUSED_AGE_MAX_MS;
    const path = join(folder, name);
    const { mtimeMs } = await stat(path);
    if (now - mtimeMs > limit) await rm(path, { recursive: true, force: true });
  }
}

function sha256(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

async function fileDigest(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 }))
    hash.update(piece as Uint8Array);
  return hash.digest("hex");
}
