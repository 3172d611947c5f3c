// Comparing this engine with the reference's recorded tensors in a folder: what `masklet models verify` does.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readOrdinaryFile, systemReason } from "@masklet/disk";
import { type Mask, maskFromBitmap, type Picture } from "@masklet/vision";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { fingerprintCheckpoint, openCheckpoint } from "../checkpoint/open.ts";
import { readConfiguration } from "../configuration/configuration.ts";
import { EngineError } from "../errors.ts";
import { complain, type Findings, holds, newFindings } from "../golden/findings.ts";
import {
  type FlowSet,
  type FlowsFile,
  flowSetsOf,
  readFlows,
  type VideoFlow,
} from "../golden/flows.ts";
import { verifyImageFlows } from "../golden/image-flows.ts";
import { marksFor } from "../golden/marks.ts";
import { type FlowMedia, verifyVideoFlow } from "../golden/video-flow.ts";
import { networkPlan } from "../networks/network-plan.ts";
import { readTrackerConstants } from "../tracking-model.ts";
import { sourceFromFile } from "./file-source.ts";
import { openGraphs } from "./graphs.ts";

export interface VerifyOptions {
  readonly readPicture: (path: string) => Promise<Picture>;
  /** Threads of the runtime. */
  readonly threads?: number;
  /** Only flows whose names begin so. */
  readonly only?: string;
}

/** A row of the report. */
export interface FlowReport extends Findings {
  readonly holds: boolean;
}

const FLOWS_SUFFIX = ".flows.json";

/**
 * Runs every flow of `folder/*.flows.json` with its checkpoint and configuration and compares each
 * tensor, memory bank and decision with the safetensors beside it; a report a flow, as they finish.
 * Throws reference-unreadable, checkpoint-unreadable, checkpoint-mismatch or configuration-invalid.
 */
export async function* verifyFolder(
  folder: string,
  options: VerifyOptions,
): AsyncGenerator<FlowReport> {
  const files = await readdir(folder).catch((cause) => {
    throw new EngineError(
      "reference-unreadable",
      `The folder ${folder} cannot be read (${systemReason(cause)}).`,
      { cause },
    );
  });
  const flowFiles = files.filter((file) => file.endsWith(FLOWS_SUFFIX)).sort();
  if (flowFiles.length === 0) {
    throw new EngineError(
      "reference-unreadable",
      `The folder ${folder} holds no recorded flows: files named *${FLOWS_SUFFIX} are expected in it, with their tensors and pictures beside them.`,
    );
  }
  for (const file of flowFiles) {
    const flows = readFlows(await readJson(join(folder, file)), file);
    for (const set of flowSetsOf(flows)) yield* verifySet(folder, flows, set, options);
  }
}

async function* verifySet(
  folder: string,
  flows: FlowsFile,
  set: FlowSet,
  options: VerifyOptions,
): AsyncGenerator<FlowReport> {
  const only = options.only ?? "";
  const video = set.video.filter(({ name }) => name.startsWith(only));
  const image = set.image !== null && "image".startsWith(only) ? set.image : null;
  if (video.length === 0 && image === null) return;
  const reference = openCheckpoint(sourceFromFile(join(folder, flows.tensors_file)));
  const checkpoint = openCheckpoint(sourceFromFile(join(folder, flows.checkpoint)));
  const work = await mkdtemp(join(tmpdir(), "masklet-verify-"));
  try {
    const configurationOf = await configurationReader(folder, flows, set);
    const plan = networkPlan(configurationOf({}), checkpoint, { ignored: set.droppedTensors });
    const graphs = openGraphs({
      plan,
      cache: { folder: work, fingerprint: await fingerprintCheckpoint(checkpoint) },
      marks: marksFor(reference.entries.keys()),
      ...(options.threads !== undefined && { threads: options.threads }),
    });
    try {
      const modelFor = (overrides: Readonly<Record<string, unknown>>) => {
        const configuration = configurationOf(overrides);
        return {
          configuration,
          graphs,
          constants: readTrackerConstants(configuration, checkpoint),
        };
      };
      if (image !== null) {
        const picture = await options.readPicture(join(folder, image.picture));
        for (const findings of await verifyImageFlows(image, modelFor({}), picture, reference))
          yield reportOf(findings);
      }
      for (const flow of video) {
        const media = mediaOf(folder, flows, flow, options);
        yield reportOf(
          await runFlow(flow, () =>
            verifyVideoFlow(flow, modelFor(flow.options ?? {}), media, reference),
          ),
        );
      }
    } finally {
      await graphs.close();
    }
  } finally {
    closeAll(reference, checkpoint);
    await rm(work, { recursive: true, force: true });
  }
}

/** A flow that cannot run is a row that does not hold, so that the others are still seen. */
async function runFlow(flow: VideoFlow, run: () => Promise<Findings>): Promise<Findings> {
  try {
    return await run();
  } catch (cause) {
    const findings = newFindings(flow.name);
    complain(findings, cause instanceof Error ? cause.message : String(cause));
    return findings;
  }
}

/** The network's official keys, the predictor's defaults over them, a flow's options over both. */
async function configurationReader(folder: string, flows: FlowsFile, set: FlowSet) {
  const document = (await readJson(join(folder, set.config))) as {
    model?: Record<string, unknown>;
  };
  const model = document.model ?? (document as Record<string, unknown>);
  return (options: Readonly<Record<string, unknown>>) =>
    readConfiguration({ model: { ...model, ...flows.predictor_defaults, ...options } }, set.config);
}

function mediaOf(
  folder: string,
  flows: FlowsFile,
  flow: VideoFlow,
  { readPicture }: VerifyOptions,
): FlowMedia {
  const clip = flows.clips[flow.clip];
  if (clip === undefined)
    throw new EngineError(
      "reference-unreadable",
      `Flow ${flow.name} names the unknown clip ${flow.clip}.`,
    );
  const path = (index: number) =>
    clip.path.replace(/%0(\d+)d/, (_, digits) => String(index).padStart(Number(digits), "0"));
  return {
    frameSize: { width: clip.width, height: clip.height },
    frame: (index) => readPicture(join(folder, path(index))),
    mask: async (name) =>
      maskFromPicture(await readPicture(join(folder, flows.masks?.[name] ?? `${name}.png`))),
  };
}

/** Every pixel that is not black belongs to the mask. */
function maskFromPicture({ size, channels, data }: Picture): Mask {
  const bits = new Uint8Array(size.width * size.height);
  for (let i = 0; i < bits.length; i++) {
    bits[i] = Number(
      data[i * channels]! > 0 || data[i * channels + 1]! > 0 || data[i * channels + 2]! > 0,
    );
  }
  return maskFromBitmap({ size, data: bits });
}

function reportOf(findings: Findings): FlowReport {
  return { ...findings, holds: holds(findings) };
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse((await readOrdinaryFile(path)).toString("utf8"));
  } catch (cause) {
    const message = `${path} cannot be read as JSON (${systemReason(cause)}).`;
    throw new EngineError("reference-unreadable", message, { cause });
  }
}

function closeAll(...checkpoints: readonly Checkpoint[]): void {
  for (const checkpoint of checkpoints) checkpoint.close();
}
