// The door of video, the part without Node: clips, frame tables, cuts and painted masks.
export { type Clip, type Frame, type FrameOrder, frameNumbers, type OpenOptions } from "./clip.ts";
export { CUT_OUT_MARGIN, type CutOutEdge, cutOut } from "./cut-out.ts";
export {
  CUT_RULE,
  type CutRule,
  changeMeter,
  contentChange,
  type FrameChange,
  findCuts,
  hsvOf,
  type SmallPicture,
  smallSize,
} from "./cuts.ts";
export { VideoError, type VideoErrorCode } from "./error.ts";
export {
  averageRate,
  type DigestInput,
  digestText,
  type FrameEntry,
  type FrameTable,
  type Orientation,
  type PacketEntry,
  sha256,
  type TimeBase,
} from "./frame-table.ts";
export {
  type Colour,
  type ObjectMask,
  type OverlayStyle,
  objectColour,
  overlayStyle,
  paintMasks,
} from "./overlay.ts";
export { type FrameTiming, timingOf, type VideoSink } from "./sink.ts";
