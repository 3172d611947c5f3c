// Storage in bfloat16: the reference keeps memories so, also when everything else is float32.

/** Rounds to the nearest bfloat16 (ties to even) and returns the upper halves of the float32 bits. */
export function bfloat16From(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(bits.length);
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i]!;
    // Rounding could carry a NaN into infinity; keep it a quiet NaN.
    const isNan = (word & 0x7fffffff) > 0x7f800000;
    halves[i] = isNan ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return halves;
}

/** Writes the float32 values of bfloat16 halves into `target` from `offset`. */
export function writeFloats(halves: Uint16Array, target: Float32Array, offset: number): void {
  const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
  for (let i = 0; i < halves.length; i++) bits[offset + i] = halves[i]! << 16;
}
