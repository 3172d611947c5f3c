// Fitting the heads of videos to a format: names, labels, object numbers, facts. What does not fit is reported.
import {
  type AttributeValues,
  type Label,
  type LabelId,
  labelId,
  same,
  type TrackId,
  type TrackInfo,
  trackId,
  trackInfo,
  type VideoInfo,
} from "@masklet/annotation";
import { freeNumbers } from "./builder.ts";
import { FormatError } from "./error.ts";
import type { Format, Holds } from "./format.ts";
import { fileName, sequenceName, stem, uniqueNames } from "./names.ts";
import type { LossReport, LossWhere } from "./report.ts";
import { frameListing, type Head, listedFrames, type TrackHead } from "./source.ts";

/** The label that objects without one get where a format demands it. */
export const INVENTED_LABEL = "object";

export interface FittedHead {
  readonly head: Head;
  /** The number in the file of each object of the source. */
  readonly numbers: ReadonlyMap<TrackId, TrackId>;
}

/** Fits the heads of all videos of a dataset together: they share file names and, in some formats, labels. */
export function fitHeads(heads: readonly Head[], format: Format, report: LossReport): FittedHead[] {
  const { holds } = format;
  const names = namesOf(heads, holds);
  const shared = holds.labelScope === "dataset" ? mergedLabels(heads, report) : heads;
  return shared.map((head, i) => {
    const video = names[i]!;
    if (video !== head.video.name)
      report.add("names-changed", { video: head.video.name, place: video });
    return fitHead(head, video, format, report);
  });
}

function namesOf(heads: readonly Head[], holds: Holds): string[] {
  const plain = heads.map(({ video }) => video.name);
  return uniqueNames(holds.videoName === "file-name" ? plain.map(sequenceName) : plain);
}

/** Gives objects without a label one, where the format demands it. */
export function withDemandedLabels(head: Head, holds: Holds, report: LossReport): Head {
  const { video, labels, tracks } = head;
  const without = [...tracks].filter(([, { info }]) => info.label === null);
  if (holds.label !== "required" || without.length === 0) return head;
  const known = [...labels].find(([, { name }]) => name === INVENTED_LABEL)?.[0];
  const id = known ?? labelId(freeNumbers(labels.keys())());
  const label: Label = {
    name: INVENTED_LABEL,
    parent: null,
    colour: null,
    key: null,
    attributes: [],
  };
  report.add(
    "labels-invented",
    { video: video.name, place: `object ${without[0]![0]}` },
    without.length,
  );
  return {
    video,
    labels: known === undefined ? new Map([...labels, [id, label]]) : labels,
    tracks: withInfo(tracks, (info) => ({ ...info, label: info.label ?? id })),
  };
}

function withInfo(
  tracks: Head["tracks"],
  change: (info: TrackInfo, id: TrackId) => TrackInfo,
): Head["tracks"] {
  return new Map(
    [...tracks].map(([id, head]): [TrackId, TrackHead] => [
      id,
      { ...head, info: change(head.info, id) },
    ]),
  );
}

/** One list of labels for all videos: equal ones are one; a number that another label has is changed. */
function mergedLabels(heads: readonly Head[], report: LossReport): Head[] {
  const all = new Map<LabelId, Label>();
  const maps = heads.map(({ video, labels }) => {
    const numbers = new Map<LabelId, LabelId>();
    for (const [id, label] of labels) {
      const equal = [...all].find(([, one]) => same(one, label))?.[0];
      const free = (): LabelId => labelId(freeNumbers(all.keys())());
      const number = same(all.get(id), label)
        ? id
        : heads.length > 1 && equal !== undefined && !labels.has(equal)
          ? equal
          : all.has(id)
            ? free()
            : id;
      if (number !== id)
        report.add("label-facts-dropped", {
          video: video.name,
          place: `label ${label.name}: number ${id} becomes ${number}`,
        });
      all.set(number, label);
      numbers.set(id, number);
    }
    return numbers;
  });
  return heads.map((head, i) => ({
    ...head,
    labels: all,
    tracks: withInfo(head.tracks, (info) => ({
      ...info,
      label: info.label === null ? null : (maps[i]!.get(info.label) ?? null),
    })),
  }));
}

function fitHead(head: Head, name: string, format: Format, report: LossReport): FittedHead {
  const { holds } = format;
  const video = fitVideo(head.video, name, format, report);
  const { labels, numbers: labelOf } = fitLabels(head, holds, report);
  const numbers = fitNumbers(head, holds, report);
  const tracks = new Map<TrackId, TrackHead>();
  for (const [id, { info, review }] of head.tracks) {
    const where = { video: head.video.name, place: `object ${id}`, object: id };
    if (review !== null && !holds.reviews) report.add("reviews-dropped", where);
    const label = info.label === null ? null : (labelOf.get(info.label) ?? null);
    if (info.label !== null && label === null) report.add("labels-dropped", where);
    const partOf = info.partOf === null ? null : (numbers.get(info.partOf) ?? null);
    const fitted = fitTrack({ ...info, label, partOf }, holds, report, where);
    tracks.set(numbers.get(id)!, { info: fitted, review: holds.reviews ? review : null });
  }
  return { head: { video, labels, tracks }, numbers };
}

function fitVideo(
  original: VideoInfo,
  name: string,
  format: Format,
  report: LossReport,
): VideoInfo {
  const { holds } = format;
  if (holds.everything) return { ...original, name };
  const held = new Set(holds.videoFacts);
  const video = format.listed ? { ...original, annotated: format.listed(original) } : original;
  const listed = frameListing(video);
  const all = listed.length === video.frameCount;
  const annotated = held.has("annotated") && !all ? video.annotated : null;
  const last = listed.at(listed.length - 1);
  const known = held.has("frameCount") || annotated === null || last === undefined;
  const fitted: VideoInfo = {
    name,
    size: video.size,
    frameCount: known ? video.frameCount : last + 1,
    digest: held.has("digest") ? video.digest : null,
    rate: held.has("rate") ? video.rate : null,
    timestamps: held.has("timestamps") ? video.timestamps : null,
    annotated,
    pictures: held.has("pictures")
      ? (video.pictures ?? inventedPictures(name, listedFrames(video)))
      : null,
    attributes: held.has("attributes") ? video.attributes : {},
  };
  const lost = (["digest", "rate", "timestamps", "attributes", "frameCount"] as const).filter(
    (fact) => !same(fitted[fact], video[fact]),
  );
  if (video.annotated !== null && !all && annotated === null)
    report.add("video-facts-dropped", {
      video: video.name,
      place: "the list of frames to be annotated",
    });
  if (video.pictures !== null && fitted.pictures === null)
    report.add("video-facts-dropped", { video: video.name, place: "names of pictures" });
  for (const fact of lost) report.add("video-facts-dropped", { video: video.name, place: fact });
  return fitted;
}

/** Names for the pictures of a video that is a file: `name/00000.jpg`, by frame number. */
export function inventedPictures(name: string, listed: readonly number[]): string[] {
  return listed.map((frame) => `${fileName(name)}/${stem(frame)}.jpg`);
}

function fitLabels(
  head: Head,
  holds: Holds,
  report: LossReport,
): { labels: Head["labels"]; numbers: ReadonlyMap<LabelId, LabelId> } {
  const { video, tracks } = head;
  const labels = new Map<LabelId, Label>();
  const numbers = new Map<LabelId, LabelId>();
  if (holds.label === "none") {
    report.add(
      "label-facts-dropped",
      { video: video.name, place: "the list of labels" },
      head.labels.size,
    );
    return { labels, numbers };
  }
  const used = new Set([...tracks.values()].map(({ info }) => info.label));
  const entries =
    holds.labelNumbers === "by-name"
      ? [...head.labels].filter(([id]) => used.has(id))
      : [...head.labels];
  const plain = entries.map(([, { name }]) => name);
  const names = holds.labelNumbers === "kept" ? plain : uniqueNames(plain);
  const ordered = entries.map(([id, label], i) => ({ id, label, name: names[i]! }));
  if (holds.labelNumbers === "by-name") ordered.sort((a, b) => (a.name < b.name ? -1 : 1));
  if (entries.length < head.labels.size) {
    report.add(
      "label-facts-dropped",
      { video: video.name, place: "labels without objects" },
      head.labels.size - entries.length,
    );
  }
  ordered.forEach(({ id, label, name }, i) => {
    const where = { video: video.name, place: `label ${label.name}` };
    const number = holds.labelNumbers === "kept" ? id : labelId(i + 1);
    const facts = fitLabel(label, holds);
    if (name !== label.name) report.add("names-changed", where);
    if (number !== id || !same(facts, label)) report.add("label-facts-dropped", where);
    labels.set(number, holds.everything ? label : { ...facts, name });
    numbers.set(id, number);
  });
  return { labels, numbers };
}

function fitLabel(label: Label, holds: Holds): Label {
  const held = new Set(holds.labelFacts);
  return {
    name: label.name,
    parent: held.has("parent") ? label.parent : null,
    colour: held.has("colour") ? label.colour : null,
    key: held.has("key") ? label.key : null,
    attributes: held.has("attributes") ? label.attributes : [],
  };
}

/** Numbers outside of the format's range get the smallest free one; all others stay. */
function fitNumbers(head: Head, holds: Holds, report: LossReport): ReadonlyMap<TrackId, TrackId> {
  const ids = [...head.tracks.keys()];
  if (holds.tracks === null) return new Map(ids.map((id) => [id, id]));
  const { from, to } = holds.tracks;
  if (ids.length > to - from + 1) {
    const [limit, count] = [to - from + 1, ids.length];
    throw new FormatError(
      "unwritable",
      { file: head.video.name },
      `the format holds ${limit} objects a video, this one has ${count}`,
    );
  }
  const fits = (id: number): boolean => id >= from && id <= to;
  const taken = new Set<number>(ids.filter(fits));
  const numbers = new Map<TrackId, TrackId>();
  let free = from;
  for (const id of [...ids].sort((a, b) => a - b)) {
    if (fits(id)) {
      numbers.set(id, id);
      continue;
    }
    while (taken.has(free)) free++;
    taken.add(free);
    numbers.set(id, trackId(free));
    report.add("identities-renumbered", { video: head.video.name, place: `${id} becomes ${free}` });
  }
  return numbers;
}

function fitTrack(info: TrackInfo, holds: Holds, report: LossReport, where: LossWhere): TrackInfo {
  if (holds.everything) return info;
  const held = new Set(holds.trackFacts);
  const usual = trackInfo();
  const fitted: TrackInfo = {
    label: info.label,
    name: held.has("name") ? info.name : usual.name,
    colour: held.has("colour") ? info.colour : usual.colour,
    order: held.has("order") ? info.order : usual.order,
    exclusive: held.has("exclusive") ? info.exclusive : usual.exclusive,
    partOf: held.has("partOf") ? info.partOf : usual.partOf,
    attributes: fitAttributes(info.attributes, holds.trackAttributes, report, where),
  };
  const lost = (["name", "colour", "order", "exclusive", "partOf"] as const).some(
    (fact) => fitted[fact] !== info[fact],
  );
  if (lost) report.add("track-facts-dropped", where);
  return fitted;
}

/** Values of attributes as they are, as text, or none. */
export function fitAttributes(
  values: AttributeValues,
  held: Holds["stateAttributes"],
  report: LossReport,
  where: LossWhere,
): AttributeValues {
  const names = Object.keys(values);
  if (names.length === 0 || held === "typed") return values;
  if (held === "none") {
    report.add("attributes-dropped", where, names.length);
    return {};
  }
  const others = names.filter((name) => typeof values[name] !== "string");
  report.add("attributes-as-text", where, others.length);
  return Object.fromEntries(names.map((name) => [name, String(values[name])]));
}
