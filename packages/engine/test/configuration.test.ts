// Configurations: what is read, what is completed, what is refused and how it is said.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { openCheckpoint } from "../src/checkpoint/open.ts";
import { readConfiguration } from "../src/configuration/configuration.ts";
import { releasedModels } from "../src/configuration/released.ts";
import { networkPlan } from "../src/networks/network-plan.ts";
import { sourceFromFile } from "../src/node/file-source.ts";
import { readConfigurationFile } from "../src/node/models.ts";

const golden = new URL("../../../../shared/golden/small21.config.json", import.meta.url);
const skip = existsSync(golden)
  ? false
  : "the reference's configuration (../shared/golden) is not here";
const document = () => JSON.parse(readFileSync(golden, "utf8"));

/** The document with one value changed, by its path. */
function changed(path: string, value: unknown) {
  const whole = document();
  const keys = path.split(".");
  const last = keys.pop()!;
  let at = whole.model;
  for (const key of keys) at = at[key];
  if (value === undefined) delete at[last];
  else at[last] = value;
  return whole;
}

const refused = (path: string, value: unknown, message: RegExp) =>
  assert.throws(() => readConfiguration(changed(path, value), "x.json"), {
    code: "configuration-invalid",
    message,
  });

test("a family member is read with the official keys, and the constructors' defaults fill in", {
  skip,
}, () => {
  const configuration = readConfiguration(document(), "x.json");
  assert(configuration.family === "sam2");
  assert.equal(configuration.imageSize, 256);
  assert.deepEqual(configuration.trunk.windows, [8, 4, 6, 3]);
  assert.equal(configuration.memory.pointersMax, 16);
  assert.equal(configuration.rules.stability, null);
  const base = readConfiguration(changed("image_encoder.trunk.stages", undefined), "x.json");
  assert(base.family === "sam2");
  assert.deepEqual(base.trunk.stages, [2, 3, 16, 3]);
});

test("options of the predictors stand beside the network's keys", { skip }, () => {
  const options = {
    max_cond_frames_in_attn: 2,
    fill_hole_area: 8,
    sam_mask_decoder_extra_args: {
      dynamic_multimask_via_stability: true,
      dynamic_multimask_stability_thresh: 0.9,
    },
  };
  const { memory, rules } = readConfiguration(
    { model: { ...document().model, ...options } },
    "x.json",
  );
  assert.equal(memory.conditioningMax, 2);
  assert.equal(rules.fillHoleArea, 8);
  assert.deepEqual(rules.stability, { delta: 0.05, threshold: 0.9 });
});

test("every refusal names the file, the place and the cause", { skip }, () => {
  refused(
    "image_size",
    250,
    /Configuration x\.json\.model\.image_size: 250 is not a multiple of 32/,
  );
  refused(
    "image_size",
    "big",
    /image_size: a whole number from 32 to 4096 is needed \(got "big"\)/,
  );
  refused(
    "image_encoder.trunk.window_spec",
    [8, 7, 6, 3],
    /windows of 7 cannot be pooled on a grid of 32/,
  );
  refused("image_encoder.trunk.window_spec", [8, 4, 0, 7], /first three windows/);
  refused("image_encoder.trunk.global_att_blocks", [3], /block 3 pools/);
  refused("image_encoder.trunk.stages", [1, 2, 3], /4 numbers are needed \(got 3\)/);
  refused(
    "image_encoder.neck.backbone_channel_list",
    [1, 2, 3, 4],
    /the trunk gives 96, 48, 24, 12, not 1, 2, 3, 4/,
  );
  refused(
    "image_encoder.neck.fpn_interp_model",
    "bicubic",
    /this engine builds only "nearest" \(got "bicubic"\)/,
  );
  refused(
    "memory_attention.layer.activation",
    "gelu",
    /activation: this engine builds only "relu"/,
  );
  refused("memory_encoder.out_dim", 12, /differ|only 12/);
  refused("max_cond_frames_in_attn", 1, /at least 2, or -1/);
  refused("colour_of_the_sky", "blue", /unknown key colour_of_the_sky/);
  refused("memory_attention", null, /memory_attention: an object is needed/);
  assert.throws(() => readConfiguration([], "y.json"), { message: /y\.json: an object is needed/ });
});

test("released configurations take no part of each other, and SAM 2 lacks what 2.1 added", () => {
  assert.equal(new Set(releasedModels.map(({ name }) => name)).size, 8);
  for (const { name, configuration, address } of releasedModels) {
    const is21 = name.startsWith("sam2.1");
    assert.equal(configuration.memoryEncoder.noObjectEmbedding, is21);
    assert.equal(configuration.pointerAge, is21 ? "projected" : "none");
    assert(address.endsWith(`/${is21 ? "092824" : "072824"}/${name}.pt`));
  }
});

const nano = new URL("fixtures/nano/", import.meta.url);
const nanoDocument = () => JSON.parse(readFileSync(new URL("config.json", nano), "utf8"));

test("an embedded network's figures that cannot be are refused by file and key", () => {
  const cases: readonly (readonly [object, RegExp])[] = [
    [
      { input: { ...nanoDocument().input, size: 40 } },
      /x\.json\.input\.size: 40 is not a multiple/,
    ],
    [{ input: { ...nanoDocument().input, std: [0, 0, 0] } }, /x\.json\.input\.std: numbers from/],
    [{ input: { ...nanoDocument().input, mean: [1e300, 0, 0] } }, /x\.json\.input\.mean: numbers/],
    [{ calibration: { object_score: [1e308, 1e308] } }, /object_score: the scale must be/],
    [{ calibration: { object_score: [1, -1e308] } }, /object_score: the shift must be/],
    [{ calibration: { predicted_iou: [0, 0] } }, /predicted_iou: the scale must be/],
  ];
  for (const [change, message] of cases)
    assert.throws(() => readConfiguration({ ...nanoDocument(), ...change }, "x.json"), {
      code: "configuration-invalid",
      message,
    });
});

test("weights that the configuration leaves unused are a mismatch, as missing ones are", () => {
  const checkpoint = openCheckpoint(
    sourceFromFile(fileURLToPath(new URL("model.safetensors", nano))),
  );
  const planOf = (architecture: object) => {
    const document = nanoDocument();
    const changed = { ...document, architecture: { ...document.architecture, ...architecture } };
    return () => networkPlan(readConfiguration(changed, "x.json"), checkpoint);
  };
  assert.doesNotThrow(planOf({}));
  assert.throws(planOf({ stage_blocks: [0, 0, 0, 0] }), {
    code: "checkpoint-mismatch",
    message: /\(\d+ mismatches\): .* is not part of it;/,
  });
  assert.throws(planOf({ stage_blocks: [9, 9, 9, 9] }), { code: "checkpoint-mismatch" });
  checkpoint.close();
});

test("a configuration that is a folder is refused in one sentence", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "masklet-configuration-"));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "config.json"));
  await assert.rejects(readConfigurationFile(join(folder, "config.json")), {
    code: "configuration-invalid",
    message: /config\.json: it cannot be read \(it is a folder\)/,
  });
});

test("a configuration file that cannot be parsed is refused by its name", async (t) => {
  const { mkdtempSync, rmSync, writeFileSync } = await import("node:fs");
  const folder = mkdtempSync("/tmp/masklet-configuration-");
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(`${folder}/a.yaml`, "model: [1, 2");
  await assert.rejects(readConfigurationFile(`${folder}/a.yaml`), {
    code: "configuration-invalid",
    message: /a\.yaml: it cannot be parsed/,
  });
  writeFileSync(`${folder}/b.json`, "{");
  await assert.rejects(readConfigurationFile(`${folder}/b.json`), {
    message: /b\.json: it cannot be parsed/,
  });
});
