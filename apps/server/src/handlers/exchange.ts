// Handlers: formats, the loss report before an export, exports as jobs, imports.
import { rm } from "node:fs/promises";
import type { Document, Step, Transaction } from "@masklet/annotation";
import { labelId, trackId } from "@masklet/annotation";
import { FORMAT_NAMES, type FormatName, LossReport, readDataset } from "@masklet/formats";
import { openInput } from "@masklet/formats/node";
import type { ExportOptions, FormatInfo, ImportReply, Video } from "@masklet/protocol";
import type { Bench } from "../bench.ts";
import { allowedPath } from "../folders.ts";
import type { Handlers } from "../http/bind.ts";
import { removeUpload, uploadedFile } from "../http/uploads.ts";
import { sourcesOf } from "../jobs/export.ts";
import { exportKind, exportName, formatName } from "../jobs/export-order.ts";
import type { Runner } from "../jobs/runner.ts";
import { tellVideo } from "../jobs/videos.ts";
import { lossesOf, lossRows } from "../losses.ts";
import { Refusal } from "../problem.ts";
import { placesOf } from "../store/places.ts";
import { projectOf, readyVideo } from "./projects.ts";

type Mine =
  | "GET /api/formats"
  | "POST /api/projects/:project/loss"
  | "POST /api/projects/:project/exports"
  | "GET /api/projects/:project/exports"
  | "DELETE /api/exports/:export"
  | "POST /api/videos/:video/import";

/** Pictures for editors: they hold the masks as they look, and are not read back. */
const POST_PRODUCTION: readonly FormatInfo[] = [
  {
    ...{ id: "cut-outs", name: "Cut-outs (PNG)", group: "post" },
    ...{ canExport: true, canImport: false, options: ["step", "edge", "crop"] },
  },
  {
    ...{ id: "overlay", name: "Overlay (MP4)", group: "post" },
    ...{ canExport: true, canImport: false, options: [] },
  },
];

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
    "GET /api/formats": async () => [
      ...FORMAT_NAMES.map((id): FormatInfo => {
        const [name, group] = SHOWN[id];
        return { id, name, group, canExport: true, canImport: true, options: ["frames", "step"] };
      }),
      ...POST_PRODUCTION,
    ],
    "POST /api/projects/:project/loss": async ({ path, body }) => {
      await projectOf(bench, path.project);
      const videos = await videosOf(bench, path.project, body);
      return lossesOf(await sourcesOf(bench, body), videos, body);
    },
    "POST /api/projects/:project/exports": async ({ path, body }) => {
      const project = await projectOf(bench, path.project);
      const kind = exportKind(body.format);
      const videos = await videosOf(bench, project.id, body);
      const id = bench.newId();
      const job = await bench.jobs.add({
        id,
        kind: "export",
        project: project.id,
        video: null,
        subject: exportName(project.name, kind, videos),
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
      try {
        const file =
          "path" in source
            ? await allowedPath(source.path, {
                folders: options.allowedFolders,
                otherwise: "bad-import",
              })
            : await uploadedFile(bench.home, source.upload);
        return await importLabels(bench, video, { file, format: formatName(body.format) });
      } finally {
        // Taken in or refused: it is not needed again.
        if ("upload" in source) await removeUpload(bench.home, source.upload);
      }
    },
  };
}

/** Reads a dataset and takes its labels into a video's document, all or none. */
async function importLabels(
  bench: Bench,
  video: Video,
  { file, format }: { readonly file: string; readonly format: FormatName },
): Promise<ImportReply> {
  const { document } = await bench.documents.read(video.id);
  const report = new LossReport();
  const read = await readOne(format, file, { video, document, report });
  const { transaction, masks, objects } = importTransaction(document, read, {
    id: bench.newId(),
    format,
  });
  if (transaction.steps.length > 0) {
    const { refused } = await bench.documents.commit(video.id, [transaction], { client: null });
    if (refused !== null)
      throw new Refusal("bad-import", `${video.name}: ${refused.refusal.message}`);
  }
  await tellVideo(bench, video.id);
  return { objects, masks, rows: lossRows(report, [video]) };
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
