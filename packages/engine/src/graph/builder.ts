// Builds graphs operator by operator and checks every shape on the way, so that a wrong network fails here and by name.
import { GraphAssembly, mismatch } from "./assembly.ts";
import { broadcast, type Dimension, plus, type Shape, sameShape, times } from "./dimensions.ts";
import { ELEMENT_CODES, type ElementType, type Value } from "./graph.ts";

export interface ConvolutionOptions {
  readonly stride?: number;
  readonly padding?: number;
  readonly groups?: number;
}

interface Quantised {
  readonly numbers: Value;
  readonly scale: Value;
  readonly zero: Value;
}

/** One graph under construction. Each method adds one operator and returns its result with its shape. */
export class GraphBuilder extends GraphAssembly {
  private readonly quantisedValues = new Map<string, Quantised>();

  // --- Products -----------------------------------------------------------------------------------------------

  /** Matrix product over the last two axes, the others broadcast. */
  matmul(a: Value, b: Value): Value {
    const rank = Math.max(a.shape.length, b.shape.length);
    const [left, right] = [padded(a.shape, rank), padded(b.shape, rank)];
    if (left[rank - 1] !== right[rank - 2])
      throw mismatch("MatMul", "inner sides differ", a.shape, b.shape);
    const batch = this.broadcastShapes("MatMul", left.slice(0, -2), right.slice(0, -2));
    return this.simple("MatMul", [a, b], [...batch, left[rank - 2]!, right[rank - 1]!]);
  }

  /** x [N, in] times weight [out, in] (PyTorch's linear layout, turned when written) plus bias [out]. */
  gemm(x: Value, weight: Value, bias?: Value): Value {
    const [rows, inner] = x.shape;
    if (x.shape.length !== 2 || inner !== weight.shape[1])
      throw mismatch("Gemm", "sides differ", x.shape, weight.shape);
    if (bias && !sameShape(bias.shape, [weight.shape[0]!]))
      throw mismatch("Gemm", "bias", bias.shape, weight.shape);
    const inputs = bias ? [x, weight, bias] : [x, weight];
    return this.simple("Gemm", inputs, [rows!, weight.shape[0]!], { transB: 1 });
  }

  /** x [..., in] times weight [out, in] or [..., out, in] turned, for shapes that cannot be flattened to two axes. */
  matmulTransposed(x: Value, weight: Value): Value {
    const [out, inner] = weight.shape.slice(-2);
    if (x.shape.at(-1) !== inner) throw mismatch("MatMul", "sides differ", x.shape, weight.shape);
    const shape = [...x.shape.slice(0, -1), out!];
    return this.simple("FusedMatMul", [x, weight], shape, { transB: 1 }, "com.microsoft");
  }

  /**
   * x [..., in] times int8 numbers [in, out] with a scale for each output, plus bias [out]: x is quantised to eight bits as
   * a whole while it runs, once for all its products. The numbers may have x's outer axes, the scales then too: [..., 1, out].
   * Approximate.
   */
  quantisedProduct(x: Value, weight: Value, scales: Value, bias?: Value): Value {
    const [inner, out] = weight.shape.slice(-2);
    if (x.shape.at(-1) !== inner)
      throw mismatch("MatMulIntegerToFloat", "sides differ", x.shape, weight.shape);
    const { numbers, scale, zero } = this.quantised(x);
    const inputs = [numbers, weight, scale, scales, zero, undefined, bias];
    const shape = [...x.shape.slice(0, -1), out!];
    return this.operation("MatMulIntegerToFloat", inputs, shape, {}, "com.microsoft");
  }

  /** The nearest whole numbers, −128…127. */
  roundedToInt8(x: Value): Value {
    const zero = this.weight("zero int8", [], () => new Int8Array(1), "int8");
    const inputs = [x, this.constant([1], []), zero];
    return this.operation("QuantizeLinear", inputs, x.shape, {}, "", "int8");
  }

  /** x as bytes with one scale and one zero point. */
  private quantised(x: Value): Quantised {
    const known = this.quantisedValues.get(x.name);
    if (known) return known;
    const results = [
      { shape: x.shape, type: "uint8" },
      { shape: [], type: "float32" },
      { shape: [], type: "uint8" },
    ] as const;
    const [numbers, scale, zero] = this.operationOf("DynamicQuantizeLinear", [x], results);
    const quantised = { numbers: numbers!, scale: scale!, zero: zero! };
    this.quantisedValues.set(x.name, quantised);
    return quantised;
  }

  /** x [N, C, H, W], weight [out, C / groups, k, k]. */
  convolution(x: Value, weight: Value, bias: Value, options: ConvolutionOptions = {}): Value {
    const { stride = 1, padding = 0, groups = 1 } = options;
    const [batch, channels, height, width] = x.shape;
    const [out, inner, kernel] = weight.shape as readonly number[];
    if (channels !== inner! * groups)
      throw mismatch("Conv", "channels differ", x.shape, weight.shape);
    const side = (size: Dimension): Dimension => {
      if (typeof size !== "number") throw mismatch("Conv", "picture of unknown size", x.shape);
      return Math.floor((size + 2 * padding - kernel!) / stride) + 1;
    };
    const attributes = {
      kernel_shape: [kernel!, kernel!],
      strides: [stride, stride],
      pads: [padding, padding, padding, padding],
      group: groups,
    };
    return this.simple(
      "Conv",
      [x, weight, bias],
      [batch!, out!, side(height!), side(width!)],
      attributes,
    );
  }

  /**
   * Multi-head attention without mask: query [B, L, heads·d], key [B, K, heads·d], value [B, K, heads·e] → [B, L, heads·e].
   * The runtime's kernel works in blocks: the score matrix is never whole in memory.
   */
  attention(
    query: Value,
    key: Value,
    value: Value,
    options: { heads: number; scale: number },
  ): Value {
    const [batch, length, width] = query.shape;
    if (
      key.shape[0] !== batch ||
      value.shape[0] !== batch ||
      key.shape[2] !== width ||
      key.shape[1] !== value.shape[1]
    ) {
      throw mismatch("MultiHeadAttention", "sides differ", query.shape, key.shape, value.shape);
    }
    const attributes = { num_heads: options.heads, scale: { float: options.scale } };
    const shape = [batch!, length!, value.shape[2]!];
    return this.simple(
      "MultiHeadAttention",
      [query, key, value],
      shape,
      attributes,
      "com.microsoft",
    );
  }

  // --- Element by element -------------------------------------------------------------------------------------

  plus(a: Value, b: Value): Value {
    return this.elementwise("Add", a, b);
  }

  minus(a: Value, b: Value): Value {
    return this.elementwise("Sub", a, b);
  }

  times(a: Value, b: Value): Value {
    return this.elementwise("Mul", a, b);
  }

  dividedBy(a: Value, b: Value): Value {
    return this.elementwise("Div", a, b);
  }

  greater(a: Value, b: Value): Value {
    return this.elementwise("Greater", a, b, "bool");
  }

  relu(x: Value): Value {
    return this.simple("Relu", [x], x.shape);
  }

  /** The exact (erf) form. */
  gelu(x: Value): Value {
    return this.simple("Gelu", [x], x.shape, { approximate: "none" });
  }

  sigmoid(x: Value): Value {
    return this.simple("Sigmoid", [x], x.shape);
  }

  exponential(x: Value): Value {
    return this.simple("Exp", [x], x.shape);
  }

  sine(x: Value): Value {
    return this.simple("Sin", [x], x.shape);
  }

  absolute(x: Value): Value {
    return this.simple("Abs", [x], x.shape);
  }

  /** Over the last axis. */
  softmax(x: Value): Value {
    return this.simple("Softmax", [x], x.shape, { axis: -1 });
  }

  cosine(x: Value): Value {
    return this.simple("Cos", [x], x.shape);
  }

  squareRoot(x: Value): Value {
    return this.simple("Sqrt", [x], x.shape);
  }

  cast(x: Value, to: ElementType): Value {
    const value = this.simple("Cast", [x], x.shape, { to: ELEMENT_CODES[to] });
    return this.retyped(value, to);
  }

  /** Chooses from `a` where the condition holds, from `b` elsewhere. */
  where(condition: Value, a: Value, b: Value): Value {
    const shape = this.broadcastShapes(
      "Where",
      this.broadcastShapes("Where", condition.shape, a.shape),
      b.shape,
    );
    return this.simple("Where", [condition, a, b], shape);
  }

  // --- Along axes ---------------------------------------------------------------------------------------------

  /** Over the last axis. */
  layerNormalization(x: Value, scale: Value, bias: Value, epsilon: number): Value {
    const width = x.shape.at(-1)!;
    if (scale.shape[0] !== width)
      throw mismatch("LayerNormalization", "widths differ", x.shape, scale.shape);
    return this.simple("LayerNormalization", [x, scale, bias], x.shape, {
      axis: -1,
      epsilon: { float: epsilon },
    });
  }

  /** Mean over some axes, which stay with length 1. */
  mean(x: Value, axes: readonly number[]): Value {
    const shape = x.shape.map((dimension, axis) => (axes.includes(axis) ? 1 : dimension));
    return this.simple("ReduceMean", [x, this.integers(axes)], shape, { keepdims: 1 });
  }

  /** Largest over one axis, which disappears. */
  largest(x: Value, axis: number): Value {
    const shape = x.shape.filter((_, at) => at !== axis);
    return this.simple("ReduceMax", [x, this.integers([axis])], shape, { keepdims: 0 });
  }

  concat(values: readonly Value[], axis: number): Value {
    const first = values[0]!;
    for (const { shape } of values) {
      const fits =
        shape.length === first.shape.length &&
        shape.every((side, at) => at === axis || side === first.shape[at]);
      if (!fits) throw mismatch("Concat", `sides other than ${axis} differ`, first.shape, shape);
    }
    const shape = first.shape.with(axis, plus(...values.map((value) => value.shape[axis]!)));
    return this.retyped(this.simple("Concat", values, shape, { axis }), first.type);
  }

  slice(x: Value, axis: number, start: number, end: number): Value {
    const size = x.shape[axis]!;
    if (typeof size === "number" && end > size)
      throw mismatch("Slice", `${end} is past the end`, x.shape);
    const inputs = [x, this.integers([start]), this.integers([end]), this.integers([axis])];
    return this.retyped(this.simple("Slice", inputs, x.shape.with(axis, end - start)), x.type);
  }

  /** Rows of `x` along an axis, by constant or computed indices of any shape. */
  gather(x: Value, indices: Value, axis = 0): Value {
    const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
    return this.retyped(this.simple("Gather", [x, indices], shape, { axis }), x.type);
  }

  transpose(x: Value, order: readonly number[]): Value {
    const shape = order.map((axis) => x.shape[axis]!);
    return this.retyped(this.simple("Transpose", [x], shape, { perm: order }), x.type);
  }

  /** The same numbers in another shape; at most one symbolic side that is not already at its place. */
  reshape(x: Value, shape: Shape): Value {
    if (times(...x.shape) !== times(...shape))
      throw mismatch("Reshape", "counts differ", x.shape, shape);
    let open = false;
    const target = shape.map((side, axis) => {
      if (typeof side === "number" && side > 0) return side;
      if (side === x.shape[axis]) return 0;
      if (open) throw mismatch("Reshape", "more than one side is unknown", x.shape, shape);
      open = true;
      return -1;
    });
    return this.retyped(this.simple("Reshape", [x, this.integers(target)], shape), x.type);
  }

  /** Repeats along axes of length 1; a symbolic target side is taken from the axis of `like` that has it. */
  expand(x: Value, shape: Shape, like?: Value): Value {
    const sides = shape.map((side) => {
      if (typeof side === "number") return this.integers([side]);
      const axis = like?.shape.indexOf(side) ?? -1;
      if (axis < 0) throw mismatch("Expand", `nothing tells ${side}`, x.shape, shape);
      return this.sizeOf(like!, axis);
    });
    for (const [at, side] of padded(x.shape, shape.length).entries()) {
      if (side !== 1 && side !== shape[at] && side !== `${shape[at]}|1`)
        throw mismatch("Expand", "cannot repeat", x.shape, shape);
    }
    const target = sides.length === 1 ? sides[0]! : this.concat(sides, 0);
    return this.retyped(this.simple("Expand", [x, target], shape), x.type);
  }

  /** The size of one axis at run time, int64 [1]. */
  sizeOf(x: Value, axis: number): Value {
    return this.retyped(this.simple("Shape", [x], [1], { start: axis, end: axis + 1 }), "int64");
  }

  /** Picture [N, C, H, W] enlarged by a whole factor: nearest neighbour, or bilinear with half-pixel centres. */
  enlarge(x: Value, factor: number, mode: "nearest" | "linear"): Value {
    const [batch, channels, height, width] = x.shape;
    const shape = [batch!, channels!, times(height!, factor), times(width!, factor)];
    const attributes =
      mode === "nearest"
        ? { mode, coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" }
        : { mode, coordinate_transformation_mode: "half_pixel" };
    return this.operation(
      "Resize",
      [x, undefined, this.constant([1, 1, factor, factor])],
      shape,
      attributes,
    );
  }

  private elementwise(operator: string, a: Value, b: Value, type?: ElementType): Value {
    const shape = this.broadcastShapes(operator, a.shape, b.shape);
    return this.retyped(this.simple(operator, [a, b], shape), type ?? a.type);
  }

  private broadcastShapes(operator: string, a: Shape, b: Shape): Shape {
    const rank = Math.max(a.length, b.length);
    const right = padded(b, rank);
    return padded(a, rank).map((side, axis) => {
      const joined = broadcast(side, right[axis]!);
      if (joined === undefined) throw mismatch(operator, "shapes do not broadcast", a, b);
      return joined;
    });
  }
}

function padded(shape: Shape, rank: number): Shape {
  return [...Array<Dimension>(rank - shape.length).fill(1), ...shape];
}
