// Compares the search for everything in a picture with the official generator: node bench/witness/automatic-masks.ts PICTURE [CHECKPOINT] [PYTHON].
// PYTHONPATH must hold a checkout of facebookresearch/sam2; CHECKPOINT (`x.pt`) lies beside its `x.config.json`.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { automaticMasks, type TrackingModel } from "@masklet/engine";
import { embeddedModels, loadModel } from "@masklet/engine/node";
import { readPicture } from "@masklet/video/node";
import {
  compareSearch,
  optionsOf,
  type RecordedSearch,
} from "../../packages/engine/test/automatic-recorded.ts";
import { finder } from "../../packages/engine/test/finder.ts";

const [picture, checkpoint, python = "python3"] = process.argv.slice(2);
const IOU_MIN = 0.999;
const recorder = resolve(import.meta.dirname, "../reference/record_automatic.py");

/** Runs the official generator; its masks and the picture lie in `folder` then. */
function record(folder: string, ...words: string[]): RecordedSearch {
  mkdirSync(folder);
  const { status, stderr } = spawnSync(python, [recorder, ...words, folder], {
    encoding: "utf8",
    env: { ...process.env, OMP_NUM_THREADS: "1" },
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(readFileSync(join(folder, "masks.json"), "utf8")) as RecordedSearch;
}

async function compare(what: string, model: TrackingModel, folder: string, search: RecordedSearch) {
  const { size, rgb } = await readPicture(join(folder, "picture.png"));
  let equal = true;
  for (const each of search.cases) {
    const ours = await automaticMasks(model, { size, channels: 3, data: rgb }, optionsOf(each));
    const found = compareSearch(ours, each, size);
    const holds = found.ours === found.theirs && found.displaced === 0 && found.worstIou >= IOU_MIN;
    equal &&= holds;
    console.log(
      `${holds ? "equal" : "DIFFERENT"}  ${what}, ${each.name}: ${found.ours} of ${found.theirs} masks, ${found.equalMasks} equal ` +
        `pixel for pixel, lowest IoU ${found.worstIou.toFixed(6)}, ${found.displaced} displaced, ` +
        `predicted IoU within ${found.worstQuality.toExponential(1)}, stability within ${found.worstStability.toExponential(1)}`,
    );
  }
  return equal;
}

const missing = spawnSync(python, ["-c", "import torch, torchvision, sam2"], { encoding: "utf8" });
if (picture === undefined) {
  console.log(
    "Give a picture: node bench/witness/automatic-masks.ts PICTURE [CHECKPOINT] [PYTHON]",
  );
  process.exitCode = 2;
} else if (missing.status !== 0) {
  const reason = missing.stderr?.trim().split("\n").at(-1) ?? `no ${python}`;
  console.log(`Skipped: ${python} lacks torch, torchvision or the sam2 checkout (${reason}).`);
} else {
  const folder = mkdtempSync(join(tmpdir(), "masklet-witness-"));
  try {
    const things = join(folder, "finder");
    const search = record(things, "finder", picture);
    let equal = await compare("stand-in", finder(search.side), things, search);
    if (checkpoint !== undefined) {
      const config = checkpoint.replace(/\.\w+$/, ".config.json");
      const network = join(folder, "network");
      const recorded = record(network, "network", checkpoint, config, picture);
      const model = await loadModel(checkpoint, {
        home: join(folder, "home"),
        embedded: embeddedModels,
        threads: 1,
      });
      equal = (await compare(model.name, model, network, recorded)) && equal;
      await model.close();
    }
    process.exitCode = equal ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
