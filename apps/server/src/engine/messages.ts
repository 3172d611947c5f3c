// What the server and its engine process say to each other. Masks travel as compressed COCO RLE.
import type { Candidate, SegmentReply, WireBox, WireMask, WirePoint } from "@masklet/protocol";

/** A clip as the engine process opens it: the path of the file or folder, and the digest both must agree on. */
export interface ClipReference {
  readonly video: string;
  readonly path: string;
  readonly digest: string;
}

export interface SegmentOrder {
  readonly clip: ClipReference;
  readonly frame: number;
  /** A preview is answered at first sight; a click as well as the model can. */
  readonly purpose: "click" | "preview";
  readonly points: readonly WirePoint[];
  readonly box: WireBox | null;
  readonly mask: WireMask | null;
}

export interface WireAnchor {
  readonly object: number;
  readonly frame: number;
  readonly mask: WireMask;
}

/** One pass of a tracking job, in one direction; frames are visited from `first` to `last`, both included. */
export interface TrackOrder {
  readonly job: string;
  readonly clip: ClipReference;
  readonly anchors: readonly WireAnchor[];
  readonly direction: "forward" | "backward";
  readonly first: number;
  readonly last: number;
}

export type Call =
  | { readonly call: "use"; readonly model: string; readonly home: string }
  | { readonly call: "segment"; readonly order: SegmentOrder }
  | { readonly call: "propose"; readonly clip: ClipReference; readonly frame: number }
  | { readonly call: "warm"; readonly clip: ClipReference; readonly frames: readonly number[] }
  | { readonly call: "track"; readonly order: TrackOrder }
  | { readonly call: "stop"; readonly job: string }
  | { readonly call: "forget"; readonly video: string };

export type ToEngine = Call & { readonly id: number };

export interface WireTracked {
  readonly object: number;
  readonly mask: WireMask | null;
  readonly score: number;
}

export interface ModelAtWork {
  readonly name: string;
  readonly digest: string | null;
  readonly device: string;
}

/** What each call resolves to. */
export interface Answers {
  readonly use: ModelAtWork;
  readonly segment: Pick<SegmentReply, "candidates" | "timing">;
  readonly propose: readonly Candidate[];
  readonly warm: null;
  readonly track: null;
  readonly stop: null;
  readonly forget: null;
}

export type FromEngine =
  | { readonly kind: "answer"; readonly id: number; readonly value: Answers[keyof Answers] }
  | {
      readonly kind: "failure";
      readonly id: number;
      readonly code: string;
      readonly message: string;
    }
  | {
      readonly kind: "tracked";
      readonly job: string;
      readonly frame: number;
      readonly objects: readonly WireTracked[];
    }
  | { readonly kind: "encoded"; readonly video: string; readonly frames: readonly number[] };
