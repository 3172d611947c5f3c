// From the bytes of a picture to the normalised square that the network sees.
import { checkPicture, type Picture, resizeBilinearSmooth, resizePillowBicubic } from "./resize.ts";

/** Mean and standard deviation of red, green and blue, of values 0 … 1. */
export interface Normalisation {
  readonly mean: readonly [number, number, number];
  readonly deviation: readonly [number, number, number];
}

/**
 * How the reference squashes a picture to its square, which differs between its two predictors:
 * `picture` = floats, bilinear with smoothing (`SAM2Transforms`, torchvision's `Resize`);
 * `video` = bytes, Pillow's bicubic (`_load_img_as_tensor`).
 */
export type PictureResampler = "picture" | "video";

/**
 * The picture squashed to side × side (its shape is not kept) and normalised: [1, 3, side, side],
 * planes of red, green and blue. Alpha is ignored. Throws a RangeError unless the data fit the size.
 */
export function pictureTensor(
  picture: Picture,
  to: {
    readonly side: number;
    readonly resampler: PictureResampler;
    readonly normalisation: Normalisation;
  },
): Float32Array {
  checkPicture(picture);
  const size = { width: to.side, height: to.side };
  if (to.resampler === "video") {
    return normalised(planes(resizePillowBicubic(picture, size)), to.normalisation);
  }
  const floats = planes(picture);
  const square = resizeBilinearSmooth(floats, { from: picture.size, to: size });
  return normalised(square, to.normalisation);
}

/** Bytes 0 … 255 to three planes of 0 … 1. */
function planes({ size, channels, data }: Picture): Float32Array {
  const pixels = size.width * size.height;
  const result = new Float32Array(pixels * 3);
  for (let i = 0, at = 0; i < pixels; i++, at += channels) {
    result[i] = UNIT[data[at]!]!;
    result[pixels + i] = UNIT[data[at + 1]!]!;
    result[2 * pixels + i] = UNIT[data[at + 2]!]!;
  }
  return result;
}

const UNIT = Float32Array.from({ length: 256 }, (_, value) => value / 255);

function normalised(values: Float32Array, { mean, deviation }: Normalisation): Float32Array {
  const pixels = values.length / 3;
  for (let channel = 0; channel < 3; channel++) {
    // The reference holds both as float32 and rounds after the difference and after the quotient.
    const shift = Math.fround(mean[channel]!);
    const scale = Math.fround(deviation[channel]!);
    const end = (channel + 1) * pixels;
    for (let i = channel * pixels; i < end; i++) {
      values[i] = Math.fround(values[i]! - shift) / scale;
    }
  }
  return values;
}
