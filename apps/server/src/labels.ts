// Labels: those of a request, read with their place, and the steps that bring a document's labels to the project's.
import {
  type Document,
  labelId,
  type Step,
  same,
  type Transaction,
  transactionFromJson,
} from "@masklet/annotation";
import { NAME_CHARACTERS_MAX, type ProjectLabel } from "@masklet/protocol";
import { Refusal } from "./problem.ts";

/**
 * A project's labels as annotation reads them, every fact said. Throws a Refusal (`bad-request`) naming the place of
 * the first that is none, that has a number again, or whose name is too long.
 */
export function readLabels(labels: readonly ProjectLabel[]): readonly ProjectLabel[] {
  const ids = new Set<number>();
  return labels.map(({ id, label: json }, index) => {
    if (ids.has(id)) {
      throw new Refusal("bad-request", `labels[${index}]: the label number ${id} is there twice.`);
    }
    ids.add(id);
    const place = `labels[${index}].label`;
    const transaction = readTransaction(
      {
        ...{ version: 1, id: "label", title: "", origin: "person" },
        steps: [{ type: "putLabel", label: id, before: null, after: json }],
      },
      (said) => said.replace("steps[0].after", place).replace("steps[0].label", `labels[${index}]`),
    );
    const [step] = transaction.steps;
    if (step?.type !== "putLabel" || step.after === null) {
      throw new Refusal("bad-request", `${place}: a label is missing.`);
    }
    return { id, label: step.after };
  });
}

/**
 * A transaction of a request. Throws a Refusal (`bad-request`) where annotation cannot read it, and where it gives
 * a label a name that is too long; `tell` puts the sentence in the request's own words.
 */
export function readTransaction(json: unknown, tell: (said: string) => string): Transaction {
  let transaction: Transaction;
  try {
    transaction = transactionFromJson(json);
  } catch (error) {
    // The only RangeError of a reader that knows its limits is that of the stack.
    const said = error instanceof RangeError ? "It is nested too deep." : (error as Error).message;
    throw new Refusal("bad-request", tell(said));
  }
  for (const [index, step] of transaction.steps.entries()) {
    if (step.type !== "putLabel" || step.after === null) continue;
    const characters = [...step.after.name].length;
    if (characters <= NAME_CHARACTERS_MAX) continue;
    const said = `steps[${index}].after.name: a label's name has at most ${NAME_CHARACTERS_MAX} characters (got ${characters}).`;
    throw new Refusal("bad-request", tell(said));
  }
  return transaction;
}

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
