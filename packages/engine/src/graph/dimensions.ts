// Dimensions of tensors: numbers, or polynomials over named symbols ("B", "4*Q+256*M") in one canonical spelling.

/** A non-negative integer, or a polynomial over symbols. A symbol that ends with "|1" is that symbol or 1 at run time. */
export type Dimension = number | string;
export type Shape = readonly Dimension[];

type Terms = ReadonlyMap<string, number>;

function termsOf(dimension: Dimension): Terms {
  if (typeof dimension === "number") return new Map(dimension === 0 ? [] : [["", dimension]]);
  const terms = new Map<string, number>();
  for (const part of dimension.split("+")) {
    const factors = part.split("*");
    const coefficient = /^\d+$/.test(factors[0]!) ? Number(factors.shift()) : 1;
    const symbols = factors.join("*");
    terms.set(symbols, (terms.get(symbols) ?? 0) + coefficient);
  }
  return terms;
}

function spelled(terms: Terms): Dimension {
  const parts: string[] = [];
  for (const [symbols, coefficient] of [...terms].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (coefficient === 0) continue;
    if (symbols === "") parts.push(String(coefficient));
    else parts.push(coefficient === 1 ? symbols : `${coefficient}*${symbols}`);
  }
  if (parts.length === 0) return 0;
  const text = parts.join("+");
  return /^\d+$/.test(text) ? Number(text) : text;
}

export function plus(...dimensions: readonly Dimension[]): Dimension {
  const sum = new Map<string, number>();
  for (const dimension of dimensions) {
    for (const [symbols, coefficient] of termsOf(dimension)) {
      sum.set(symbols, (sum.get(symbols) ?? 0) + coefficient);
    }
  }
  return spelled(sum);
}

export function times(...dimensions: readonly Dimension[]): Dimension {
  let product: Terms = new Map([["", 1]]);
  for (const dimension of dimensions) {
    const next = new Map<string, number>();
    for (const [left, a] of product) {
      for (const [right, b] of termsOf(dimension)) {
        const symbols = [...left.split("*"), ...right.split("*")].filter(Boolean).sort().join("*");
        next.set(symbols, (next.get(symbols) ?? 0) + a * b);
      }
    }
    product = next;
  }
  return spelled(product);
}

/** NumPy's broadcasting of two dimensions; undefined where they cannot be broadcast. */
export function broadcast(a: Dimension, b: Dimension): Dimension | undefined {
  if (a === b || b === 1) return a;
  if (a === 1) return b;
  if (a === `${b}|1`) return b;
  if (b === `${a}|1`) return a;
  return undefined;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis]);
}
