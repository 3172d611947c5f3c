// Every command of masklet, in the order in which help shows them.
import type { Command } from "./command.ts";
import { completionOf } from "./commands/completion.ts";
import { checkCommand, convertCommand } from "./commands/convert.ts";
import { demoCommand } from "./commands/demo.ts";
import { evalDavisCommand } from "./commands/eval-davis.ts";
import { evalPrecisionCommand } from "./commands/eval-precision.ts";
import { evalStillsCommand } from "./commands/eval-stills.ts";
import {
  inspectModelCommand,
  listModelsCommand,
  pullModelCommand,
  verifyModelsCommand,
} from "./commands/models.ts";
import { probeCommand } from "./commands/probe.ts";
import { segmentCommand } from "./commands/segment.ts";
import { serveCommand } from "./commands/serve.ts";
import { trackCommand } from "./commands/track.ts";

export const table: readonly Command[] = [
  trackCommand,
  segmentCommand,
  probeCommand,
  listModelsCommand,
  pullModelCommand,
  inspectModelCommand,
  verifyModelsCommand,
  evalDavisCommand,
  evalStillsCommand,
  evalPrecisionCommand,
  convertCommand,
  checkCommand,
  serveCommand,
  demoCommand,
  completionOf(() => table),
];
