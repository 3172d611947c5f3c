// Datasets from one format to another, and checks of one: whole or not at all, with what was lost.
import {
  type Check,
  checkDataset,
  type FormatName,
  type InputFiles,
  LossReport,
  type OutputFiles,
  readDataset,
  type Source,
  sourceFromDocument,
  type VideoFacts,
  writeDataset,
} from "@masklet/formats";
import { averageRate, type Clip } from "@masklet/video";

export interface ConvertJob {
  readonly from: FormatName;
  readonly to: FormatName;
  readonly input: InputFiles;
  readonly output: OutputFiles;
  /** The video the annotations belong to, or null where it is not at hand. */
  readonly video: VideoFacts | null;
  readonly signal: AbortSignal;
  readonly progress: (stage: "reading" | "writing", done: number, total: number | null) => void;
}

export interface Converted {
  readonly videos: number;
  readonly objects: number;
  readonly report: LossReport;
}

/** Reads everything, then writes everything; the caller commits the output or abandons it. Throws a FormatError. */
export async function convertDataset(job: ConvertJob): Promise<Converted> {
  const { signal } = job;
  const report = new LossReport();
  const sources: Source[] = [];
  let objects = 0;
  const reading = { signal, ...(job.video !== null && { video: job.video }) };
  for await (const document of readDataset(job.from, job.input, report, reading)) {
    sources.push(sourceFromDocument(document));
    objects += document.tracks.size;
    job.progress("reading", sources.length, null);
  }
  await writeDataset(job.to, sources, job.output, report, {
    signal,
    progress: (done, all) => job.progress("writing", done, all),
  });
  return { videos: sources.length, objects, report };
}

/** Reads a dataset to its end and says what is in it. Throws a FormatError at the first fault or mismatch. */
export async function checkFiles(job: {
  readonly format: FormatName;
  readonly input: InputFiles;
  readonly video: VideoFacts | null;
  readonly signal: AbortSignal;
}): Promise<Check> {
  const { video, signal } = job;
  return checkDataset(job.format, job.input, { signal, ...(video !== null && { video }) });
}

/** What formats want to know of a clip. `name` is what annotations call it. */
export function factsOf(clip: Clip, name: string): VideoFacts {
  const { size, frames, digest } = clip.table;
  return { name, size, frameCount: frames.length, digest, rate: averageRate(clip.table) };
}
