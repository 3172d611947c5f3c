// How fast and in how much memory a large video is exported: 50 objects on 10,000 frames of 720p, from a generator.
import { absent, type State, type TrackId, trackId, trackInfo, visible } from "@masklet/annotation";
import {
  FORMAT_NAMES,
  type FormatName,
  LossReport,
  type OutputFiles,
  type Source,
  type StateOn,
  writeDataset,
} from "@masklet/formats";
import { type FrameIndex, type Mask, maskFromBitmap, translate } from "@masklet/vision";

const USAGE =
  "node bench/formats/export.ts [--format coco] [--tracks 50] [--frames 10000] [--sidecar]";
const SIZE = { width: 1280, height: 720 };
const IMPORTED = {
  by: "model",
  model: "bench",
  version: null,
  policy: null,
  run: null,
  prompted: [],
} as const;

function option(name: string, usual: string): string {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? usual : (process.argv[at + 1] ?? usual);
}

if (process.argv.includes("--help")) {
  console.log(USAGE);
  process.exit(0);
}
const format = option("format", "coco") as FormatName;
if (!FORMAT_NAMES.includes(format))
  throw new RangeError(`--format is one of ${FORMAT_NAMES.join(", ")}.`);
const trackCount = Number(option("tracks", "50"));
const frameCount = Number(option("frames", "10000"));

/** A blob with a rough outline and a hole, about as large as a person in 720p: some 400 runs. */
function blob(seed: number): Mask {
  const data = new Uint8Array(SIZE.width * SIZE.height);
  const [cx, cy] = [300 + 13 * seed, 300 + ((seed * 37) % 120)];
  for (let y = cy - 110; y < cy + 110; y++) {
    for (let x = cx - 90; x < cx + 90; x++) {
      const angle = Math.atan2(y - cy, x - cx);
      const radius = 75 + 18 * Math.sin(angle * 7 + seed) + 6 * Math.sin(angle * 31);
      const away = Math.hypot(x - cx, y - cy);
      if (away < radius && away > 20) data[y * SIZE.width + x] = 1;
    }
  }
  return maskFromBitmap({ size: SIZE, data });
}

const masks = Array.from({ length: trackCount }, (_, i) => blob(i % 50));
const tracks = new Map(masks.map((_, i) => [trackId(i + 1), { info: trackInfo(), review: null }]));

function stateAt(track: number, frame: number): State {
  if ((frame + track * 31) % 97 === 0) return absent(IMPORTED);
  const mask = translate(masks[track]!, { dx: (frame * 3) % 200, dy: (frame % 60) - 30 });
  return visible({ kind: "mask", mask }, IMPORTED, { score: 0.9 });
}

function* statesOf(track: number): Generator<StateOn> {
  for (let frame = 0; frame < frameCount; frame++)
    yield [frame as FrameIndex, stateAt(track, frame)];
}

const source: Source = {
  head: {
    video: {
      name: "bench",
      size: SIZE,
      frameCount,
      digest: null,
      rate: 30,
      timestamps: null,
      annotated: null,
      pictures: null,
      attributes: {},
    },
    labels: new Map(),
    tracks,
  },
  async *byFrame() {
    for (let frame = 0; frame < frameCount; frame++) {
      const states = new Map<TrackId, State>(
        masks.map((_, i) => [trackId(i + 1), stateAt(i, frame)]),
      );
      yield { frame: frame as FrameIndex, states };
    }
  },
  async *byTrack() {
    for (let i = 0; i < trackCount; i++) {
      yield { track: trackId(i + 1), states: statesOf(i) };
    }
  },
};

let bytes = 0;
const nowhere: OutputFiles = {
  open: async () => ({
    write: async (piece) => {
      bytes += piece.length;
    },
    close: async () => {},
  }),
};

const begun = { wall: performance.now(), cpu: process.cpuUsage() };
await writeDataset(format, [source], nowhere, new LossReport(), {
  sidecar: process.argv.includes("--sidecar"),
});
const wall = (performance.now() - begun.wall) / 1000;
const { user, system } = process.cpuUsage(begun.cpu);
const cpu = (user + system) / 1e6;
const written = trackCount * frameCount;
const runs = masks.reduce((sum, { counts }) => sum + counts.length, 0) / masks.length;
console.log(
  JSON.stringify({
    format,
    masks: written,
    runsPerMask: Math.round(runs),
    megabytes: Math.round(bytes / 1e6),
    secondsWall: Number(wall.toFixed(1)),
    secondsCpu: Number(cpu.toFixed(1)),
    masksPerSecondWall: Math.round(written / wall),
    masksPerSecondCpu: Math.round(written / cpu),
    peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
  }),
);
