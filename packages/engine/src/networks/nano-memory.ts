// The doors "remember" and "attend" of the embedded network: labels carried from remembered frames to cells that look alike.
import { GraphBuilder } from "../graph/builder.ts";
import { times } from "../graph/dimensions.ts";
import type { Graph, ParameterSource, Value } from "../graph/graph.ts";
import { type Construction, convolution, parameter } from "./layers.ts";
import type { NanoArchitecture } from "./nano-architecture.ts";

/** A token is [key (unit vector) | object probability of the cell's four quarters | present]. */
const QUARTERS = 4;
const READ = QUARTERS + 1;
/** Geometry beside the key: x, y, x² + y², 1. */
const GEOMETRY = 4;
/** Maps that a reading gives: quarters and evidence, from conditioning and from recent memories. */
const MAPS = 2 * READ;
const NORM_EPSILON = 1e-6;
const EVIDENCE_EPSILON = 1e-8;
const EVIDENCE_SCALE = 8;

/** See `Graphs` for the door. Source: `training/network.py`, `Memory.write`. */
export function nanoRememberGraph(
  architecture: NanoArchitecture,
  parameters: ParameterSource,
): Graph {
  const builder = new GraphBuilder("nano-remember");
  const construction: Construction = { builder, parameters };
  const cells = architecture.side / 4;
  const side = cells / 2;
  const middle = builder.input("middle", [1, architecture.middle, side, side]);
  const logits = builder.input("logits", ["B", 1, cells, cells]);
  const binarise = builder.reshape(builder.input("binarise", ["B"]), ["B", 1, 1, 1]);
  const present = builder.reshape(builder.input("object_present", ["B"]), ["B", 1, 1]);
  const cut = builder.cast(builder.greater(logits, builder.constant([0])), "float32");
  const isCut = builder.greater(binarise, builder.constant([0.5]));
  const mask = builder.where(isCut, cut, builder.sigmoid(logits));
  const quartered = builder.operation("SpaceToDepth", [mask], ["B", QUARTERS, side, side], {
    blocksize: 2,
  });
  const flat = builder.reshape(quartered, ["B", QUARTERS, side * side]);
  const quarters = builder.times(builder.transpose(flat, [0, 2, 1]), present);
  const keys = builder.expand(
    keysOf(construction, middle),
    ["B", side * side, architecture.key],
    logits,
  );
  const flag = builder.expand(present, ["B", side * side, 1], logits);
  builder.output("memory", builder.concat([keys, quarters, flag], 2));
  return builder.finish();
}

/** See `Graphs` for the door; pointers are not read. Source: `training/network.py`, `Memory.read`, `Memory.condition`. */
export function nanoAttendGraph(
  architecture: NanoArchitecture,
  parameters: ParameterSource,
): Graph {
  const builder = new GraphBuilder("nano-attend");
  const construction: Construction = { builder, parameters };
  const side = architecture.side / 8;
  const middle = builder.input("middle", [1, architecture.middle, side, side]);
  const coarse = builder.input("coarse", [1, architecture.coarse, side / 2, side / 2]);
  const maps = readMemories(construction, architecture, middle);
  const added = (name: string, x: Value) => {
    const hidden = convolution(construction, `memory.${name}_in`, x, { padding: 1 });
    return convolution(construction, `memory.${name}_out`, builder.relu(hidden));
  };
  const half = builder.operation("AveragePool", [maps], ["B", MAPS, side / 2, side / 2], {
    kernel_shape: [2, 2],
    strides: [2, 2],
  });
  builder.output("middle", builder.plus(added("middle", maps), middle));
  builder.output("coarse", builder.plus(added("coarse", half), coarse));
  return builder.finish();
}

/** A frame without any memory: the features as they are. */
export function nanoAttendNothingGraph(architecture: NanoArchitecture): Graph {
  const builder = new GraphBuilder("nano-attend-nothing");
  const side = architecture.side / 16;
  const coarse = builder.input("coarse", [1, architecture.coarse, side, side]);
  builder.output("coarse", builder.operation("Identity", [coarse], coarse.shape));
  return builder.finish();
}

/** Unit vectors [1, N, key] by which cells are compared. */
function keysOf(construction: Construction, middle: Value): Value {
  const { builder } = construction;
  const picture = convolution(construction, "memory.key", middle);
  const [, channels, side] = picture.shape as readonly number[];
  const flat = builder.reshape(picture, [1, channels!, side! * side!]);
  const keys = builder.transpose(flat, [0, 2, 1]);
  const squares = builder.operation(
    "ReduceSum",
    [builder.times(keys, keys), builder.integers([2])],
    [1, side! * side!, 1],
    { keepdims: 1 },
  );
  const length = builder.squareRoot(builder.plus(squares, builder.constant([NORM_EPSILON])));
  return builder.dividedBy(keys, length);
}

/**
 * Reads memories [B, M, T, Cm] at every cell: [B, 10, side, side]. A token's weight is
 * exp(sharpness·(cos − 1) − nearness·distance²). Sums of weights, not only their ratios, are wanted, and the runtime's attention
 * kernel, which works in blocks, gives ratios: a token of weight 1 beside the others tells what they were divided by.
 */
function readMemories(
  construction: Construction,
  architecture: NanoArchitecture,
  middle: Value,
): Value {
  const { builder } = construction;
  const side = middle.shape[2] as number;
  const cells = side * side;
  const width = architecture.key + GEOMETRY;
  const memory = builder.input("memory", ["B", "M", cells, architecture.key + READ]);
  const row = builder.input("memory_row", ["B", "M"]);
  const frames = times("B", "M");
  const key = builder.concat(
    [
      builder.reshape(placedKeys(construction, architecture, { memory, row }), [
        frames,
        cells,
        width,
      ]),
      builder.expand(
        builder.constant(Array(width).fill(0), [1, 1, width]),
        [frames, 1, width],
        flatOf(construction, memory),
      ),
    ],
    1,
  );
  const read = builder.reshape(
    builder.slice(memory, 3, architecture.key, architecture.key + READ),
    [frames, cells, READ],
  );
  const unit = builder.constant([0, 0, 0, 0, 0, 1], [1, 1, READ + 1]);
  const none = builder.expand(builder.constant([0], [1, 1, 1]), [frames, cells, 1], read);
  const value = builder.concat(
    [builder.concat([read, none], 2), builder.expand(unit, [frames, 1, READ + 1], read)],
    1,
  );
  const geometry = builder.weight("place of each cell", [1, cells, GEOMETRY], () =>
    placesOf(side, ({ x, y }) => [x, y, x * x + y * y, 1]),
  );
  const query = builder.expand(
    builder.concat([keysOf(construction, middle), geometry], 2),
    [frames, cells, width],
    read,
  );
  const ratios = builder.attention(query, key, value, { heads: 1, scale: 1 });
  const sums = builder.dividedBy(
    builder.slice(ratios, 2, 0, READ),
    builder.slice(ratios, 2, READ, READ + 1),
  );
  const shape = builder.concat(
    [builder.sizeOf(row, 0), builder.sizeOf(row, 1), builder.integers([cells, READ])],
    0,
  );
  const each = builder.operation("Reshape", [sums, shape], ["B", "M", cells, READ]);
  return grouped(construction, { each, row, conditioning: architecture.rows - 1, side });
}

/** [B, M, T, C] → [B·M, T, C]. */
function flatOf({ builder }: Construction, memory: Value): Value {
  const [batch, count, tokens, channels] = memory.shape;
  return builder.reshape(memory, [times(batch!, count!), tokens!, channels!]);
}

/** Keys with the geometry that makes the product with a query the exponent of the token's weight: [B, M, T, key + 4]. */
function placedKeys(
  construction: Construction,
  { key }: NanoArchitecture,
  { memory, row }: { readonly memory: Value; readonly row: Value },
): Value {
  const { builder } = construction;
  const cells = memory.shape[2] as number;
  const index = builder.cast(row, "int64");
  const learned = (name: string) => {
    const table = builder.exponential(parameter(construction, `memory.${name}`));
    return builder.reshape(builder.gather(table, index), ["B", "M", 1, 1]);
  };
  const [sharpness, nearness] = [learned("log_sharpness"), learned("log_nearness")];
  const places = builder.weight("pull of each place", [1, 1, cells, GEOMETRY], () =>
    placesOf(Math.sqrt(cells), ({ x, y }) => [2 * x, 2 * y, -1, -(x * x + y * y)]),
  );
  const last = builder.constant([0, 0, 0, 1], [1, 1, 1, GEOMETRY]);
  const geometry = builder.minus(builder.times(nearness, places), builder.times(sharpness, last));
  const sharpened = builder.times(builder.slice(memory, 3, 0, key), sharpness);
  return builder.concat([sharpened, geometry], 3);
}

/** Numbers of each cell's centre, in units of the picture's side, row by row. */
function placesOf(
  side: number,
  numbers: (centre: { readonly x: number; readonly y: number }) => readonly number[],
): Float32Array {
  const all: number[] = [];
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      all.push(...numbers({ x: Math.fround((x + 0.5) / side), y: Math.fround((y + 0.5) / side) }));
    }
  }
  return Float32Array.from(all);
}

/** Joins the memories of each group, conditioning and recent, and turns sums into quarters and evidence: [B, 10, side, side]. */
function grouped(
  { builder }: Construction,
  group: {
    readonly each: Value;
    readonly row: Value;
    readonly conditioning: number;
    readonly side: number;
  },
): Value {
  const cells = group.side * group.side;
  const mean = builder.dividedBy(group.each, builder.constant([cells]));
  const limit = builder.constant([group.conditioning - 0.5]);
  const flag = builder.cast(builder.greater(group.row, limit), "float32");
  const conditioning = builder.reshape(flag, ["B", "M", 1, 1]);
  const recent = builder.minus(builder.constant([1]), conditioning);
  const epsilon = builder.constant([EVIDENCE_EPSILON]);
  const maps = [conditioning, recent].flatMap((share) => {
    const shape = ["B", cells, READ];
    const total = builder.operation(
      "ReduceSum",
      [builder.times(mean, share), builder.integers([1])],
      shape,
      { keepdims: 0 },
    );
    const evidence = builder.plus(builder.slice(total, 2, QUARTERS, READ), epsilon);
    const logarithm = builder.operation("Log", [evidence], evidence.shape);
    const scaled = builder.dividedBy(logarithm, builder.constant([EVIDENCE_SCALE]));
    return [
      builder.dividedBy(builder.slice(total, 2, 0, QUARTERS), evidence),
      builder.plus(scaled, builder.constant([1])),
    ];
  });
  const tokens = builder.concat(maps, 2);
  return builder.reshape(builder.transpose(tokens, [0, 2, 1]), ["B", MAPS, group.side, group.side]);
}
