// track.json: what was asked, which model answered, and what is known of each object on each frame.
import { area, tightBox } from "@masklet/vision";
import type { Prompt } from "./prompts.ts";
import type { Direction } from "./track.ts";
import type { FrameAnswer, ObjectAnswer, Policy } from "./tracker.ts";

export const TRACK_FORMAT = "masklet-track";
export const TRACK_VERSION = 1;

/** Everything in track.json but the rows. */
export interface TrackHeader {
  readonly model: { readonly name: string; readonly digest: string | null; readonly side: number };
  readonly policy: Policy;
  readonly direction: Direction;
  readonly video: {
    readonly name: string;
    readonly frames: number;
    readonly digest: string;
    readonly width: number;
    readonly height: number;
  };
  readonly prompts: readonly Prompt[];
  /** First frames of shots, where carrying stops unless asked otherwise. */
  readonly cuts: readonly number[];
  /** False where the work was interrupted: frames without a row are not finished. */
  readonly complete: boolean;
  readonly warnings: readonly string[];
}

/** What track.json says of one object on one frame. */
export interface TrackRow {
  readonly object: number;
  /** Pixels. */
  readonly area: number;
  /** Left, top, right, bottom; right and bottom are one past the last pixel. Null for an empty mask. */
  readonly box: readonly [number, number, number, number] | null;
  readonly predictedIou: number | null;
  readonly objectScore: number | null;
  readonly provenance: ObjectAnswer["provenance"];
}

/** The rows of one frame as text; kept instead of the masks, so that memory stays small. */
export function rowsText(answer: FrameAnswer): string {
  return JSON.stringify({ frame: answer.frame, objects: answer.objects.map(rowOf) });
}

function rowOf(answer: ObjectAnswer): TrackRow {
  const box = tightBox(answer.mask);
  return {
    object: answer.object,
    area: area(answer.mask),
    box: box === null ? null : [box.x, box.y, box.x + box.width, box.y + box.height],
    predictedIou: rounded(answer.predictedIou),
    objectScore: rounded(answer.objectScore),
    provenance: answer.provenance,
  };
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1e4) / 1e4;
}

/** The document piece by piece. `rows` holds the text of each finished frame under its number. */
export function* trackDocument(
  header: TrackHeader,
  rows: ReadonlyMap<number, string>,
): Generator<string> {
  const { prompts, ...rest } = header;
  const head = {
    format: TRACK_FORMAT,
    version: TRACK_VERSION,
    ...rest,
    objects: [...new Set(prompts.map((prompt) => prompt.object))].sort((a, b) => a - b),
    prompts: prompts.map(promptDocument),
  };
  yield `${JSON.stringify(head).slice(0, -1)},\n"frames":[`;
  let separator = "\n";
  for (const frame of [...rows.keys()].sort((a, b) => a - b)) {
    yield `${separator}${rows.get(frame)}`;
    separator = ",\n";
  }
  yield "\n]}\n";
}

/** A prompt as `--prompts` reads it. */
function promptDocument(prompt: Prompt): Record<string, unknown> {
  const { object, frame, clicks, box, maskFile } = prompt;
  return {
    object,
    frame,
    ...(clicks.length > 0 && {
      points: clicks.map(({ x, y, sign }) => [x, y, sign === "include" ? 1 : 0]),
    }),
    ...(box !== null && { box: [box.x0, box.y0, box.x1, box.y1] }),
    ...(maskFile !== null && { mask: maskFile }),
  };
}
