// Writes docs/reference/cli.md: node scripts/launch.mjs apps/cli/scripts/write-reference.ts
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { referencePage } from "../src/reference.ts";
import { table } from "../src/table.ts";

writeFileSync(join(import.meta.dirname, "../../../docs/reference/cli.md"), referencePage(table));
