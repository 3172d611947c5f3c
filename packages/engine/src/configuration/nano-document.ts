// Configurations of embedded networks: reading `config.json` beside their weights.
import { type Fields, invalid, openFields } from "./fields.ts";
import { type Calibration, type Line, type NanoConfiguration, uncalibrated } from "./nano.ts";
import { readMemoryRules, readPredictorRules } from "./official.ts";

/**
 * Reads `{ "family": "nano", "name", "input": {"size", "mean", "std"}, "architecture": {…}, "memory": {…}, "rules": {…},
 * "calibration": { "object_score": [scale, shift], "predicted_iou": [scale, shift] }, "second_look": false,
 * "near_parts": false }`. `memory` and `rules`
 * hold official keys, and missing keys take the official defaults. Throws EngineError configuration-invalid.
 */
export function readNanoConfiguration(document: unknown, name: string): NanoConfiguration {
  const fields = openFields(document, name);
  const input = fields.object("input");
  const imageSize = input.integer("size", { min: 32, max: 4096 });
  const mean = input.numbers("mean", 3);
  const deviation = input.numbers("std", 3);
  const architecture = (document as { architecture?: unknown }).architecture;
  openFields(architecture, `${name}.architecture`);
  const rules = <T>(key: string, read: (fields: Fields) => T): T => {
    const part = fields.object(key);
    const result = read(part);
    part.finish();
    return result;
  };
  return {
    family: "nano",
    name: fields.text("name", name),
    imageSize,
    width: fields.integer("pointer_width", { min: 1, max: 4096 }, 128),
    mean: mean as [number, number, number],
    deviation: deviation as [number, number, number],
    architecture: architecture as Readonly<Record<string, unknown>>,
    memory: rules("memory", readMemoryRules),
    rules: rules("rules", readPredictorRules),
    calibration: fields.has("calibration")
      ? readCalibration(fields.object("calibration"))
      : uncalibrated,
    secondLook: fields.flag("second_look", false),
    nearParts: fields.flag("near_parts", false),
  };
}

function readCalibration(fields: Fields): Calibration {
  const line = (name: string): Line => {
    const [scale, shift] = fields.numbers(name, 2, [1, 0]);
    if (scale! <= 0)
      throw invalid(`${fields.place}.${name}`, `the scale must be above 0 (got ${scale})`);
    return { scale: scale!, shift: shift! };
  };
  const calibration = { objectScore: line("object_score"), predictedIou: line("predicted_iou") };
  fields.finish();
  return calibration;
}
