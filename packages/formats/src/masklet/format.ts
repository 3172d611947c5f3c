// masklet's own archive: everything, line by line. `masklet.json` lists the videos; each has a file of JSON lines.
import type { Document, State, TrackId } from "@masklet/annotation";
import {
  JSON_VERSION,
  type Json,
  labelFromJson,
  labelToJson,
  reviewFromJson,
  reviewToJson,
  stateFromJson,
  stateToJson,
  trackFromJson,
  trackToJson,
  videoFromJson,
  videoToJson,
} from "@masklet/annotation/json";
import { Value } from "@masklet/annotation/reading";
import { Builder } from "../builder.ts";
import { FormatError, inFile } from "../error.ts";
import {
  checkName,
  type InputFiles,
  type OutputFiles,
  readLines,
  readText,
  writeFile,
} from "../files.ts";
import { type Format, HOLDS_LITTLE, type WriteOptions } from "../format.ts";
import { JsonWriter } from "../json-writer.ts";
import { fileName, stem } from "../names.ts";
import { checkpoint } from "../progress.ts";
import type { Head, Source } from "../source.ts";

/** The file that makes a folder an archive. Its JSON Schema: docs/reference/formats/masklet.schema.json. */
export const MANIFEST = "masklet.json";

export const masklet: Format = {
  name: "masklet",
  holds: {
    ...HOLDS_LITTLE,
    shapes: {
      kinds: ["mask", "box", "rotated-box", "polygon"],
      holes: true,
      parts: true,
      digits: null,
    },
    presence: "three",
    keepsSpan: () => true,
    emptyTracks: true,
    occluded: true,
    score: true,
    keyFrames: "flag",
    stateAttributes: "typed",
    trackAttributes: "typed",
    label: "optional",
    labelFacts: ["parent", "colour", "key", "attributes"],
    trackFacts: ["name", "colour", "order", "exclusive", "partOf"],
    reviews: true,
    videoFacts: [
      "digest",
      "rate",
      "timestamps",
      "annotated",
      "pictures",
      "attributes",
      "frameCount",
    ],
    everything: true,
  },
  read,
  write,
};

async function* read(files: InputFiles): AsyncIterable<Document> {
  const manifest = new Value(parsed(MANIFEST, await readText(files, MANIFEST)));
  const listed = inFile(MANIFEST, () => {
    manifest.at("format").oneOf(["masklet-archive"]);
    const version = manifest.at("version").whole(1);
    if (version > JSON_VERSION) {
      manifest
        .at("version")
        .fail(`version ${version} is newer than ${JSON_VERSION}; update masklet to read it`);
    }
    return manifest
      .at("videos")
      .items()
      .map((video) => video.at("file").text());
  });
  if (new Set(listed).size < listed.length) {
    throw new FormatError(
      "malformed",
      { file: MANIFEST, place: "videos" },
      "a file is listed twice",
    );
  }
  for (const file of listed) {
    checkName(file, MANIFEST);
    yield await readVideo(files, file);
  }
}

function parsed(file: string, text: string, place = ""): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new FormatError("malformed", { file, place }, "it is not JSON; was it cut short?");
  }
}

async function readVideo(files: InputFiles, file: string): Promise<Document> {
  let builder: Builder | null = null;
  let video: Head["video"] | null = null;
  let ended: number | null = null;
  let states = 0;
  for await (const { line, text } of readLines(files, file)) {
    const place = `line ${line}`;
    const value = new Value(parsed(file, text, place), place);
    if (builder === null) {
      video = inFile(file, () => videoFromJson(value.at("video")));
      builder = new Builder(video.size);
      readHead(builder, value, file, place);
    } else if (ended !== null) {
      throw new FormatError("malformed", { file, place }, "something follows the end");
    } else if (!value.at("end").missing) {
      ended = inFile(file, () => value.at("end").whole());
    } else {
      const { track, frame, state } = inFile(file, () => ({
        track: value.at("track").whole(),
        frame: value.at("frame").whole(),
        state: stateFromJson(value),
      }));
      builder.state(track, frame, state, { file, place });
      states++;
    }
  }
  if (builder === null || video === null)
    throw new FormatError("malformed", { file }, "it is empty");
  if (ended !== states)
    throw new FormatError(
      "malformed",
      { file },
      "the last line is missing; the file was cut short",
    );
  return { ...builder.finish(video, { file }), video };
}

function readHead(builder: Builder, value: Value, file: string, place: string): void {
  inFile(file, () => {
    for (const label of value.at("labels").items()) {
      builder.label(label.at("id").whole(), labelFromJson(label), { file, place: label.place });
    }
    for (const track of value.at("tracks").items()) {
      const review = track.at("review").maybe(reviewFromJson);
      builder.track(track.at("id").whole(), trackFromJson(track), { file, place }, review);
    }
  });
}

async function write(
  sources: readonly Source[],
  files: OutputFiles,
  options: WriteOptions,
): Promise<void> {
  const videos = sources.map(({ head }, i) => ({
    name: head.video.name,
    file: `videos/${stem(i + 1, 4)}-${fileName(head.video.name)}.jsonl`,
  }));
  for (const [i, source] of sources.entries())
    await writeVideo(source, files, videos[i]!.file, options);
  const manifest = { format: "masklet-archive", version: JSON_VERSION, videos };
  await writeFile(files, MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`);
}

async function writeVideo(
  source: Source,
  files: OutputFiles,
  name: string,
  options: WriteOptions,
): Promise<void> {
  const out = new JsonWriter(await files.open(name));
  await out.text(`${JSON.stringify(headToJson(source.head))}\n`);
  let count = 0;
  let done = 0;
  for await (const { track, states } of source.byTrack("left-out")) {
    for await (const [frame, state] of states) {
      await out.text(`${stateLine(track, frame, state)}\n`);
      count++;
    }
    checkpoint(options, ++done, source.head.tracks.size);
  }
  await out.text(`${JSON.stringify({ end: count })}\n`);
  await out.end();
}

function stateLine(track: TrackId, frame: number, state: State): string {
  return JSON.stringify({ track, frame, ...(stateToJson(state) as object) });
}

function headToJson(head: Head): Json {
  const labels = [...head.labels].map(([id, label]) => ({ id, ...(labelToJson(label) as object) }));
  const tracks = [...head.tracks].map(([id, { info, review }]) => ({
    id,
    ...(trackToJson(info) as object),
    ...(review && { review: reviewToJson(review) }),
  }));
  return { video: videoToJson(head.video), labels, tracks } as unknown as Json;
}
