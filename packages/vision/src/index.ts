// The door of vision: plain values of pictures and masks, and the arithmetic on them.
export type { Bitmap, Mask } from "./mask.ts";
export {
  type FrameIndex,
  frameIndex,
  type ImagePoint,
  type ModelPoint,
  type PixelBox,
  type Size,
} from "./space.ts";
