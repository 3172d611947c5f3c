// The number types found in checkpoints, and how each becomes float32.

export type ElementType =
  | "float32"
  | "float16"
  | "bfloat16"
  | "float64"
  | "int64"
  | "int32"
  | "int16"
  | "int8"
  | "uint8"
  | "bool";

export const bytesOfElement: Readonly<Record<ElementType, number>> = {
  float32: 4,
  float16: 2,
  bfloat16: 2,
  float64: 8,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
};

/** Numbers of `type`, little-endian, as float32. `bytes` holds whole elements. */
export function floatsFromBytes(bytes: Uint8Array, type: ElementType): Float32Array {
  // Typed arrays need aligned bytes; a source may hand out any slice.
  const whole = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  const { buffer, byteOffset } = whole;
  const count = bytes.length / bytesOfElement[type];
  switch (type) {
    case "float32":
      return new Float32Array(buffer, byteOffset, count);
    case "float16":
      return new Float32Array(new Float16Array(buffer, byteOffset, count));
    case "bfloat16":
      return floatsFromBfloat16(new Uint16Array(buffer, byteOffset, count));
    case "float64":
      return new Float32Array(new Float64Array(buffer, byteOffset, count));
    case "int64":
      return Float32Array.from(new BigInt64Array(buffer, byteOffset, count), Number);
    case "int32":
      return new Float32Array(new Int32Array(buffer, byteOffset, count));
    case "int16":
      return new Float32Array(new Int16Array(buffer, byteOffset, count));
    case "int8":
      return new Float32Array(new Int8Array(buffer, byteOffset, count));
    case "uint8":
    case "bool":
      return new Float32Array(whole);
  }
}

/** A bfloat16 is the upper half of a float32. */
function floatsFromBfloat16(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i]! << 16;
  return new Float32Array(bits.buffer);
}
