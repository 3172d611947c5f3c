// Configurations of embedded networks: reading `config.json` beside their weights.
import { openFields } from "./fields.ts";
import type { NanoConfiguration } from "./nano.ts";
import { releasedMemoryRules, releasedPredictorRules } from "./rules.ts";

/**
 * Reads `{ "family": "nano", "name", "input": {"size", "mean", "std"}, "architecture": {…} }`.
 * The predictor's rules are those of the released SAM 2.1 networks unless `memory` or `thresholds`
 * say otherwise. Throws EngineError configuration-invalid.
 */
export function readNanoConfiguration(document: unknown, name: string): NanoConfiguration {
  const fields = openFields(document, name);
  const input = fields.object("input");
  const imageSize = input.integer("size", { min: 32, max: 4096 });
  const mean = input.numbers("mean", 3);
  const deviation = input.numbers("std", 3);
  const architecture = (document as { architecture?: unknown }).architecture;
  openFields(architecture, `${name}.architecture`);
  return {
    family: "nano",
    name: fields.text("name", name),
    imageSize,
    width: fields.integer("pointer_width", { min: 1, max: 4096 }, 128),
    mean: mean as [number, number, number],
    deviation: deviation as [number, number, number],
    architecture: architecture as Readonly<Record<string, unknown>>,
    memory: releasedMemoryRules,
    rules: releasedPredictorRules,
  };
}
