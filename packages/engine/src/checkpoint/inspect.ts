// Does a checkpoint fit a configuration, and which released network is it?
import type { Configuration } from "../configuration/configuration.ts";
import { type ReleasedModel, releasedModels } from "../configuration/released.ts";
import type { Sam2Configuration } from "../configuration/sam2.ts";
import { clipped, EngineError } from "../errors.ts";
import { type Checkpoint, elementsOf } from "./checkpoint.ts";
import { type ExpectedTensors, expectedSam2Tensors } from "./sam2-tensors.ts";

const MISMATCHES_SHOWN = 12;

/**
 * Compares names and shapes with what the configuration needs. Throws checkpoint-mismatch with all
 * mismatches counted and the first of each kind named. `ignored` tensors may be there or not.
 */
export function checkAgainst(
  checkpoint: Checkpoint,
  configuration: Sam2Configuration,
  { ignored = [] }: { readonly ignored?: readonly string[] } = {},
): void {
  const mismatches = mismatchesOf(checkpoint, expectedSam2Tensors(configuration), new Set(ignored));
  if (mismatches.length > 0) throw mismatch(checkpoint, configuration, mismatches);
}

/** The refusal of a checkpoint whose tensors are not those of the configuration. */
export function mismatch(
  checkpoint: Checkpoint,
  { name }: Configuration,
  mismatches: readonly string[],
): EngineError {
  const shown = mismatches.slice(0, MISMATCHES_SHOWN).join("; ");
  const rest = mismatches.length - MISMATCHES_SHOWN;
  const fitting = recogniseRelease(checkpoint);
  const hint = fitting === null ? "" : ` It fits ${fitting.name}.`;
  const count = `${mismatches.length} mismatch${mismatches.length === 1 ? "" : "es"}`;
  return new EngineError(
    "checkpoint-mismatch",
    `Checkpoint ${checkpoint.name} does not fit configuration ${clipped(name)} ` +
      `(${count}): ${shown}${rest > 0 ? `; and ${rest} more` : ""}.${hint}`,
  );
}

function mismatchesOf(
  checkpoint: Checkpoint,
  expected: ExpectedTensors,
  ignored: ReadonlySet<string>,
): readonly string[] {
  const mismatches: string[] = [];
  for (const [name, shape] of expected) {
    const entry = checkpoint.entries.get(name);
    if (entry === undefined) mismatches.push(`${name} is missing`);
    else if (!sameShape(entry.shape, shape)) {
      mismatches.push(`${name} is [${entry.shape.join(", ")}] instead of [${shape.join(", ")}]`);
    }
  }
  for (const name of checkpoint.entries.keys()) {
    if (!expected.has(name) && !ignored.has(name)) mismatches.push(notPartOfIt(name));
  }
  return mismatches;
}

/** The words for a tensor that the network has no place for. */
export function notPartOfIt(tensor: string): string {
  return `${clipped(tensor)} is not part of it`;
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((side, axis) => side === b[axis]);
}

/** The released network whose names and shapes are exactly these, or null. */
export function recogniseRelease(checkpoint: Checkpoint): ReleasedModel | null {
  const fits = (model: ReleasedModel) =>
    mismatchesOf(checkpoint, expectedSam2Tensors(model.configuration), new Set()).length === 0;
  return releasedModels.find(fits) ?? null;
}

/** What a file of weights is, for people. */
export interface Inspection {
  readonly file: string;
  readonly format: Checkpoint["format"];
  readonly tensors: number;
  /** Number of values over all tensors. */
  readonly values: number;
  /** How many tensors have each number type. */
  readonly types: Readonly<Record<string, number>>;
  /** Name of the released network of exactly these shapes, or null. */
  readonly release: string | null;
  /** What can be said by shapes alone when it is no released one. */
  readonly likeness: string;
}

/** Describes a checkpoint by its names and shapes; reads no numbers. */
export function inspectCheckpoint(checkpoint: Checkpoint): Inspection {
  const types: Record<string, number> = {};
  let values = 0;
  for (const { shape, type } of checkpoint.entries.values()) {
    types[type] = (types[type] ?? 0) + 1;
    values += elementsOf(shape);
  }
  const release = recogniseRelease(checkpoint);
  return {
    file: checkpoint.name,
    format: checkpoint.format,
    tensors: checkpoint.entries.size,
    values,
    types,
    release: release?.name ?? null,
    likeness: release === null ? likenessOf(checkpoint) : `released as ${release.name}`,
  };
}

function likenessOf({ entries }: Checkpoint): string {
  const trunk = entries.get("image_encoder.trunk.patch_embed.proj.weight");
  if (trunk === undefined) return "not of the SAM 2 family";
  const blocks = [...entries.keys()].filter((name) =>
    /trunk\.blocks\.\d+\.norm1\.weight$/.test(name),
  ).length;
  const version = entries.has("obj_ptr_tpos_proj.weight") ? "2.1" : "2";
  const memory = entries.get("maskmem_tpos_enc")?.shape.at(-1) ?? "no";
  return `SAM ${version} form: trunk of width ${trunk.shape[0]} with ${blocks} blocks, ${memory} memory channels`;
}
