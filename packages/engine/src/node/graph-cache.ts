// Emitted graphs on disk: found by a hash of what they are made of, written whole or not at all, rebuilt when damaged.
import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EngineError } from "../errors.ts";
import type { Graph } from "../graph/graph.ts";
import { type EmittedModel, emitOnnx } from "../graph/onnx.ts";

/**
 * Counts changes in how weights are derived (folding, sorting, position codes). The operators themselves are part of the
 * hash, so only changes that leave them as they are need a new number.
 */
const GRAPH_VERSION = 1;

const MODEL_FILE = "graph.onnx";
const WEIGHTS_FILE = "graph.weights";
/** Written last: an entry without it, or that does not agree with it, is damaged. */
const SEAL_FILE = "graph.json";

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
  if (await isWhole(entry)) return join(entry, MODEL_FILE);
  try {
    await writeEntry(cache.folder, entry, emitted);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
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

/** Writes beside and renames. A damaged or concurrent entry gives way: both hold the same content by their name. */
async function writeEntry(folder: string, entry: string, emitted: EmittedModel): Promise<void> {
  await mkdir(folder, { recursive: true });
  const beside = `${entry}.${randomUUID()}.part`;
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
    await rm(entry, { recursive: true, force: true });
    await rename(beside, entry);
  } catch (cause) {
    await rm(beside, { recursive: true, force: true });
    if (await isWhole(entry)) return;
    throw cause;
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
