// What the round trip tests of all formats share.
import assert from "node:assert/strict";
import type { TrackId } from "@masklet/annotation";
import {
  type Document,
  type Label,
  type LabelId,
  labelId,
  same,
  type Track,
  trackId,
} from "@masklet/annotation";
import { documentToJson } from "@masklet/annotation/json";
import { type MemoryFiles, memoryFiles } from "../src/files.ts";
import { fitSources } from "../src/fit.ts";
import type { Format, FormatName, ReadOptions } from "../src/format.ts";
import { formatOf, readDataset, writeDataset } from "../src/registry.ts";
import { LossReport } from "../src/report.ts";
import { type Source, sourceFromDocument, wholeTrack } from "../src/source.ts";

/** What the fitted sources say, without what no reader can know of: objects that are visible nowhere. */
export async function fitted(
  documents: readonly Document[],
  format: Format,
  report = new LossReport(),
): Promise<Document[]> {
  const sources = await fitSources(documents.map(sourceFromDocument), format, report);
  const gathered: Document[] = [];
  for (const source of sources)
    gathered.push(withoutUnseen(await gatheredByWalk(source, format), format));
  return gathered;
}

/** Gathers a source into a document. */
async function documentFromSource(source: Source): Promise<Document> {
  const tracks = new Map();
  for await (const one of source.byTrack("left-out")) {
    const { track, states } = await wholeTrack(one);
    tracks.set(track, { ...source.head.tracks.get(track)!, states });
  }
  return { video: source.head.video, labels: source.head.labels, tracks };
}

async function gatheredByWalk(source: Source, { holds }: Format): Promise<Document> {
  if (holds.keepsSpan !== null || holds.overlaps) return documentFromSource(source);
  const tracks = new Map(
    [...source.head.tracks].map(
      ([id, head]) =>
        [id, { ...head, states: new Map() }] as [TrackId, Track & { states: Map<never, never> }],
    ),
  );
  for await (const { frame, states } of source.byFrame("derived")) {
    for (const [id, state] of states) tracks.get(id)!.states.set(frame as never, state as never);
  }
  return { video: source.head.video, labels: source.head.labels, tracks };
}

/** What remains where shapes have no identity: each one is an object, frame by frame. */
function apart(document: Document): Document {
  const shapes = [...document.tracks].flatMap(([, { info, states }], order) =>
    [...states].map(([frame, state]) => ({ info, frame, state, order })),
  );
  shapes.sort((a, b) => a.frame - b.frame || a.order - b.order);
  const tracks = shapes.map(
    ({ info, frame, state }, i) =>
      [trackId(i + 1), { info, review: null, states: new Map([[frame, state]]) }] as const,
  );
  return { ...document, tracks: new Map(tracks) };
}

function withoutUnseen(document: Document, { holds }: Format): Document {
  if (holds.tracks === null) return apart(document);
  if (holds.emptyTracks) return document;
  const tracks = new Map(
    [...document.tracks].filter(([, { states }]) =>
      [...states.values()].some(({ presence }) => presence === "visible"),
    ),
  );
  if (holds.labelNumbers !== "by-name") return { ...document, tracks };
  const used = new Set([...tracks.values()].map(({ info }) => info.label));
  const labels = new Map<LabelId, Label>();
  const numbers = new Map<LabelId | null, LabelId>();
  for (const [id, label] of document.labels) {
    if (!used.has(id)) continue;
    numbers.set(id, labelId(labels.size + 1));
    labels.set(labelId(labels.size + 1), label);
  }
  const renumbered = [...tracks].map(
    ([id, track]) =>
      [
        id,
        { ...track, info: { ...track.info, label: numbers.get(track.info.label) ?? null } },
      ] as const,
  );
  return { ...document, labels, tracks: new Map(renumbered) };
}

export interface Trip {
  readonly files: MemoryFiles;
  readonly report: LossReport;
  readonly back: readonly Document[];
}

/** Writes and reads. */
export async function trip(
  name: FormatName,
  documents: readonly Document[],
  options: ReadOptions & { sidecar?: boolean } = {},
): Promise<Trip> {
  const files = memoryFiles();
  const report = new LossReport();
  const { sidecar = false, ...reading } = options;
  await writeDataset(name, documents.map(sourceFromDocument), files, report, { sidecar });
  const back = await Array.fromAsync(readDataset(name, files, new LossReport(), reading));
  return { files, report, back };
}

/** Fails with both documents where they differ. */
export function assertSame(got: Document | undefined, wanted: Document, what: string): void {
  if (got !== undefined && same(got, wanted)) return;
  assert.deepEqual(got && documentToJson(got), documentToJson(wanted), what);
  assert.deepEqual(got, wanted, what);
  assert.fail(what);
}

export { formatOf };
