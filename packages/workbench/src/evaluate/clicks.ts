// The simulated annotator's clicks in the workbench's own words.
import { type Mask, nextClick } from "@masklet/vision";
import type { Click } from "../prompts.ts";

/** The click a person would make next on a mask, or null where it is perfect. */
export function simulatedClick(prediction: Mask, truth: Mask): Click | null {
  const click = nextClick({ prediction, truth });
  if (click === null) return null;
  const { x, y } = click.point;
  return { x, y, sign: click.label === 1 ? "include" : "exclude" };
}
