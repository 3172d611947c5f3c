// Counts in words: "1 object", "2 objects".

/** A count and what it counts; `many` where an s does not make the plural. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
