// Handlers: formats, the loss report before an export, exports as jobs, imports.
import { createReadStream } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Document, Step, Transaction } from "@masklet/annotation";
import { labelId, trackId } from "@masklet/annotation";
import {
  FORMAT_NAMES,
  type FormatName,
  LOSSES,
  type Loss,
  LossReport,
  type OutputFiles,
  readDataset,
  type Source,
  sourceFromDocument,
  writeDataset,
} from "@masklet/formats";
import { openInput, openOutput } from "@masklet/formats/node";
import type { ExportOptions, FormatInfo, LossRow, Video } from "@masklet/protocol";
import { frameIndex } from "@masklet/vision";
import type { Bench } from "../bench.ts";
import { allowedPath, fileNameOf } from "../folders.ts";
import type { Handlers } from "../http/bind.ts";
import { removeUpload, uploadedFile } from "../http/uploads.ts";
import { Refusal } from "../problem.ts";
import { placesOf } from "../store/places.ts";
import type { Runner, Work } from "../work/runner.ts";
import { tellVideo } from "../work/videos.ts";
import { projectOf, readyVideo } from "./projects.ts";

type Mine =
  | "GET /api/formats"
  | "POST /api/projects/:project/loss"
  | "POST /api/projects/:project/exports"
  | "GET /api/projects/:project/exports"
  | "DELETE /api/exports/:export"
  | "POST /api/videos/:video/import";

/** What people call each format, and where the dialog lists it. */
const SHOWN: Readonly<Record<FormatName, readonly [name: string, group: FormatInfo["group"]]>> = {
  masklet: ["masklet archive", "archive"],
  coco: ["COCO (RLE)", "general"],
  "coco-polygons": ["COCO (polygons)", "general"],
  "youtube-vis": ["YouTube-VIS", "research"],
  "youtube-vos": ["YouTube-VOS", "research"],
  davis: ["DAVIS", "research"],
  mots: ["MOTS (PNG)", "research"],
  "mots-txt": ["MOTS (text)", "research"],
  mot: ["MOT", "research"],
  "sa-v": ["SA-V (JSON)", "research"],
  "sa-v-png": ["SA-V (PNG)", "research"],
  burst: ["BURST / TAO", "research"],
  "cvat-video": ["CVAT for video 1.1", "video"],
  "cvat-images": ["CVAT for images", "general"],
  datumaro: ["Datumaro", "general"],
  "yolo-seg": ["YOLO segmentation", "general"],
  "label-studio": ["Label Studio video", "video"],
  labelme: ["LabelMe", "general"],
  dive: ["DIVE", "video"],
};

export function exchangeHandlers(
  bench: Bench,
  options: { readonly runner: Runner; readonly allowedFolders: readonly string[] },
): Pick<Handlers, Mine> {
  const { database } = bench;
  return {
    "GET /api/formats": async () =>
      FORMAT_NAMES.map((id) => {
        const [name, group] = SHOWN[id];
        return { id, name, group, canExport: true, canImport: true, options: ["frames", "step"] };
      }),
    "POST /api/projects/:project/loss": async ({ path, body }) => {
      await projectOf(bench, path.project);
      await videosOf(bench, path.project, body);
      const counter = countingFiles();
      const report = new LossReport();
      await writeDataset(
        formatName(body.format),
        await sourcesOf(bench, body),
        counter.files,
        report,
      );
      const rows = report.losses.map((loss) => rowOf(loss));
      return { format: body.format, rows, bytes: counter.bytes() };
    },
    "POST /api/projects/:project/exports": async ({ path, body }) => {
      const project = await projectOf(bench, path.project);
      formatName(body.format);
      await videosOf(bench, project.id, body);
      const id = bench.newId();
      const job = await bench.jobs.add({
        id,
        kind: "export",
        project: project.id,
        video: null,
        subject: `${fileNameOf(project.name)}-${body.format}.zip`,
        total: 1,
        unit: "frames",
        lanes: [],
        payload: body,
      });
      options.runner.wake(job);
      return { job: id };
    },
    "GET /api/projects/:project/exports": async ({ path }) => {
      const rows = await database
        .selectFrom("exports")
        .selectAll()
        .where("project", "=", path.project)
        .orderBy("at", "desc")
        .execute();
      return rows.map(({ id, job, format, name, bytes, at }) => ({
        id,
        job,
        format,
        name,
        bytes,
        at,
      }));
    },
    "DELETE /api/exports/:export": async ({ path }) => {
      const row = await exportRow(bench, path.export);
      await rm(row.path, { force: true });
      await database.deleteFrom("exports").where("id", "=", row.id).execute();
      return null;
    },
    "POST /api/videos/:video/import": async ({ path, body }) => {
      const video = await readyVideo(bench, path.video);
      const { source } = body;
      const file =
        "path" in source
          ? await allowedPath(source.path, options.allowedFolders)
          : await uploadedFile(bench.home, source.upload);
      const { document } = await bench.documents.read(video.id);
      const report = new LossReport();
      const read = await readOne(formatName(body.format), file, { video, document, report });
      const { transaction, masks, objects } = importTransaction(document, read, {
        id: bench.newId(),
        format: body.format,
      });
      if (transaction.steps.length > 0) {
        const { refused } = await bench.documents.commit(video.id, [transaction], { client: null });
        if (refused !== null)
          throw new Refusal("bad-import", `${video.name}: ${refused.refusal.message}`);
      }
      if ("upload" in source) await removeUpload(bench.home, source.upload);
      await tellVideo(bench, video.id);
      return { objects, masks, rows: report.losses.map((loss) => rowOf(loss)) };
    },
  };
}

export async function exportRow(bench: Bench, id: string) {
  const row = await bench.database
    .selectFrom("exports")
    .selectAll()
    .where("id", "=", id)
    .executeTakeFirst();
  if (row === undefined) throw new Refusal("not-found", `There is no export ${id}.`);
  return { ...row, path: placesOf(bench.home.path).found(row.path) };
}

/** The work of an `export` job: an archive that appears whole, with the loss report and, where asked, ours beside it. */
export function exportWork(bench: Bench): Work {
  return async (job, payload, signal) => {
    const order = payload as ExportOptions;
    const path = join(bench.home.exports, `${job.id}.zip`);
    await rm(path, { force: true });
    const output = await openOutput(path);
    try {
      const sources = await sourcesOf(bench, order);
      const report = new LossReport();
      const progress = throttled((done, all) => {
        bench.jobs
          .change(job.id, { done, total: all })
          .catch((error: unknown) => bench.log(`export ${job.id}: ${String(error)}`));
      });
      await writeDataset(formatName(order.format), sources, output, report, { signal, progress });
      if (order.archive && order.format !== "masklet") {
        await writeArchive(output, { beside: path, sources, signal });
      }
      if (order.report) await writeReport(output, report);
      if (order.frames) await writeFrames(bench, order, output, signal);
      await output.commit();
    } catch (error) {
      await output.abandon();
      if (signal.aborted) return "cancelled";
      throw error;
    }
    const { size: bytes } = await stat(path);
    await bench.database
      .insertInto("exports")
      .values({
        id: job.id,
        project: job.project!,
        job: job.id,
        format: order.format,
        name: job.subject,
        bytes,
        path: placesOf(bench.home.path).kept(path),
        at: new Date(bench.now()).toISOString(),
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return "done";
  };
}

function formatName(text: string): FormatName {
  const name = FORMAT_NAMES.find((known) => known === text);
  if (name === undefined) throw new Refusal("bad-request", `There is no format "${text}".`);
  return name;
}

/** The videos of an order. Refuses those of another project and those that are not ready. */
async function videosOf(
  bench: Bench,
  project: string,
  { videos }: ExportOptions,
): Promise<readonly Video[]> {
  const found: Video[] = [];
  for (const id of new Set(videos)) {
    const video = await readyVideo(bench, id);
    if (video.project !== project) {
      throw new Refusal("not-found", `There is no video ${id} in this project.`);
    }
    found.push(video);
  }
  return found;
}

/** The documents to write: only what was accepted where that is asked, only every n-th frame. */
async function sourcesOf(bench: Bench, order: ExportOptions): Promise<readonly Source[]> {
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

/** Takes what is written, keeps nothing, counts the bytes. */
function countingFiles(): { readonly files: OutputFiles; bytes(): number } {
  let bytes = 0;
  const files: OutputFiles = {
    open: async () => ({
      write: async (piece) => {
        bytes += typeof piece === "string" ? Buffer.byteLength(piece) : piece.length;
      },
      close: async () => {},
    }),
  };
  return { files, bytes: () => bytes };
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

/** As a page to read: tools that take every `.json` or `.txt` for labels leave it alone. */
async function writeReport(output: OutputFiles, { losses }: LossReport): Promise<void> {
  const lines = losses.map((loss) => `- ${rowOf(loss).sentence}`);
  const file = await output.open("loss-report.md");
  await file.write(
    `# What this format does not hold\n\n${lines.join("\n") || "Nothing is lost."}\n`,
  );
  await file.close();
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
  const PAUSE_MS = 250;
  let last = 0;
  return (done, all) => {
    const now = performance.now();
    if (now - last < PAUSE_MS && done < all) return;
    last = now;
    tell(done, all);
  };
}

function rowOf({ code, count, examples, keptAside, video }: Loss): LossRow {
  return {
    verdict: keptAside ? "changed" : "lost",
    code,
    topic: code,
    sentence: `${video}: ${count} ${LOSSES[code]}${examples.length > 0 ? ` (${examples[0]})` : ""}.`,
    numbers: [count],
    where: [],
  };
}

/** The document of a dataset that belongs to a video: the only one, or the one of its name. */
async function readOne(
  format: FormatName,
  path: string,
  {
    video,
    document,
    report,
  }: {
    readonly video: { readonly name: string; readonly digest: string };
    readonly document: Document;
    readonly report: LossReport;
  },
): Promise<Document> {
  const input = await openInput(path);
  const { size, frameCount, rate } = document.video;
  const facts = { name: video.name, size, frameCount, rate, digest: video.digest };
  try {
    const found: Document[] = [];
    for await (const read of readDataset(format, input, report, { video: facts })) found.push(read);
    const [first, ...others] = found;
    if (first === undefined) throw new Refusal("bad-import", `${input.name} holds no video.`);
    if (others.length === 0) return first;
    const stem = video.name.replace(/\.[^.]+$/, "");
    const named = found.find(({ video: { name } }) => name === video.name || name === stem);
    if (named !== undefined) return named;
    throw new Refusal(
      "bad-import",
      `${input.name} holds ${found.length} videos and none is called ${video.name}.`,
    );
  } finally {
    await input.close();
  }
}

/** Adds what was read beside what is there: labels are joined by name, tracks get free numbers. */
function importTransaction(
  document: Document,
  read: Document,
  as: { readonly id: string; readonly format: string },
): { readonly transaction: Transaction; readonly objects: number; readonly masks: number } {
  const steps: Step[] = [];
  const byName = new Map([...document.labels].map(([id, { name }]) => [name, id]));
  let freeLabel = Math.max(0, ...document.labels.keys());
  const labelOf = new Map(
    [...read.labels].map(([id, after]) => {
      const known = byName.get(after.name);
      if (known !== undefined) return [id, known];
      const label = labelId(++freeLabel);
      steps.push({ type: "putLabel", label, before: null, after });
      return [id, label];
    }),
  );
  let freeTrack = Math.max(0, ...document.tracks.keys());
  const trackOf = new Map([...read.tracks.keys()].map((id) => [id, trackId(++freeTrack)]));
  let masks = 0;
  for (const [id, { info, review, states }] of read.tracks) {
    const track = trackOf.get(id)!;
    const label = info.label === null ? null : (labelOf.get(info.label) ?? null);
    const partOf = info.partOf === null ? null : (trackOf.get(info.partOf) ?? null);
    const after = { ...info, label, partOf };
    steps.push({ type: "putTrack", track, before: null, after });
    if (review !== null) steps.push({ type: "putReview", track, before: null, after: review });
    for (const [frame, state] of states) {
      steps.push({ type: "putState", track, frame, before: null, after: state });
      if (state.presence === "visible") masks++;
    }
  }
  const transaction: Transaction = {
    id: as.id,
    title: `Import ${as.format}`,
    origin: "import",
    author: null,
    run: null,
    steps,
  };
  return { transaction, objects: trackOf.size, masks };
}
