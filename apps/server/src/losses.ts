// The loss report as it travels: what a format keeps, changes and loses, counted, with the places to look at.
import {
  LOSSES,
  type Loss,
  type LossCode,
  type OutputFiles,
  LossReport as Report,
  type Source,
  writeDataset,
} from "@masklet/formats";
import type { ExportOptions, LossReport, LossRow, Video } from "@masklet/protocol";
import { exportKind } from "./jobs/export-order.ts";

/** Places in one row at most: the protocol's limit. */
const PLACES_MAX = 200;

/** A kind of fact: how many a video has, and the losses that take from them. */
interface Fact {
  readonly code: string;
  readonly sentence: string;
  readonly takes: readonly LossCode[];
}

const FACTS = {
  objects: {
    code: "kept-objects",
    sentence: "objects are written",
    takes: ["empty-objects-dropped"],
  },
  shapes: {
    code: "kept-shapes",
    sentence: "shapes are written as they are",
    takes: ["shapes-converted", "shapes-reduced-to-boxes", "shapes-vanished", "frames-skipped"],
  },
  absences: {
    code: "kept-absences",
    sentence: '"not in view" is written',
    takes: ["absence-dropped"],
  },
  labels: { code: "kept-labels", sentence: "objects keep their label", takes: ["labels-dropped"] },
  scores: { code: "kept-scores", sentence: "scores are written", takes: ["scores-dropped"] },
  prompts: {
    code: "kept-prompts",
    sentence: "frames keep their prompts",
    takes: ["prompts-dropped"],
  },
  makers: {
    code: "kept-provenance",
    sentence: "states keep who or what made them",
    takes: ["provenance-dropped"],
  },
  occlusions: {
    code: "kept-occlusions",
    sentence: "occluded flags are written",
    takes: ["occlusion-dropped"],
  },
  attributes: {
    code: "kept-attributes",
    sentence: "attribute values are written as they are",
    takes: ["attributes-dropped", "attributes-as-text"],
  },
  reviews: { code: "kept-reviews", sentence: "reviews are written", takes: ["reviews-dropped"] },
} as const satisfies Readonly<Record<string, Fact>>;

type FactName = keyof typeof FACTS;

/** The report of an order that is not written: the format's writer runs, nothing of it is kept. */
export async function lossesOf(
  sources: readonly Source[],
  videos: readonly Video[],
  order: ExportOptions,
): Promise<LossReport> {
  const kind = exportKind(order.format);
  const counts = await countFacts(sources);
  if (kind === "cut-outs" || kind === "overlay") return pictureLosses(order.format, counts);
  const counter = countingFiles();
  const report = new Report();
  await writeDataset(kind, sources, counter.files, report);
  const rows = [...keptRows(counts, report.losses), ...lossRows(report, videos)];
  return { format: order.format, rows, bytes: counter.bytes() };
}

/** What was changed or lost, each with its places in the videos. */
export function lossRows(report: Report, videos: readonly Video[]): LossRow[] {
  return report.losses.map((loss) => {
    const video = videos.find(({ name }) => name === loss.video) ?? videos[0];
    if (video === undefined) return rowOf(loss, []);
    const where = report.places(loss).slice(0, PLACES_MAX);
    return rowOf(
      loss,
      where.map(({ frame, object }) => ({ video: video.id, object, frame })),
    );
  });
}

export function rowOf(
  { code, count, examples, keptAside, video }: Loss,
  where: LossRow["where"],
): LossRow {
  return {
    verdict: keptAside ? "changed" : "lost",
    code,
    topic: code,
    sentence: `${video}: ${count} ${LOSSES[code]}${examples.length > 0 ? ` (${examples[0]})` : ""}.`,
    numbers: [count],
    where,
  };
}

function keptRows(counts: Readonly<Record<FactName, number>>, losses: readonly Loss[]): LossRow[] {
  return (Object.keys(FACTS) as FactName[]).flatMap((name) => {
    const { code, sentence, takes } = FACTS[name];
    const all = counts[name];
    const taken = losses
      .filter((loss) => (takes as readonly LossCode[]).includes(loss.code))
      .reduce((sum, { count }) => sum + count, 0);
    const kept = Math.max(0, all - taken);
    if (kept === 0) return [];
    const numbers = [kept, all];
    return [
      {
        verdict: "kept",
        code,
        topic: name,
        sentence: `${kept} of ${all} ${sentence}.`,
        numbers,
        where: [],
      },
    ];
  });
}

/** Pictures say how masks look, and nothing else. */
function pictureLosses(format: string, counts: Readonly<Record<FactName, number>>): LossReport {
  const { shapes, objects } = counts;
  const row = (
    verdict: LossRow["verdict"],
    code: string,
    sentence: string,
    count: number,
  ): LossRow => ({
    ...{
      verdict,
      code,
      topic: code,
      sentence: `${count} ${sentence}.`,
      numbers: [count],
      where: [],
    },
  });
  const rows = [
    row("kept", "kept-as-pictures", "masks are seen as they are", shapes),
    row(
      "lost",
      "pictures-only",
      "objects are not read back from pictures: numbers, labels and edits stay here",
      objects,
    ),
  ];
  return { format, rows: shapes === 0 ? [] : rows, bytes: 0 };
}

async function countFacts(sources: readonly Source[]): Promise<Record<FactName, number>> {
  const counts: Record<FactName, number> = {
    ...{ objects: 0, shapes: 0, absences: 0, labels: 0, scores: 0 },
    ...{ prompts: 0, makers: 0, occlusions: 0, attributes: 0, reviews: 0 },
  };
  for (const source of sources) {
    for (const { info, review } of source.head.tracks.values()) {
      counts.objects++;
      if (info.label !== null) counts.labels++;
      if (review !== null) counts.reviews++;
      counts.attributes += Object.keys(info.attributes).length;
    }
    for await (const { states } of source.byFrame("derived")) {
      for (const state of states.values()) {
        if (state.presence === "absent") counts.absences++;
        else {
          counts.shapes++;
          if (state.occluded) counts.occlusions++;
        }
        if (state.score !== null) counts.scores++;
        if (state.prompts !== null) counts.prompts++;
        if (state.provenance.by === "person" || state.provenance.by === "model") counts.makers++;
        counts.attributes += Object.keys(state.attributes).length;
      }
    }
  }
  return counts;
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
