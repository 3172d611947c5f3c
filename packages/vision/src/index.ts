// The door of vision: plain values of pictures and masks, and the arithmetic on them.

export { VisionError, type VisionErrorCode } from "./error.ts";
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
export {
  type FrameIndex,
  frameIndex,
  type ImagePoint,
  type ModelPoint,
  type PixelBox,
  type Size,
} from "./space.ts";
