// Options of every command that runs a model.
import { oneOf, text, wholeNumber } from "../command.ts";

export const modelOptions = {
  model: text(
    "NAME|PATH",
    "model by name (masklet models list) or path; the embedded one by default",
  ),
  size: wholeNumber("N", "side of the square the network sees, in pixels", {
    least: 64,
    most: 2048,
  }),
  precision: oneOf(["exact", "fast"], "exact (fp32, default) or fast (rounded products)"),
  threads: wholeNumber("N", "threads to compute with; all cores by default", {
    least: 1,
    most: 256,
  }),
} as const;
