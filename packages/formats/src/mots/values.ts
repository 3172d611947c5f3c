// MOTS numbers: class × 1000 + instance, and which object number each one becomes.
import type { Builder, Where } from "../builder.ts";
import { FormatError } from "../error.ts";
import { classLabel } from "../mot/sequence.ts";

/** "Ignore this region". */
export const IGNORE = 10_000;
export const INSTANCES = 1000;
/** 65 × 1000 + 536 is the last number of 16 bits. */
export const CLASSES_MAX = 64;
const USUAL = { 1: "car", 2: "pedestrian" };
/** The class number 10 belongs to the ignored region. */
const IGNORED_CLASS = IGNORE / INSTANCES;

/** The class number of the label at a place in the list: 10 is left out. */
export function classOf(label: number): number {
  return label < IGNORED_CLASS ? label : label + 1;
}

function labelOf(classNumber: number): number {
  return classNumber < IGNORED_CLASS ? classNumber : classNumber - 1;
}

/** Throws FormatError `unwritable` where there are more labels than classes. */
export function checkClasses(count: number, file: string): void {
  if (count >= CLASSES_MAX) {
    throw new FormatError(
      "unwritable",
      { file },
      `MOTS holds ${CLASSES_MAX - 1} classes in 16 bits, not ${count}`,
    );
  }
}

/**
 * Object numbers for the values of a sequence: the instance where no two classes share one, the whole
 * value otherwise. Labels and tracks are put into the builder; `names` are those of the classes.
 */
export function addObjects(
  builder: Builder,
  values: readonly number[],
  names: readonly string[],
  where: Where,
): ReadonlyMap<number, number> {
  const instances = values.map((value) => value % INSTANCES);
  const unique = new Set(instances).size === values.length;
  names.forEach((name, i) => {
    builder.label(i + 1, { name }, where);
  });
  const known = new Set(names.map((_, i) => i + 1));
  return new Map(
    values.map((value) => {
      const label = labelOf(Math.floor(value / INSTANCES));
      if (label < 1)
        throw new FormatError(
          "malformed",
          where,
          `the number ${value} has no class (class × 1000 + instance)`,
        );
      if (!known.has(label)) builder.label(label, classLabel(label, names, USUAL), where);
      known.add(label);
      const track = unique ? value % INSTANCES : value;
      builder.track(track, { label: label as never }, where);
      return [value, track];
    }),
  );
}
