// The intermediate values that the reference recorded, under the labels by which our graphs know them.

/** Labels to open the runtime with, so that every recorded tensor can be compared. */
export function marksFor(tensorNames: Iterable<string>): readonly string[] {
  const labels = new Set<string>();
  for (const name of tensorNames) {
    labels.add(name.slice(name.lastIndexOf("/") + 1).replace(/_sub\d+$/, ""));
  }
  return [...labels].sort();
}
