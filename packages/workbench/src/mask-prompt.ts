// A mask prompt: one object out of a PNG.
import { isEmpty, type Mask, masksFromLabels, type Size } from "@masklet/vision";
import { WorkbenchError } from "./errors.ts";
import { readLabels } from "./labels.ts";

/**
 * Reads the mask of `object` from a PNG of `size`. A picture with a single value besides 0 shows the object in
 * that value, one with several shows object N in the value N.
 * Throws a WorkbenchError: `input` where the file cannot be read, `prompt` where it holds no such mask.
 */
export async function readMaskPrompt(
  path: string,
  wanted: { readonly object: number; readonly size: Size },
): Promise<Mask> {
  const { object, size } = wanted;
  const labels = await readLabels(path);
  if (labels.size.width !== size.width || labels.size.height !== size.height) {
    throw new WorkbenchError(
      "prompt",
      `${path} is ${labels.size.width} × ${labels.size.height} pixels, but the frames are ${size.width} × ${size.height}.`,
    );
  }
  const masks = masksFromLabels(labels);
  const only = masks.size === 1 ? [...masks.values()][0] : masks.get(object);
  if (only === undefined || isEmpty(only)) {
    const values = [...masks.keys()].join(", ");
    throw new WorkbenchError(
      "prompt",
      masks.size === 0
        ? `${path} is empty: it shows no object.`
        : `${path} does not show object ${object} (it holds the values ${values}).`,
    );
  }
  return only;
}
