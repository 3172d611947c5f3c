// COCO instances, with run lengths or with polygons.
import { type Format, HOLDS_LITTLE } from "../format.ts";
import { readCoco } from "./read.ts";
import { writeCoco } from "./write.ts";

const holds = {
  ...HOLDS_LITTLE,
  occluded: true,
  score: true,
  stateAttributes: "typed",
  label: "required",
  labelScope: "dataset",
  labelFacts: ["parent"],
  videoFacts: ["annotated", "pictures", "frameCount"],
} as const satisfies Format["holds"];

export const coco: Format = {
  name: "coco",
  holds: { ...holds, shapes: { kinds: ["mask", "box"], holes: true, parts: true, digits: null } },
  read: (files, report) => readCoco(files, report, "coco"),
  write: writeCoco,
};

/** Polygons unite: holes are lost, which is the format. */
export const cocoPolygons: Format = {
  name: "coco-polygons",
  holds: {
    ...holds,
    shapes: { kinds: ["polygon", "box"], holes: false, parts: true, digits: null },
  },
  read: (files, report) => readCoco(files, report, "coco-polygons"),
  write: writeCoco,
};
