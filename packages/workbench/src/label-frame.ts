// From the masks of many objects to one picture of object numbers: where they overlap, the higher logit wins.
import { bitmapFromMask, type LabelMap, type Mask, type Size } from "@masklet/vision";

/** A mask that can compete for a pixel. */
export interface Contender {
  /** 1 … 255. */
  readonly object: number;
  readonly mask: Mask;
  /** Logits at display size, row by row; asked for only where masks overlap. */
  logits(): Float32Array;
}

/** The number of the object that each pixel belongs to, 0 for none. Equal logits: the one named first. */
export function labelFrame(
  contenders: readonly Contender[],
  size: Size,
): LabelMap & { readonly data: Uint8Array } {
  const data = new Uint8Array(size.width * size.height);
  const owners = new Map(contenders.map((each) => [each.object, each]));
  for (const contender of contenders) {
    const { object } = contender;
    const inside = bitmapFromMask(contender.mask).data;
    const logits = onceOf(() => contender.logits());
    const logitsOfOwner = new Map<number, Float32Array>();
    for (let at = 0; at < data.length; at++) {
      if (inside[at] === 0) continue;
      const owner = data[at] ?? 0;
      if (owner === 0) {
        data[at] = object;
        continue;
      }
      let others = logitsOfOwner.get(owner);
      if (others === undefined) {
        others = owners.get(owner)?.logits() ?? new Float32Array(data.length);
        logitsOfOwner.set(owner, others);
      }
      if ((logits()[at] ?? 0) > (others[at] ?? 0)) data[at] = object;
    }
  }
  return { size, data };
}

function onceOf<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
