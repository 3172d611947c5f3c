// Configurations of embedded networks: reading `config.json` beside their weights.
import { clipped } from "../errors.ts";
import { type Fields, invalid, openFields } from "./fields.ts";
import { type Calibration, type Line, type NanoConfiguration, uncalibrated } from "./nano.ts";
import { readMemoryRules, readPredictorRules } from "./official.ts";

/** The encoder halves the picture five times. */
const SIZE_STEP = 32;
/** Colours lie in 0…1, so do their mean and deviation; other conventions stay well within this. */
const NORMALISATION_MAX = 1000;
const DEVIATION_MIN = 1e-3;
/** Logits of a network lie within some tens; a line steeper or further off is a mistake. */
const CALIBRATION_MAX = 1000;

/**
 * Reads `{ "family": "nano", "name", "input": {"size", "mean", "std"}, "architecture": {…}, "memory": {…}, "rules": {…},
 * "calibration": { "object_score": [scale, shift], "predicted_iou": [scale, shift] }, "second_look": false,
 * "near_parts": false }`. `memory` and `rules` hold official keys, and missing keys take the official defaults. Throws EngineError configuration-invalid.
 */
export function readNanoConfiguration(document: unknown, name: string): NanoConfiguration {
  const fields = openFields(document, name);
  const input = fields.object("input");
  const imageSize = input.integer("size", { min: SIZE_STEP, max: 4096 });
  if (imageSize % SIZE_STEP !== 0)
    throw invalid(`${input.place}.size`, `${imageSize} is not a multiple of ${SIZE_STEP}`);
  const mean = input.numbers("mean", 3);
  const deviation = input.numbers("std", 3);
  if (!mean.every((value) => Math.abs(value) <= NORMALISATION_MAX))
    throw invalid(
      `${input.place}.mean`,
      `numbers from -${NORMALISATION_MAX} to ${NORMALISATION_MAX} are needed`,
    );
  if (!deviation.every((value) => value >= DEVIATION_MIN && value <= NORMALISATION_MAX))
    throw invalid(
      `${input.place}.std`,
      `numbers from ${DEVIATION_MIN} to ${NORMALISATION_MAX} are needed, since pictures are divided by them (got ${clipped(deviation.join(", "))})`,
    );
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
    if (scale! < 1 / CALIBRATION_MAX || scale! > CALIBRATION_MAX)
      throw invalid(
        `${fields.place}.${name}`,
        `the scale must be from ${1 / CALIBRATION_MAX} to ${CALIBRATION_MAX} (got ${scale})`,
      );
    if (Math.abs(shift!) > CALIBRATION_MAX)
      throw invalid(
        `${fields.place}.${name}`,
        `the shift must be from -${CALIBRATION_MAX} to ${CALIBRATION_MAX} (got ${shift})`,
      );
    return { scale: scale!, shift: shift! };
  };
  const calibration = { objectScore: line("object_score"), predictedIou: line("predicted_iou") };
  fields.finish();
  return calibration;
}
