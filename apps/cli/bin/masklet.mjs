#!/usr/bin/env node
// The command `masklet`: hands over to the TypeScript program on the right Node.
import { fileURLToPath } from "node:url";
import { launch } from "../../../scripts/launch.mjs";

const entry = fileURLToPath(new URL("../src/main.ts", import.meta.url));
process.exitCode = await launch(entry, process.argv.slice(2));
