// The door of vision: plain values of pictures and masks, and the arithmetic on them.

export { maskFromCocoPolygons } from "./coco-polygon.ts";
export {
  boundaryAccuracy,
  type MaskletScore,
  regionSimilarity,
  type Statistics,
  scoreMasklet,
  statistics,
} from "./compare.ts";
export {
  type Connectivity,
  components,
  fillEnclosedHoles,
  fillHolesOfLogits,
  fillSmallHoles,
  removeSmallRegions,
  removeSpecksOfLogits,
} from "./components.ts";
export { DISTANCE_SIDE_MAX, signedDistance } from "./distance.ts";
export { maskFromSmallLogits } from "./enlarged-mask.ts";
export { VisionError, type VisionErrorCode } from "./error.ts";
export {
  DAVIS_PALETTE,
  type IndexedPicture,
  PNG_PIXELS_MAX,
  readIndexedPng,
  writeGreyPng,
  writeIndexedPng,
} from "./indexed-png.ts";
export {
  area,
  type Bitmap,
  bitmapFromMask,
  contains,
  emptyMask,
  equal,
  fullMask,
  isEmpty,
  MASK_PIXELS_MAX,
  type Mask,
  maskFromCounts,
  tightBox,
} from "./mask.ts";
export {
  crop,
  intersection,
  intersectionArea,
  invert,
  iou,
  paste,
  subtract,
  translate,
  union,
} from "./mask-sets.ts";
export { centroid, dilate, erode, morph } from "./morphology.ts";
export {
  maskFromOutlines,
  type Outline,
  outlinesFromMask,
  type Ring,
  simplifyRing,
} from "./outline.ts";
export { type Normalisation, type PictureResampler, pictureTensor } from "./picture-tensor.ts";
export {
  type LabelMap,
  labelsFromMasks,
  maskFromBitmap,
  maskFromLogits,
  masksFromLabels,
} from "./rasters.ts";
export {
  type Picture,
  resizeBicubic,
  resizeBilinear,
  resizeBilinearSmooth,
  resizePillowBicubic,
} from "./resize.ts";
export { maskFromRleString, rleString } from "./rle.ts";
export { type Click, firstClick, nextClick } from "./simulated-click.ts";
export {
  type FrameIndex,
  frameIndex,
  type ImagePoint,
  type ModelPoint,
  type PixelBox,
  type Size,
} from "./space.ts";
