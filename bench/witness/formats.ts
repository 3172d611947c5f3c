// Opens what masklet writes with other people's packages: node bench/witness/formats.ts [PYTHON] [SA-V FOLDER].
// pycocotools and datumaro are optional (`pip install pycocotools datumaro jsonschema`); what is absent is skipped with the reason.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Document,
  labelId,
  newDocument,
  type State,
  trackId,
  trackInfo,
  visible,
} from "@masklet/annotation";
import {
  type FormatName,
  LossReport,
  readDataset,
  sourceFromDocument,
  writeDataset,
} from "@masklet/formats";
import { openInput, openOutput } from "@masklet/formats/node";
import { area, type FrameIndex, maskFromBitmap, rleString, tightBox } from "@masklet/vision";

const python = process.argv[2] ?? "python3";
const savFolder = process.argv[3];
const folder = mkdtempSync(join(tmpdir(), "masklet-witness-"));
const SIZE = { width: 64, height: 48 };
const FRAMES = 6;
let failed = 0;

function say(passed: boolean, what: string): void {
  if (!passed) failed++;
  console.log(`${passed ? "ok  " : "FAIL"}  ${what}`);
}

/** Two objects with a hole, two parts and a box, moving. */
function sample(): Document {
  const inside = (x: number, y: number, frame: number): boolean => {
    const away = Math.hypot(x - 20 - frame, y - 20);
    return (away < 12 && away > 4) || (x > 50 && x < 60 && y > 30 && y < 40);
  };
  const mask = (frame: number) => {
    const data = Uint8Array.from({ length: SIZE.width * SIZE.height }, (_, i) =>
      inside(i % SIZE.width, Math.floor(i / SIZE.width), frame) ? 1 : 0,
    );
    return maskFromBitmap({ size: SIZE, data });
  };
  const person = { by: "person", person: null } as const;
  const frames = Array.from({ length: FRAMES }, (_, i) => i as FrameIndex);
  const states = (shape: (frame: number) => State) =>
    new Map(frames.map((frame) => [frame, shape(frame)]));
  const label = { parent: null, colour: null, key: null, attributes: [] };
  const track = (id: number, shape: (frame: number) => State) => ({
    info: trackInfo({ label: labelId(id) }),
    review: null,
    states: states(shape),
  });
  return {
    ...newDocument({ name: "clip", size: SIZE, frameCount: FRAMES }),
    labels: new Map([
      [labelId(1), { name: "dog", ...label }],
      [labelId(2), { name: "cat", ...label }],
    ]),
    tracks: new Map([
      [trackId(1), track(1, (frame) => visible({ kind: "mask", mask: mask(frame) }, person))],
      [
        trackId(2),
        track(2, (frame) =>
          visible({ kind: "box", x: 3 + frame, y: 2, width: 20, height: 30 }, person),
        ),
      ],
    ]),
  };
}

async function write(name: FormatName, document: Document): Promise<string> {
  const path = join(folder, name);
  const output = await openOutput(path);
  await writeDataset(name, [sourceFromDocument(document)], output, new LossReport(), {
    sidecar: false,
  });
  await output.commit();
  return path;
}

/** Runs Python; the last line it prints is JSON. Null where the package is absent. */
function ask(what: string, code: string): Record<string, unknown> | null {
  const { status, stdout, stderr } = spawnSync(python, ["-W", "ignore", "-c", code], {
    encoding: "utf8",
  });
  if (status !== 0) {
    const reason = stderr.trim().split("\n").at(-1) ?? "";
    if (/ModuleNotFoundError|ENOENT/.test(reason) || status === null)
      console.log(`skip  ${what}: ${reason || `no ${python}`}`);
    else say(false, `${what}: ${reason}`);
    return null;
  }
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "{}") as Record<string, unknown>;
}

const document = sample();
const cocoFile = join(await write("coco", document), "annotations.json");
const coco = ask(
  "COCO by pycocotools",
  `
import json, sys
from pycocotools.coco import COCO
from pycocotools import mask as m
c = COCO(${JSON.stringify(cocoFile)})
out = []
for a in c.loadAnns(c.getAnnIds()):
    if a["segmentation"]:
        px = c.annToMask(a)
        again = m.encode(__import__("numpy").asfortranarray(px))
        out.append([int(px.sum()), [int(v) for v in m.toBbox(again)], again["counts"].decode()])
print(json.dumps({"masks": out}))`,
);
if (coco) {
  const mine = [...document.tracks.get(trackId(1))!.states.values()].map((state) => {
    const mask =
      state.presence === "visible" && state.shape.kind === "mask" ? state.shape.mask : null;
    const box = tightBox(mask!)!;
    return [area(mask!), [box.x, box.y, box.width, box.height], rleString(mask!)];
  });
  say(
    JSON.stringify(mine) === JSON.stringify(coco.masks),
    "COCO by pycocotools: areas, boxes and strings of all masks",
  );
}

/** Without the masks, which Datumaro's reader of CVAT tracks does not know. */
const boxes: Document = { ...document, tracks: new Map([...document.tracks].slice(1)) };

/** Formats as Datumaro calls them, what they are asked to hold, and how many shapes Datumaro must find. */
const OPENED: readonly [FormatName, string, Document, Readonly<Record<string, number>>][] = [
  ["datumaro", "datumaro", document, { mask: FRAMES, bbox: FRAMES }],
  ["cvat-video", "cvat", boxes, { bbox: FRAMES }],
];
for (const [name, theirs, written, wanted] of OPENED) {
  const path = await write(name, written);
  const target = theirs === "cvat" ? join(path, "clip.xml") : path;
  const found = ask(
    `${name} by Datumaro`,
    `
import json, collections
import datumaro as dm
d = dm.Dataset.import_from(${JSON.stringify(target)}, ${JSON.stringify(theirs)})
kinds = collections.Counter(a.type.name for i in d for a in i.annotations)
print(json.dumps({"items": len(d), "kinds": kinds}))`,
  );
  if (found === null) continue;
  const kinds = found.kinds as Record<string, number>;
  const right =
    found.items === FRAMES &&
    Object.entries(wanted).every(([kind, count]) => kinds[kind] === count);
  say(right, `${name} by Datumaro: ${JSON.stringify(found)}`);
}
console.log(
  "skip  cvat-images and yolo-seg by Datumaro: its readers want the pictures beside the annotations",
);

const archive = await write("masklet", document);
const schema = join(import.meta.dirname, "../../docs/reference/formats/masklet.schema.json");
const valid = ask(
  "the archive against its JSON Schema",
  `
import json, glob, jsonschema
v = jsonschema.Draft202012Validator(json.load(open(${JSON.stringify(schema)})))
things = [json.load(open(${JSON.stringify(`${archive}/masklet.json`)}))]
for f in glob.glob(${JSON.stringify(`${archive}/videos/*.jsonl`)}): things += [json.loads(line) for line in open(f)]
print(json.dumps({"things": len(things), "wrong": [e.message for t in things for e in v.iter_errors(t)][:3]}))`,
);
if (valid)
  say(
    (valid.wrong as unknown[]).length === 0,
    `the archive against its JSON Schema: ${JSON.stringify(valid)}`,
  );

if (savFolder === undefined)
  console.log(
    "skip  SA-V examples: give the folder with sav_000001_manual.json of the sam2 repository",
  );
else {
  const input = await openInput(savFolder);
  const documents = await Array.fromAsync(readDataset("sa-v", input, new LossReport()));
  await input.close();
  const path = join(folder, "sav");
  const output = await openOutput(path);
  await writeDataset("sa-v", documents.map(sourceFromDocument), output, new LossReport());
  await output.commit();
  for (const file of readdirSync(path).filter((name) => name.endsWith(".json"))) {
    const [theirs, ours] = [savFolder, path].map(
      (at) => JSON.parse(readFileSync(join(at, file), "utf8")) as { masklet: unknown[][] },
    );
    say(
      JSON.stringify(theirs!.masklet) === JSON.stringify(ours!.masklet),
      `SA-V ${file}: all ${theirs!.masklet.flat().length} run-length strings`,
    );
    const rounded = (value: unknown): unknown =>
      JSON.parse(JSON.stringify(value), (_, v) =>
        typeof v === "number" ? Math.round(v * 1e9) / 1e9 : v,
      );
    const keys = Object.keys(theirs!).filter(
      (key) =>
        JSON.stringify(rounded(theirs![key as never])) !==
        JSON.stringify(rounded(ours![key as never])),
    );
    say(
      keys.length === 0,
      `SA-V ${file}: all other fields, statistics to nine digits ${keys.join(" ")}`,
    );
  }
}
rmSync(folder, { recursive: true, force: true });
process.exitCode = failed > 0 ? 1 : 0;
