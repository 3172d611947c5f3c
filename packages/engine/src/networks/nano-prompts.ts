// Prompts of the embedded network as pictures: clicks, box and previous mask, and what looks like the clicked places.
import type { Value } from "../graph/graph.ts";
import { type Construction, convolution } from "./layers.ts";

/** Labels of points, as everywhere in the family. */
const LABEL = { padding: -1, exclude: 0, include: 1, topLeft: 2, bottomRight: 3 } as const;
/** Spread of a click, as a share of the picture's side. */
const DISK_SIGMA = 0.012;
/** Channels that clicks and boxes make; the previous mask adds two. */
const POINT_MAPS = 3;
const NORM_EPSILON = 1e-6;

/** Points [B, P + 1, 2] in model pixels and labels [B, P + 1]; the last one is padding, so there is always one. */
export interface Points {
  readonly places: Value;
  readonly labels: Value;
  readonly count: Value["shape"][number];
}

/** The inputs `points` and `labels` of the door "decode", padded by one. */
export function pointInputs({ builder }: Construction): Points {
  const points = builder.input("points", ["B", "P", 2]);
  const labels = builder.input("labels", ["B", "P"]);
  const origin = builder.expand(builder.constant([0, 0], [1, 1, 2]), ["B", 1, 2], points);
  const padding = builder.expand(builder.constant([LABEL.padding], [1, 1]), ["B", 1], labels);
  const places = builder.concat([points, origin], 1);
  return { places, labels: builder.concat([labels, padding], 1), count: places.shape[1]! };
}

/** 1 where the label is this one, else 0, [B, P + 1]. */
function labelled({ builder }: Construction, { labels }: Points, label: number): Value {
  const inputs = [labels, builder.constant([label])];
  const equal = builder.operation("Equal", inputs, labels.shape, {}, "", "bool");
  return builder.cast(equal, "float32");
}

/** Sum over axis 1, which disappears. */
function sumOverPoints({ builder }: Construction, x: Value): Value {
  const shape = x.shape.toSpliced(1, 1);
  return builder.operation("ReduceSum", [x, builder.integers([1])], shape, { keepdims: 0 });
}

function clamp({ builder }: Construction, x: Value, low: number, high: number): Value {
  return builder.operation(
    "Clip",
    [x, builder.constant([low], []), builder.constant([high], [])],
    x.shape,
  );
}

/** Include disks, exclude disks and box as [B, 3, S/4, S/4]. Source: `training/network.py`, `prompt_maps`. */
function pointMaps(construction: Construction, points: Points, side: number): Value {
  const { builder } = construction;
  const cells = side / 4;
  const centres = Array.from({ length: cells }, (_, at) => Math.fround((at + 0.5) / cells));
  const grid = builder.constant(centres);
  const shifted = builder.plus(points.places, builder.constant([0.5]));
  const place = builder.dividedBy(shifted, builder.constant([side]));
  const offset = (axis: number) => builder.minus(grid, builder.slice(place, 2, axis, axis + 1));
  const [dx, dy] = [offset(0), offset(1)]; // [B, P + 1, cells]
  const bump = (d: Value) =>
    builder.exponential(
      builder.dividedBy(builder.times(d, d), builder.constant([-2 * DISK_SIGMA ** 2])),
    );
  const across = builder.reshape(bump(dx), ["B", points.count, 1, cells]);
  const down = builder.reshape(bump(dy), ["B", points.count, cells, 1]);
  const disks = builder.times(down, across);
  const picture = (x: Value) => builder.reshape(x, ["B", 1, cells, cells]);
  const clicks = [LABEL.include, LABEL.exclude].map((label) => {
    const chosen = builder.reshape(labelled(construction, points, label), [
      "B",
      points.count,
      1,
      1,
    ]);
    return picture(builder.largest(builder.times(disks, chosen), 1));
  });
  const after = (d: Value) =>
    clamp(
      construction,
      builder.plus(builder.times(d, builder.constant([cells])), builder.constant([0.5])),
      0,
      1,
    );
  const corner = (label: number) =>
    builder.reshape(labelled(construction, points, label), ["B", points.count, 1]);
  const [topLeft, bottomRight] = [corner(LABEL.topLeft), corner(LABEL.bottomRight)];
  const inside = (d: Value) => {
    const behind = builder.minus(builder.constant([0]), d);
    return builder.times(
      sumOverPoints(construction, builder.times(after(d), topLeft)),
      sumOverPoints(construction, builder.times(after(behind), bottomRight)),
    );
  };
  const rows = builder.reshape(inside(dy), ["B", 1, cells, 1]);
  const columns = builder.reshape(inside(dx), ["B", 1, 1, cells]);
  return builder.concat([...clicks, builder.times(rows, columns)], 1);
}

/**
 * The first convolution over the prompt maps, [B, ·, S/4, S/4]. Without a mask prompt the two mask channels are zero, so their
 * weights are left out.
 */
export function promptFeatures(
  construction: Construction,
  points: Points,
  options: { readonly side: number; readonly withMask: boolean },
): Value {
  const { builder, parameters } = construction;
  const { side, withMask } = options;
  const name = "decoder.prompt_fine_in";
  const maps = pointMaps(construction, points, side);
  if (withMask) {
    return convolution(
      construction,
      name,
      builder.concat([maps, maskMaps(construction, side)], 1),
      {
        padding: 1,
      },
    );
  }
  const { shape, read } = parameters(`${name}.weight`);
  const [out, inner, kernel] = shape as readonly [number, number, number, number];
  const cells = kernel * kernel;
  const weight = builder.weight(`${name}.weight of points`, [out, POINT_MAPS, kernel, kernel], () =>
    read().filter((_, at) => Math.floor(at / cells) % inner < POINT_MAPS),
  );
  const bias = builder.parameter(`${name}.bias`, parameters(`${name}.bias`));
  return builder.convolution(maps, weight, bias, { padding: 1 });
}

/** The previous mask as probability, and a channel that says that there is one: [B, 2, S/4, S/4]. */
function maskMaps({ builder }: Construction, side: number): Value {
  const cells = side / 4;
  const mask = builder.input("mask", ["B", 1, cells, cells]);
  const given = builder.reshape(builder.input("mask_given", ["B"]), ["B", 1, 1, 1]);
  const flag = builder.expand(given, ["B", 1, cells, cells], mask);
  return builder.concat([builder.times(builder.sigmoid(mask), flag), flag], 1);
}

/**
 * How much each cell looks like the clicked ones, added to the features by the caller: [B, C, side, side].
 * Cosine in several small subspaces, the best over the clicks; −1 where there is no click of a kind.
 * Source: `training/network.py`, `ClickSimilarity`.
 */
export function clickSimilarity(
  construction: Construction,
  name: string,
  feature: Value,
  options: { readonly points: Points; readonly heads: number; readonly pictureSide: number },
): Value {
  const { builder } = construction;
  const { points, heads, pictureSide } = options;
  const [batch, , height] = feature.shape;
  const side = height as number;
  const embedded = convolution(construction, `${name}.embed`, feature);
  const channels = (embedded.shape[1] as number) / heads;
  const split = builder.reshape(embedded, [batch!, heads, channels, side * side]);
  const squares = builder.operation(
    "ReduceSum",
    [builder.times(split, split), builder.integers([2])],
    [batch!, heads, 1, side * side],
    { keepdims: 1 },
  );
  const length = builder.squareRoot(builder.plus(squares, builder.constant([NORM_EPSILON])));
  const unit = builder.dividedBy(split, length);
  const weights = samplingWeights(construction, points, { side, pictureSide });
  const clicked = builder.matmul(weights, builder.transpose(unit, [0, 1, 3, 2])); // [B, heads, P + 1, channels]
  const similarity = builder.plus(builder.matmul(clicked, unit), builder.constant([1]));
  const best = [LABEL.include, LABEL.exclude].map((label) => {
    const chosen = builder.reshape(labelled(construction, points, label), [
      "B",
      1,
      points.count,
      1,
    ]);
    return builder.largest(builder.times(similarity, chosen), 2);
  });
  const maps = builder.minus(builder.concat(best, 1), builder.constant([1]));
  const picture = builder.reshape(maps, ["B", 2 * heads, side, side]);
  return convolution(construction, `${name}.out`, picture);
}

/** Weights of bilinear sampling at each point over the cells of a level: [B, 1, P + 1, side²]. */
function samplingWeights(
  construction: Construction,
  points: Points,
  { side, pictureSide }: { readonly side: number; readonly pictureSide: number },
): Value {
  const { builder } = construction;
  const shifted = builder.plus(points.places, builder.constant([0.5]));
  const scaled = builder.times(shifted, builder.constant([side / pictureSide]));
  const place = clamp(construction, builder.minus(scaled, builder.constant([0.5])), 0, side - 1);
  const cells = builder.constant(Array.from({ length: side }, (_, at) => at));
  const tent = (axis: number) => {
    const offset = builder.minus(cells, builder.slice(place, 2, axis, axis + 1));
    const distance = builder.operation("Abs", [offset], offset.shape);
    return builder.relu(builder.minus(builder.constant([1]), distance));
  };
  const across = builder.reshape(tent(0), ["B", points.count, 1, side]);
  const down = builder.reshape(tent(1), ["B", points.count, side, 1]);
  return builder.reshape(builder.times(down, across), ["B", 1, points.count, side * side]);
}
