// Where a worker's process begins: loads its duties, and tells by its exit status if FFmpeg is not there.
import { MISSING_EXIT } from "./worker-messages.ts";

const duties = process.argv[2];
if (!duties) throw new Error("A worker is started with the name of its duties.");
try {
  await import(duties);
} catch {
  process.exit(MISSING_EXIT);
}
