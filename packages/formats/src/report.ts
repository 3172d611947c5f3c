// The loss report: what a conversion could not carry, counted, with examples, as text and JSON.

/** Closed set; a code is never renamed. The sentence says what `count` counts. */
export const LOSSES = {
  "overlaps-flattened": "pixels of objects lie under another object and are not written",
  "holes-filled": "holes of polygons are filled",
  "parts-dropped": "parts of objects beyond the first are not written",
  "parts-bridged":
    "shapes of several parts or with holes are written as one outline, joined by lines without width",
  "shapes-converted": "shapes are written as another kind",
  "shapes-reduced-to-boxes": "shapes are written as the boxes around them",
  "shapes-vanished": "shapes have no pixel left and are not written",
  "coordinates-rounded": "shapes have coordinates with more digits than the format keeps",
  "identities-renumbered": "objects get another number",
  "identities-dropped": "objects lose their identity: each shape stands alone",
  "empty-videos-dropped":
    "videos without objects, or without frames to be annotated, are not written",
  "empty-objects-dropped": "objects that are visible nowhere are not written",
  "in-betweens-baked": "in-betweens between key frames are written as if measured",
  "key-frames-dropped": "states change whether they are key frames or pinned, or what follows them",
  "absence-dropped": '"not in view" becomes "unknown"',
  "unknown-as-absent": '"unknown" becomes "not in view"',
  "occlusion-dropped": "occluded flags are not written",
  "scores-dropped": "scores are not written",
  "prompts-dropped": "prompts are not written",
  "provenance-dropped": "states lose who or what made them",
  "attributes-dropped": "attribute values have no place",
  "attributes-as-text": "attribute values that are numbers or flags are written as text",
  "labels-dropped": "objects lose their label",
  "label-facts-dropped": "labels lose colour, key, parent, number or attribute definitions",
  "labels-invented": "objects without a label get one, since the format demands it",
  "track-facts-dropped": "objects lose name, colour, order, group or part-of",
  "reviews-dropped": "reviews are not written",
  "video-facts-dropped": "facts of the video are not written",
  "names-changed": "names are changed to fit the format",
  "frames-skipped": "states lie on frames that the format does not list",
  "not-understood": "parts of the input have no place in masklet and are left out",
} as const;

export type LossCode = keyof typeof LOSSES;

export interface Loss {
  readonly code: LossCode;
  readonly video: string;
  /** How many; what is counted stands in LOSSES. */
  readonly count: number;
  /** The first few places. */
  readonly examples: readonly string[];
  /** Whether the sidecar keeps it, so that masklet reads it back. */
  readonly keptAside: boolean;
}

/** Where a loss is, in a video's own numbers; null where no one frame or object stands for it. */
export interface LossPlace {
  readonly frame: number | null;
  readonly object: number | null;
}

/** Where something is lost: the video, words for people, numbers for programs. */
export interface LossWhere extends Partial<LossPlace> {
  readonly video: string;
  readonly place?: string;
}

const EXAMPLES_MAX = 5;
/** Places kept of one loss of one video: enough to walk through. */
const PLACES_MAX = 200;

/** Losses that the sidecar holds when it is written. */
const ASIDE: ReadonlySet<LossCode> = new Set<LossCode>([
  "identities-renumbered",
  "in-betweens-baked",
  "key-frames-dropped",
  "unknown-as-absent",
  "absence-dropped",
  "occlusion-dropped",
  "scores-dropped",
  "prompts-dropped",
  "provenance-dropped",
  "attributes-dropped",
  "attributes-as-text",
  "labels-dropped",
  "label-facts-dropped",
  "labels-invented",
  "track-facts-dropped",
  "reviews-dropped",
  "video-facts-dropped",
  "names-changed",
]);

/** Passed to every reader and writer; gathers, never prints. */
export class LossReport {
  readonly #found = new Map<
    string,
    { code: LossCode; video: string; count: number; examples: string[] }
  >();
  readonly #places = new Map<string, LossPlace[]>();
  /** Set by the writer of the sidecar. */
  sidecar = false;

  add(code: LossCode, where: LossWhere, count = 1): void {
    if (count === 0) return;
    const key = `${code} ${where.video}`;
    let entry = this.#found.get(key);
    if (entry === undefined) {
      entry = { code, video: where.video, count: 0, examples: [] };
      this.#found.set(key, entry);
    }
    entry.count += count;
    if (where.place !== undefined && entry.examples.length < EXAMPLES_MAX)
      entry.examples.push(where.place);
    this.#addPlace(key, where);
  }

  #addPlace(key: string, { frame = null, object = null }: LossWhere): void {
    if (frame === null && object === null) return;
    const places = this.#places.get(key) ?? [];
    this.#places.set(key, places);
    const last = places.at(-1);
    const again = last !== undefined && last.frame === frame && last.object === object;
    if (!again && places.length < PLACES_MAX) places.push({ frame, object });
  }

  /** Where in a video something is lost, in the order of the walk, the first `PLACES_MAX`. */
  places({ code, video }: Pick<Loss, "code" | "video">): readonly LossPlace[] {
    return this.#places.get(`${code} ${video}`) ?? [];
  }

  get losses(): readonly Loss[] {
    return [...this.#found.values()].map((entry) => ({
      ...entry,
      keptAside: this.sidecar && ASIDE.has(entry.code),
    }));
  }

  /** One line a loss, those of many videos together; "Nothing is lost." where there is none. */
  toText(): string {
    const byCode = Map.groupBy(this.losses, ({ code }) => code);
    const lines = [...byCode.values()].flatMap((losses) =>
      losses.length <= NAMED_VIDEOS_MAX ? losses.map(lineOf) : [lineOf(summed(losses))],
    );
    return lines.length > 0 ? `${lines.join("\n")}\n` : "Nothing is lost.\n";
  }

  toJSON(): { readonly version: 1; readonly losses: readonly Loss[] } {
    return { version: 1, losses: this.losses };
  }
}

/** The same loss of more videos than this is one line. */
const NAMED_VIDEOS_MAX = 3;

function summed(losses: readonly Loss[]): Loss {
  const [first] = losses as readonly [Loss, ...Loss[]];
  const count = losses.reduce((sum, loss) => sum + loss.count, 0);
  const named = losses.slice(0, NAMED_VIDEOS_MAX).map(({ video }) => video);
  return { ...first, video: `${losses.length} videos`, count, examples: named };
}

function lineOf({ code, video, count, examples, keptAside }: Loss): string {
  const more = count > examples.length ? "; …" : "";
  const places = examples.length > 0 ? ` (${examples.join("; ")}${more})` : "";
  return `${video}: ${count} ${LOSSES[code]}${places}${keptAside ? "; kept in the sidecar" : ""}.`;
}
