// Every command of masklet, in the order in which help shows them.
import type { Command } from "./command.ts";
import { completionOf } from "./commands/completion.ts";

export const table: readonly Command[] = [completionOf(() => table)];
