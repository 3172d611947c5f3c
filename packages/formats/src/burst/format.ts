// BURST: a JSON file of sequences, for each annotated picture the run lengths of the objects in it.
import { absent, type Document, visible } from "@masklet/annotation";
import { clipped, type Value } from "@masklet/annotation/reading";
import { type FrameIndex, isEmpty, maskFromRleString, rleString } from "@masklet/vision";
import { Builder, checkedSize, readFrame, readFrameCount } from "../builder.ts";
import { FormatError, inFile } from "../error.ts";
import type { InputFiles, OutputFiles } from "../files.ts";
import { type Format, HOLDS_LITTLE, type WriteOptions } from "../format.ts";
import { readJsonParts } from "../json-parts.ts";
import { JsonWriter } from "../json-writer.ts";
import { framesOfPictures } from "../pictures.ts";
import { checkpoint } from "../progress.ts";
import { maskFromShape } from "../shapes.ts";
import { listedFrames, type Source } from "../source.ts";

const FILE = "annotations.json";
const IMPORTED = { by: "imported", format: "burst", source: null } as const;

export const burst: Format = {
  name: "burst",
  holds: {
    ...HOLDS_LITTLE,
    presence: "listed",
    emptyTracks: true,
    label: "required",
    labelScope: "dataset",
    videoFacts: ["annotated", "pictures", "frameCount"],
  },
  read,
  write,
};

async function* read(files: InputFiles): AsyncIterable<Document> {
  const names = (await files.list()).filter((name) => /\.json$/i.test(name));
  if (names.length === 0)
    throw new FormatError("missing", { file: files.name }, "there is no .json file");
  for (const file of names) {
    // Categories come after the sequences in BURST's own files.
    const sequences: Value[] = [];
    const labels = new Map<number, string>();
    for await (const { key, member, value } of readJsonParts(files, file, [
      "sequences",
      "categories",
    ])) {
      if (member === null) continue;
      if (key === "sequences") sequences.push(value);
      else if (key === "categories")
        inFile(file, () => labels.set(value.at("id").whole(), value.at("name").text()));
      else
        throw new FormatError(
          "malformed",
          { file },
          "a BURST file is an object with sequences, not a list",
        );
    }
    for (const sequence of sequences)
      yield inFile(file, () => documentOf(sequence, labels, file), sequence.place);
  }
}

function documentOf(value: Value, labels: ReadonlyMap<number, string>, file: string): Document {
  const width = value.at("width").whole(1);
  const size = checkedSize(width, value.at("height").whole(1), { file, place: value.place });
  const builder = new Builder(size);
  for (const [id, name] of labels) builder.label(id, { name }, { file });
  const categories = value.at("track_category_ids").entries();
  for (const [id, category] of categories) {
    const label = category.whole();
    if (
      !labels.has(label) &&
      ![...builder.tracks.values()].some(({ info }) => info.label === (label as never))
    ) {
      builder.label(label, { name: `category ${label}` }, { file, place: category.place });
    }
    builder.track(
      trackOf(id, category),
      { label: label as never },
      { file, place: category.place },
    );
  }
  const pictures = value
    .at("annotated_image_paths")
    .items()
    .map((one) => one.text());
  const frames = framesOf(value, pictures);
  const segmentations = value.at("segmentations").items();
  if (segmentations.length !== pictures.length) {
    value
      .at("segmentations")
      .fail(`${segmentations.length} entries for ${pictures.length} pictures`);
  }
  segmentations.forEach((segments, i) => {
    const here = new Map(segments.entries().map(([id, one]) => [trackOf(id, one), one]));
    for (const id of here.keys())
      if (!builder.hasTrack(id)) segments.fail(`object ${id} has no category`);
    for (const id of builder.tracks.keys()) {
      const one = here.get(id);
      const mask = one && maskFromRleString(one.at("rle").text(), size);
      const state =
        mask === undefined || isEmpty(mask)
          ? absent(IMPORTED)
          : visible({ kind: "mask", mask }, IMPORTED);
      builder.state(id, frames[i]!, state, { file, place: segments.place });
    }
  });
  const frameCount = value.at("frame_count").maybe(readFrameCount) ?? (frames.at(-1) ?? -1) + 1;
  return builder.finish(
    { name: value.at("seq_name").text(), annotated: frames, pictures, frameCount },
    { file, place: value.place },
  );
}

function trackOf(id: string, value: Value): number {
  return /^\d{1,15}$/.test(id)
    ? Number(id)
    : value.fail(`${JSON.stringify(clipped(id))} is no object number`);
}

/** Places among all pictures where they are listed, else numbers of the files. */
function framesOf(value: Value, pictures: readonly string[]): readonly FrameIndex[] {
  const said = value.at("frame_indices").maybe((list) => list.items().map(readFrame));
  if (said !== null)
    return said.length === pictures.length
      ? said
      : value.at("frame_indices").fail(`${said.length} frames for ${pictures.length} pictures`);
  const all = value
    .at("all_image_paths")
    .maybe((list) => new Map(list.items().map((one, i) => [one.text(), i as FrameIndex])));
  const places = all && pictures.map((name) => all.get(name));
  return places?.every((place) => place !== undefined)
    ? (places as FrameIndex[])
    : framesOfPictures(pictures);
}

async function write(
  sources: readonly Source[],
  files: OutputFiles,
  options: WriteOptions,
): Promise<void> {
  const out = new JsonWriter(await files.open(FILE));
  const declared = ["sequences.frame_indices", "sequences.frame_count"];
  const labels = [...(sources[0]?.head.labels ?? [])].map(([id, { name }]) => ({ id, name }));
  await out.text(
    `{"split":"val","masklet":${JSON.stringify({ version: 1, extra_keys: declared })},"categories":${JSON.stringify(labels)}`,
  );
  await out.open(',\n"sequences":');
  for (const [i, { head, byFrame }] of sources.entries()) {
    const { name, size, pictures, frameCount } = head.video;
    const categories = [...head.tracks].map(([id, { info }]) => [id, info.label]);
    const facts = {
      id: i + 1,
      dataset: "masklet",
      seq_name: name,
      width: size.width,
      height: size.height,
      annotated_image_paths: pictures,
      neg_category_ids: [],
      not_exhaustive_category_ids: [],
      track_category_ids: Object.fromEntries(categories),
      frame_indices: listedFrames(head.video),
      frame_count: frameCount,
    };
    await out.text(`${i === 0 ? "\n" : ",\n"}${JSON.stringify(facts).slice(0, -1)}`);
    await out.open(',"segmentations":');
    for await (const { frame, states } of byFrame("derived")) {
      const segments = [...states].flatMap(([id, state]) =>
        state.presence === "visible"
          ? [[id, { rle: rleString(maskFromShape(state.shape, size)) }] as const]
          : [],
      );
      await out.item(Object.fromEntries(segments));
      checkpoint(options, frame + 1, frameCount);
    }
    await out.close("}");
  }
  await out.close("}\n");
  await out.end();
}
