// The work of an `export` job: a file that appears whole, datasets in an archive, pictures for editors beside them.
import { createReadStream } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import type { Document } from "@masklet/annotation";
import {
  type FormatName,
  LossReport,
  type OutputFiles,
  type Source,
  sourceFromDocument,
  writeDataset,
} from "@masklet/formats";
import { openOutput } from "@masklet/formats/node";
import type { ExportOptions, Job } from "@masklet/protocol";
import { frameIndex } from "@masklet/vision";
import type { Bench } from "../bench.ts";
import { fileNameOf } from "../folders.ts";
import { readyVideo } from "../handlers/projects.ts";
import { rowOf } from "../losses.ts";
import { placesOf } from "../store/places.ts";
import { makeCutOuts, zipCutOuts } from "./cut-outs.ts";
import { type ExportMaking, exportKind } from "./export-order.ts";
import { makeOverlays } from "./overlays.ts";
import type { Work } from "./runner.ts";

/** Told so often at most. */
const TELL_MS = 250;
/** Pictures made so far of an export that goes on after a restart. */
const PARTS = ".parts";

/** The documents to write: only what was accepted where that is asked, only every n-th frame. */
export async function sourcesOf(bench: Bench, order: ExportOptions): Promise<readonly Source[]> {
  const sources: Source[] = [];
  for (const id of new Set(order.videos)) {
    const video = await readyVideo(bench, id);
    const { document } = await bench.documents.read(video.id);
    sources.push(sourceFromDocument(chosen(document, order)));
  }
  return sources;
}

function chosen(document: Document, { onlyAccepted, step }: ExportOptions): Document {
  const { video } = document;
  const annotated =
    step === 1
      ? video.annotated
      : Array.from({ length: Math.ceil(video.frameCount / step) }, (_, at) =>
          frameIndex(at * step),
        );
  const tracks = onlyAccepted
    ? new Map([...document.tracks].filter(([, { review }]) => review?.verdict === "satisfactory"))
    : document.tracks;
  return { ...document, video: { ...video, annotated }, tracks };
}

/** The work of an `export` job. */
export function exportWork(bench: Bench): Work {
  return async (job, payload, signal) => {
    const order = payload as ExportOptions;
    const kind = exportKind(order.format);
    const path = join(bench.home.exports, `${job.id}${extname(job.subject)}`);
    await rm(path, { force: true });
    const progress = throttled((done, total) => {
      bench.jobs
        .change(job.id, { done, total })
        .catch((error: unknown) => bench.log(`export ${job.id}: ${String(error)}`));
    });
    try {
      if (kind === "cut-outs") await exportCutOuts(bench, { job, order, path, signal, progress });
      else if (kind === "overlay") await makeOverlays(bench, { order, path, signal, progress });
      else await exportDataset(bench, kind, { order, path, signal, progress });
    } catch (error) {
      if (signal.aborted) return "cancelled";
      throw error;
    }
    await keepExport(bench, job, { format: order.format, path });
    return "done";
  };
}

async function keepExport(
  bench: Bench,
  job: Job,
  { format, path }: { readonly format: string; readonly path: string },
): Promise<void> {
  const { size: bytes } = await stat(path);
  await bench.database
    .insertInto("exports")
    .values({
      id: job.id,
      project: job.project!,
      job: job.id,
      format,
      name: job.subject,
      bytes,
      path: placesOf(bench.home.path).kept(path),
      at: new Date(bench.now()).toISOString(),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Pictures are made one by one into a folder, so that a restart makes none twice, then packed. */
async function exportCutOuts(
  bench: Bench,
  { job, ...making }: ExportMaking & { readonly job: Job },
): Promise<void> {
  const parts = partsOf(bench, job.id);
  await makeCutOuts(bench, { ...making, path: parts });
  await zipCutOuts(parts, making.path, making.signal);
  await rm(parts, { recursive: true, force: true });
}

function partsOf(bench: Bench, job: string): string {
  return join(bench.home.exports, `${job}${PARTS}`);
}

/** What an export that ended without a file leaves behind. */
export async function endExport(bench: Bench, job: Job): Promise<void> {
  await rm(partsOf(bench, job.id), { recursive: true, force: true });
}

/** Takes away what a crash left in the folder of exports: all that no file and no unfinished job is made of. */
export async function sweepExports(bench: Bench): Promise<void> {
  const unfinished = new Set((await bench.jobs.unfinished()).map(({ job }) => job.id));
  for (const name of await readdir(bench.home.exports)) {
    const isLeft = name.endsWith(".part") || name.endsWith(PARTS);
    if (!isLeft || unfinished.has(name.slice(0, -PARTS.length))) continue;
    await rm(join(bench.home.exports, name), { recursive: true, force: true });
  }
}

async function exportDataset(
  bench: Bench,
  format: FormatName,
  { order, path, signal, progress }: ExportMaking,
): Promise<void> {
  const output = await openOutput(path);
  try {
    const sources = await sourcesOf(bench, order);
    const report = new LossReport();
    await writeDataset(format, sources, output, report, { signal, progress });
    if (order.archive && format !== "masklet") {
      await writeArchive(output, { beside: path, sources, signal });
    }
    if (order.report) await writeReport(output, report);
    if (order.frames) await writeFrames(bench, order, output, signal);
    await output.commit();
  } catch (error) {
    await output.abandon();
    throw error;
  }
}

/** Our own archive as one file in the export: readers of the other format see nothing of what is inside. */
async function writeArchive(
  output: OutputFiles,
  {
    beside,
    sources,
    signal,
  }: { readonly beside: string; readonly sources: readonly Source[]; readonly signal: AbortSignal },
): Promise<void> {
  const path = `${beside}.masklet.zip`;
  await rm(path, { force: true });
  const archive = await openOutput(path);
  try {
    await writeDataset("masklet", sources, archive, new LossReport(), { signal });
    await archive.commit();
  } catch (error) {
    await archive.abandon();
    throw error;
  }
  try {
    const file = await output.open("masklet-archive.zip");
    for await (const piece of createReadStream(path)) await file.write(piece as Uint8Array);
    await file.close();
  } finally {
    await rm(path, { force: true });
  }
}

/** As a page to read and as one line of JSON: tools that take every `.json` or `.txt` for labels leave both alone. */
async function writeReport(output: OutputFiles, report: LossReport): Promise<void> {
  const lines = report.losses.map((loss) => `- ${rowOf(loss, []).sentence}`);
  const file = await output.open("loss-report.md");
  await file.write(
    `# What this format does not hold\n\n${lines.join("\n") || "Nothing is lost."}\n`,
  );
  await file.close();
  const facts = await output.open("loss-report.jsonl");
  await facts.write(`${JSON.stringify(report)}\n`);
  await facts.close();
}

async function writeFrames(
  bench: Bench,
  order: ExportOptions,
  output: OutputFiles,
  signal: AbortSignal,
): Promise<void> {
  const folders = new Set<string>();
  for (const id of new Set(order.videos)) {
    const { digest, ...video } = await readyVideo(bench, id);
    const name = fileNameOf(video.name);
    const folder = folders.has(name) ? `${name}-${id}` : name;
    folders.add(folder);
    for (let frame = 0; frame < video.frames; frame += order.step) {
      signal.throwIfAborted();
      const picture = await bench.media.picture({
        video: id,
        digest,
        frame,
        format: "jpeg",
        width: null,
      });
      const file = await output.open(`frames/${folder}/${String(frame).padStart(5, "0")}.jpg`);
      await file.write(picture);
      await file.close();
    }
  }
}

/** Told at most a few times a second. */
function throttled(tell: (done: number, all: number) => void): (done: number, all: number) => void {
  let last = 0;
  return (done, all) => {
    const now = performance.now();
    if (now - last < TELL_MS && done < all) return;
    last = now;
    tell(done, all);
  };
}
