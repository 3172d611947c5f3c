// SA-V validation and test: Annotations_6fps/<video>/<object>/00000.png, one picture an object and frame, since objects overlap.
import { absent, type Document } from "@masklet/annotation";
import { clipped } from "@masklet/annotation/reading";
import {
  type FrameIndex,
  labelsFromMasks,
  type Mask,
  maskFromBitmap,
  writeIndexedPng,
} from "@masklet/vision";
import { Builder, checkedFrame, checkedSize } from "../builder.ts";
import { FormatError } from "../error.ts";
import { type InputFiles, type OutputFiles, writeFile } from "../files.ts";
import { type Format, HOLDS_LITTLE, type WriteOptions } from "../format.ts";
import {
  checkFrames,
  findSequences,
  importedMask,
  readLabelMap,
  type Sequence,
} from "../label-maps.ts";
import { stem } from "../names.ts";
import { checkpoint } from "../progress.ts";
import { maskFromShape } from "../shapes.ts";
import type { Source } from "../source.ts";

const FOLDER = "Annotations_6fps";

export const saVPng: Format = {
  name: "sa-v-png",
  holds: {
    ...HOLDS_LITTLE,
    onlyFrames: true,
    presence: "listed",
    emptyTracks: true,
    emptyVideos: false,
    videoFacts: ["annotated"],
    videoName: "file-name",
  },
  read,
  write,
};

async function* read(files: InputFiles): AsyncIterable<Document> {
  const names = await files.list();
  const objects = new Map<string, Map<number, Sequence>>();
  for (const sequence of findSequences(names, [FOLDER, "Annotations"])) {
    const [video] = sequence.pictures[0]!.file.split("/").slice(-3);
    const id = /^\d+$/.test(sequence.name) ? Number(sequence.name) : Number.NaN;
    if (Number.isNaN(id) || sequence.pictures[0]!.file.split("/").length < 3) {
      throw new FormatError(
        "malformed",
        { file: sequence.pictures[0]!.file },
        "pictures lie in <video>/<object>/, objects are numbers",
      );
    }
    const ofVideo = objects.get(video!) ?? new Map<number, Sequence>();
    if (ofVideo.has(id))
      throw new FormatError(
        "malformed",
        { file: sequence.pictures[0]!.file },
        `object ${id} of ${clipped(video!)} is there twice`,
      );
    objects.set(video!, ofVideo.set(id, sequence));
  }
  if (objects.size === 0)
    throw new FormatError(
      "missing",
      { file: files.name },
      `there are no masks such as ${FOLDER}/sav_000001/000/00000.png`,
    );
  const frames = findSequences(names, ["JPEGImages_24fps"], "jpg");
  for (const [video, tracks] of objects) {
    const last = frames.find(({ name }) => name === video)?.pictures.at(-1)?.frame ?? -1;
    yield await readVideo(files, video, tracks, last);
  }
}

async function readVideo(
  files: InputFiles,
  video: string,
  tracks: ReadonlyMap<number, Sequence>,
  last: number,
): Promise<Document> {
  let builder: Builder | null = null;
  const listed = new Set<FrameIndex>();
  const found = new Map<number, Map<FrameIndex, { mask: Mask; file: string }>>();
  for (const [id, sequence] of [...tracks].sort(([a], [b]) => a - b)) {
    checkFrames(sequence);
    found.set(id, new Map());
    for (const { frame, file } of sequence.pictures) {
      const { picture } = await readLabelMap(files, file);
      const size = checkedSize(picture.size.width, picture.size.height, { file });
      builder ??= new Builder(size);
      const mask = maskFromBitmap({ size, data: picture.data as Uint8Array });
      found.get(id)!.set(checkedFrame(frame, { file }), { mask, file });
      listed.add(frame);
    }
  }
  const annotated = [...listed].sort((a, b) => a - b);
  for (const [id, masks] of found) {
    const file = [...masks.values()][0]!.file;
    builder!.track(id, {}, { file });
    for (const frame of annotated) {
      const here = masks.get(frame);
      const seen = here !== undefined && here.mask.counts.length > 1;
      const state = seen
        ? importedMask(here.mask, "sa-v-png")
        : absent({ by: "imported", format: "sa-v-png", source: null });
      builder!.state(id, frame, state, { file: here?.file ?? file });
    }
  }
  return builder!.finish(
    { name: video, annotated, frameCount: Math.max(annotated.at(-1)!, last) + 1 },
    { file: video },
  );
}

async function write(
  sources: readonly Source[],
  files: OutputFiles,
  options: WriteOptions,
): Promise<void> {
  for (const { head, byFrame } of sources) {
    const { name, size, frameCount } = head.video;
    for await (const { frame, states } of byFrame("derived")) {
      for (const [id, state] of states) {
        const masks =
          state.presence === "visible" ? ([[1, maskFromShape(state.shape, size)]] as const) : [];
        const png = await writeIndexedPng(labelsFromMasks(masks, size));
        await writeFile(files, `${FOLDER}/${name}/${stem(id, 3)}/${stem(frame)}.png`, png);
      }
      checkpoint(options, frame + 1, frameCount);
    }
  }
  await writeFile(files, "sav_val.txt", sources.map(({ head }) => `${head.video.name}\n`).join(""));
}
