// Long tracks are written while they are read: no format that can stream waits for the end of a track.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type State, trackId, trackInfo, visible } from "@masklet/annotation";
import { type FrameIndex, frameIndex, maskFromBitmap } from "@masklet/vision";
import {
  type FormatName,
  LossReport,
  type OutputFiles,
  type Source,
  type StateOn,
  writeDataset,
} from "../src/index.ts";
import { SIDECAR } from "../src/sidecar.ts";

const FRAMES = 3000;
const size = { width: 16, height: 8 };
const model = {
  by: "model",
  model: "m",
  version: null,
  policy: null,
  run: null,
  prompted: [],
} as const;

/** One object on every frame, made when it is asked for; `asked` is told each frame. */
function longSource(asked: (frame: number) => void): Source {
  const track = trackId(1);
  const mask = maskFromBitmap({ size, data: new Uint8Array(128).fill(1, 20, 60) });
  const stateOn = (frame: FrameIndex): State => {
    asked(frame);
    return visible({ kind: "mask", mask }, model);
  };
  function* states(): Generator<StateOn> {
    for (let frame = 0; frame < FRAMES; frame++)
      yield [frameIndex(frame), stateOn(frameIndex(frame))];
  }
  return {
    head: {
      video: {
        name: "long",
        size,
        frameCount: FRAMES,
        digest: null,
        rate: 25,
        timestamps: null,
        annotated: null,
        pictures: null,
        attributes: {},
      },
      labels: new Map(),
      tracks: new Map([[track, { info: trackInfo(), review: null }]]),
    },
    async *byTrack() {
      yield { track, states: states() };
    },
    async *byFrame() {
      for (let frame = 0; frame < FRAMES; frame++)
        yield { frame: frameIndex(frame), states: new Map([[track, stateOn(frameIndex(frame))]]) };
    },
  };
}

const cases: readonly (readonly [FormatName, RegExp])[] = [
  ["masklet", /^videos/],
  ["youtube-vis", /^instances/],
  ["coco", /^annotations/],
  ["sa-v", /^long_manual/],
  ["mots-txt", /^long/],
  ["coco", new RegExp(`^${SIDECAR}`)],
];
for (const [format, file] of cases) {
  test(`${format} has written much of ${file.source} when its last state is asked for`, async () => {
    let inFile = false;
    let [written, atLast] = [0, 0];
    const files: OutputFiles = {
      open: async (name) => {
        inFile = file.test(name);
        return {
          write: async (piece) => {
            if (inFile) written += piece.length;
          },
          close: async () => {},
        };
      },
    };
    const source = longSource((frame) => {
      if (inFile && frame === FRAMES - 1) atLast = written;
    });
    await writeDataset(format, [source], files, new LossReport());
    assert.ok(atLast > written / 3, `${atLast} of ${written} bytes`);
  });
}
