// Names of the formats. Written out, since the package that has them takes long to load; a test compares the two.
import type { FormatName } from "@masklet/formats";

export const formatNames = [
  "masklet",
  "coco",
  "coco-polygons",
  "youtube-vis",
  "youtube-vos",
  "davis",
  "mots",
  "mots-txt",
  "mot",
  "sa-v",
  "sa-v-png",
  "burst",
  "cvat-video",
  "cvat-images",
  "datumaro",
  "yolo-seg",
  "label-studio",
  "labelme",
  "dive",
] as const satisfies readonly FormatName[];
