// Any network's configuration: the union of the families, read from a document.
import { openFields } from "./fields.ts";
import { type Calibration, type NanoConfiguration, uncalibrated } from "./nano.ts";
import { readNanoConfiguration } from "./nano-document.ts";
import { readOfficialConfiguration } from "./official.ts";
import { type Sam2Configuration, sam2Fixed } from "./sam2.ts";

export type Configuration = Sam2Configuration | NanoConfiguration;

/**
 * Reads a parsed JSON or YAML document: `"family": "nano"` for our own networks, anything else in
 * the official form. `name` names the file in messages. Throws EngineError configuration-invalid.
 */
export function readConfiguration(document: unknown, name: string): Configuration {
  const family = openFields(document, name).text("family", "sam2");
  return family === "nano"
    ? readNanoConfiguration(document, name)
    : readOfficialConfiguration(document, name);
}

/** Mean and deviation by which pictures are normalised, RGB in 0…1. */
export function normalisationOf(configuration: Configuration): {
  readonly mean: readonly [number, number, number];
  readonly deviation: readonly [number, number, number];
} {
  return configuration.family === "nano" ? configuration : sam2Fixed;
}

/** Whether prompted pictures are looked at again (`second-look/`): measured for a network, so it says so itself. */
export function asksForSecondLook(configuration: Configuration): boolean {
  return configuration.family === "nano" && configuration.secondLook;
}

/** Whether parts far from where the object is known to be are taken away (`near-parts.ts`): measured for a network as well. */
export function asksForNearParts(configuration: Configuration): boolean {
  return configuration.family === "nano" && configuration.nearParts;
}

/** Official networks are taken at their word. */
function calibrationOf(configuration: Configuration): Calibration {
  return configuration.family === "nano" ? configuration.calibration : uncalibrated;
}

/** An object score (logit) of the network, calibrated: above 0 the object is in view. */
export function calibratedScore(score: number, configuration: Configuration): number {
  const { scale, shift } = calibrationOf(configuration).objectScore;
  return scale * score + shift;
}

/** Predicted IoU of the network, calibrated, 0…1. */
export function calibratedQuality(quality: number, configuration: Configuration): number {
  const { scale, shift } = calibrationOf(configuration).predictedIou;
  return Math.min(1, Math.max(0, scale * quality + shift));
}
