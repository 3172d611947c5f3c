// Labels: the steps that bring a document's labels to the project's.
import { type Document, labelId, type Step, same } from "@masklet/annotation";
import type { ProjectLabel } from "@masklet/protocol";

/** Adds and changes; takes away only labels that no track uses. */
export function labelSteps(document: Document, labels: readonly ProjectLabel[]): readonly Step[] {
  const steps: Step[] = [];
  const wanted = new Map(labels.map(({ id, label }) => [labelId(id), label]));
  for (const [label, after] of wanted) {
    const before = document.labels.get(label) ?? null;
    if (!same(before, after)) steps.push({ type: "putLabel", label, before, after });
  }
  const used = new Set([...document.tracks.values()].map(({ info }) => info.label));
  for (const [label, before] of document.labels) {
    if (!wanted.has(label) && !used.has(label)) {
      steps.push({ type: "putLabel", label, before, after: null });
    }
  }
  return steps;
}
