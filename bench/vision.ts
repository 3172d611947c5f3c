// How long the operations of vision take on a frame of 720p: prints the median of each.
import * as vision from "@masklet/vision";

const REPEATS = 25;
/** Untimed calls first: these functions run thousands of times a day, compiled. */
const WARM_UP = 8;
const size = { width: 1280, height: 720 };

/** A blob with a wavy edge, holes and some specks: about a third of the frame. */
function wavyLogits(): Float32Array {
  const logits = new Float32Array(size.width * size.height);
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++) {
      const angle = Math.atan2(y - 360, x - 640);
      const edge = 300 + 30 * Math.sin(17 * angle) + 8 * Math.sin(131 * angle);
      const ripple = 3 * Math.sin(x / 9) * Math.sin(y / 7);
      logits[y * size.width + x] = (edge - Math.hypot(x - 640, y - 360)) / 20 + ripple;
    }
  }
  return logits;
}

/** Prints the median and the best of one operation. */
async function time(name: string, operation: () => unknown): Promise<void> {
  for (let i = 0; i < WARM_UP; i++) await operation();
  const milliseconds: number[] = [];
  for (let i = 0; i < REPEATS; i++) {
    const start = performance.now();
    await operation();
    milliseconds.push(performance.now() - start);
  }
  milliseconds.sort((a, b) => a - b);
  const median = milliseconds[REPEATS >> 1]!.toFixed(2).padStart(8);
  const best = milliseconds[0]!.toFixed(2).padStart(8);
  console.log(`${name.padEnd(56)} ${median} ms  (best ${best})`);
}

const logits = wavyLogits();
const mask = vision.maskFromLogits(logits, size);
const moved = vision.translate(mask, { dx: 7, dy: 5 });
const text = vision.rleString(mask);
const bitmap = vision.bitmapFromMask(mask);
const labels = vision.labelsFromMasks([[1, mask]], size);
const png = await vision.writeIndexedPng(labels);
const outlines = vision.outlinesFromMask(mask);
const small = { width: 128, height: 128 };
const low = vision.resizeBilinear(logits, { from: size, to: small });
const rgb = Uint8Array.from({ length: size.width * size.height * 3 }, (_, i) => (i * 7919) >> 5);
const picture = { size, channels: 3, data: rgb } as const;
const normalisation = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] } as const;

console.log(
  `1280 × 720, ${mask.counts.length} runs, ${vision.area(mask)} pixels, ${REPEATS} repeats`,
);
await time("mask from logits", () => vision.maskFromLogits(logits, size));
await time("mask from bitmap", () => vision.maskFromBitmap(bitmap));
await time("bitmap from mask", () => vision.bitmapFromMask(mask));
await time("string of runs", () => vision.rleString(mask));
await time("mask from string", () => vision.maskFromRleString(text, size));
await time("union", () => vision.union(mask, moved));
await time("IoU", () => vision.iou(mask, moved));
await time("area and box", () => [vision.area(mask), vision.tightBox(mask)]);
await time("label map from masks", () => vision.labelsFromMasks([[1, mask]], size));
await time("masks from label map", () => vision.masksFromLabels(labels));
await time("components", () => vision.components(mask, 8));
await time("small holes filled", () =>
  vision.fillSmallHoles(mask, { areaMax: 64, connectivity: 8 }),
);
await time("outlines", () => vision.outlinesFromMask(mask));
await time("mask from outlines", () => vision.maskFromOutlines(outlines, size));
await time("signed distance", () => vision.signedDistance(mask));
await time("dilate by 5", () => vision.dilate(mask, 5));
await time("in-between", () => vision.morph(mask, moved, 0.5));
await time("J", () => vision.regionSimilarity(mask, moved));
await time("F", () => vision.boundaryAccuracy(mask, moved));
await time("next click", () => vision.nextClick({ prediction: mask, truth: moved }));
await time("logits 128² → 720p, bilinear", () =>
  vision.resizeBilinear(low, { from: small, to: size }),
);
await time("logits 128² → 720p, straight to the mask", () =>
  vision.maskFromSmallLogits(low, { from: small, to: size }),
);
await time("logits 128² → 720p, bilinear, then mask", () =>
  vision.maskFromLogits(vision.resizeBilinear(low, { from: small, to: size }), size),
);
await time("RGB 720p → 512², Pillow's bicubic", () =>
  vision.resizePillowBicubic(picture, { width: 512, height: 512 }),
);
for (const resampler of ["picture", "video"] as const) {
  await time(`RGB 720p → tensor of 512², ${resampler} predictor's way`, () =>
    vision.pictureTensor(picture, { side: 512, resampler, normalisation }),
  );
}
await time("indexed PNG written", () => vision.writeIndexedPng(labels));
await time("indexed PNG read", () => vision.readIndexedPng(png));
