// Models by name or path: the embedded ones, the released ones in MASKLET_HOME, and any checkpoint with its configuration.
import { existsSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { readOrdinaryFile, systemReason } from "@masklet/disk";
import { parse as parseYaml } from "yaml";
import { checkedGraphs } from "../checked-graphs.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { type Inspection, inspectCheckpoint, recogniseRelease } from "../checkpoint/inspect.ts";
import { fingerprintCheckpoint, openCheckpoint } from "../checkpoint/open.ts";
import { type Configuration, readConfiguration } from "../configuration/configuration.ts";
import { checkImageSize } from "../configuration/official.ts";
import { releasedModels } from "../configuration/released.ts";
import { EngineError } from "../errors.ts";
import type { Precision } from "../networks/construction.ts";
import { networkPlan } from "../networks/network-plan.ts";
import { readTrackerConstants, type TrackingModel } from "../tracking-model.ts";
import { sourceFromFile } from "./file-source.ts";
import { rememberedFingerprint } from "./fingerprints.ts";
import { openGraphs } from "./graphs.ts";

/** Where models are looked for. */
export interface ModelPlaces {
  /** MASKLET_HOME: downloaded models lie in `models`, emitted graphs in `graphs`. */
  readonly home: string;
  /** Folder of the embedded models, each in a folder of its name. */
  readonly embedded: string;
}

export interface LoadModelOptions extends ModelPlaces {
  readonly threads?: number;
  /** Side of the square input; the configuration's own by default. */
  readonly imageSize?: number;
  /** `exact` by default. */
  readonly precision?: Precision;
}

export interface LoadedModel extends TrackingModel {
  readonly name: string;
  /** Names the weights' content, see `fingerprintCheckpoint`. */
  readonly fingerprint: string;
  close(): Promise<void>;
}

/** A model that can be named. */
export interface ListedModel {
  readonly name: string;
  readonly kind: "embedded" | "released";
  /** Where its weights lie, or null when they were not pulled yet. */
  readonly path: string | null;
}

const CONFIGURATION_BYTES_MAX = 1 << 20;
const EMBEDDED_WEIGHTS = "model.safetensors";
const EMBEDDED_CONFIGURATION = "config.json";

/** The folder of this house's embedded models. */
export const embeddedModels: string = join(import.meta.dirname, "../../../../models");

/** Every model with a name: embedded ones first. */
export async function listModels({ home, embedded }: ModelPlaces): Promise<readonly ListedModel[]> {
  const folders = await readdir(embedded).catch(() => []);
  const own = folders
    .filter((folder) => existsSync(join(embedded, folder, EMBEDDED_WEIGHTS)))
    .map(
      (name): ListedModel => ({
        name,
        kind: "embedded",
        path: join(embedded, name, EMBEDDED_WEIGHTS),
      }),
    );
  const released = releasedModels.map(({ name, file }): ListedModel => {
    const path = join(home, "models", file);
    return { name, kind: "released", path: existsSync(path) ? path : null };
  });
  return [...own, ...released];
}

/**
 * Opens a model: a name from `listModels` (`sam2.1-hiera-tiny` and `sam2.1_hiera_tiny` are one), a
 * checkpoint file, or a folder with `model.safetensors` and `config.json`. Nothing is built before the
 * first graph runs. Throws model-unknown, checkpoint-unreadable, checkpoint-mismatch or configuration-invalid.
 */
export async function loadModel(
  nameOrPath: string,
  options: LoadModelOptions,
): Promise<LoadedModel> {
  const path = await weightsPath(nameOrPath, options);
  const checkpoint = openCheckpoint(sourceFromFile(path));
  try {
    const own = await configurationFor(path, checkpoint);
    const configuration =
      options.imageSize === undefined ? own : atSize(own, options.imageSize, path);
    const { precision = "exact" } = options;
    const plan = networkPlan(configuration, checkpoint, { precision });
    const constants = readTrackerConstants(configuration, checkpoint);
    const fingerprint = await rememberedFingerprint(options.home, path, () =>
      fingerprintCheckpoint(checkpoint),
    );
    const graphs = openGraphs({
      plan,
      cache: { folder: join(options.home, "graphs"), fingerprint },
      ...(options.threads !== undefined && { threads: options.threads }),
    });
    const close = async () => {
      checkpoint.close();
      await graphs.close();
    };
    const { name } = configuration;
    return {
      name,
      configuration,
      constants,
      graphs: checkedGraphs(graphs, name),
      fingerprint,
      close,
    };
  } catch (cause) {
    checkpoint.close();
    throw cause;
  }
}

/** Describes a file of weights without a configuration. Throws checkpoint-unreadable. */
export function inspectModel(path: string): Inspection {
  const checkpoint = openCheckpoint(sourceFromFile(path));
  try {
    return inspectCheckpoint(checkpoint);
  } finally {
    checkpoint.close();
  }
}

async function weightsPath(nameOrPath: string, places: ModelPlaces): Promise<string> {
  const wanted = nameOrPath.replaceAll("-", "_").toLowerCase();
  const models = await listModels(places);
  const named = models.find(({ name }) => name.replaceAll("-", "_").toLowerCase() === wanted);
  if (named?.path) return named.path;
  if (named) {
    const message = `The model ${named.name} is not on this machine yet: run "masklet models pull ${named.name}".`;
    throw new EngineError("model-unknown", message);
  }
  if (!existsSync(nameOrPath)) {
    const names = models.map(({ name }) => name).join(", ");
    throw new EngineError(
      "model-unknown",
      `There is no model or file ${nameOrPath}. Known models: ${names}.`,
    );
  }
  return statSync(nameOrPath).isDirectory() ? join(nameOrPath, EMBEDDED_WEIGHTS) : nameOrPath;
}

/** The configuration beside the weights (`x.config.json`, `x.yaml`, `config.json`), else that of the release of these shapes. */
async function configurationFor(path: string, checkpoint: Checkpoint): Promise<Configuration> {
  const stem = path.slice(0, path.length - extname(path).length);
  const beside = [`${stem}.config.json`, `${stem}.json`, `${stem}.yaml`, `${stem}.yml`];
  if (basename(path) === EMBEDDED_WEIGHTS) beside.push(join(dirname(path), EMBEDDED_CONFIGURATION));
  const file = beside.find((candidate) => existsSync(candidate));
  if (file !== undefined) return readConfigurationFile(file);
  const release = recogniseRelease(checkpoint);
  if (release !== null) return release.configuration;
  const { likeness } = inspectCheckpoint(checkpoint);
  throw new EngineError(
    "model-unknown",
    `Checkpoint ${checkpoint.name} is none of the released networks (${likeness}): put its configuration beside it as ${basename(stem)}.config.json.`,
  );
}

/** Reads a configuration from a JSON or YAML file. Throws configuration-invalid. */
export async function readConfigurationFile(path: string): Promise<Configuration> {
  const name = basename(path);
  const refuse = (reason: string, cause?: unknown) =>
    new EngineError("configuration-invalid", `Configuration ${name}: ${reason}.`, { cause });
  const bytes = await readOrdinaryFile(path).catch((cause) => {
    throw refuse(`it cannot be read (${systemReason(cause)})`, cause);
  });
  if (bytes.length > CONFIGURATION_BYTES_MAX)
    throw refuse(`it is larger than ${CONFIGURATION_BYTES_MAX} bytes`);
  const text = bytes.toString("utf8");
  let document: unknown;
  try {
    document = path.endsWith(".json") ? JSON.parse(text) : parseYaml(text);
  } catch (cause) {
    throw refuse(
      `it cannot be parsed (${cause instanceof Error ? cause.message.split("\n")[0] : cause})`,
      cause,
    );
  }
  return readConfiguration(document, name);
}

/** The same network at another input size; both must be multiples of 32 and of the first attention window. */
function atSize(configuration: Configuration, imageSize: number, path: string): Configuration {
  const step =
    configuration.family === "sam2"
      ? leastCommonMultiple(32, 4 * configuration.trunk.windows[0])
      : 32;
  if (
    !Number.isInteger(imageSize) ||
    imageSize < step ||
    imageSize % step !== 0 ||
    imageSize > 4096
  ) {
    const message = `The input size ${imageSize} does not suit ${basename(path)}: it takes multiples of ${step} up to 4096.`;
    throw new EngineError("configuration-invalid", message);
  }
  if (configuration.family === "sam2")
    checkImageSize(imageSize, configuration.trunk, basename(path));
  return { ...configuration, imageSize };
}

function leastCommonMultiple(a: number, b: number): number {
  const divisor = (x: number, y: number): number => (y === 0 ? x : divisor(y, x % y));
  return (a * b) / divisor(a, b);
}
