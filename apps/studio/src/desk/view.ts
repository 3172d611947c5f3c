// What this window looks at and with what in hand: everything on screen that is not the document.
import type { LabelId, TrackId } from "@masklet/annotation";
import type { Candidate, Job, Models, Run } from "@masklet/protocol";
import type { FrameIndex, Mask } from "@masklet/vision";
import type { Doubt } from "../edit/doubts.ts";
import type { PromptSet } from "../edit/prompts.ts";
import type { ScreenPoint, Viewport } from "../stage/viewport.ts";

export type Tool = "select" | "click" | "box" | "brush" | "eraser" | "polygon" | "hand";

/** A span of frames, both ends included. */
export interface Span {
  readonly from: FrameIndex;
  readonly to: FrameIndex;
}

/** A question under way: its prompts are drawn at once, its mask when it arrives. */
export interface Asking {
  readonly track: TrackId;
  readonly isNew: boolean;
  readonly frame: FrameIndex;
  readonly prompts: PromptSet;
  readonly since: number;
}

export interface Candidates {
  readonly track: TrackId;
  readonly frame: FrameIndex;
  readonly prompts: PromptSet;
  readonly list: readonly { readonly mask: Mask; readonly score: number }[];
  readonly chosen: number;
  readonly model: string;
}

/** What a drawing tool has in progress, in edge coordinates of the picture. */
export type Drawing =
  | { readonly kind: "box"; readonly from: XY; readonly to: XY; readonly promptOnly: boolean }
  | {
      readonly kind: "polygon";
      readonly points: readonly XY[];
      readonly to: XY | null;
      readonly cuts: boolean;
    }
  | { readonly kind: "stroke"; readonly points: readonly XY[]; readonly erase: boolean };
export interface XY {
  readonly x: number;
  readonly y: number;
}

/** The one question or piece of news that concerns this frame, over the picture. */
export type Card =
  | { readonly kind: "cut"; readonly job: string; readonly frame: FrameIndex }
  | { readonly kind: "lost"; readonly track: TrackId; readonly frame: FrameIndex }
  | { readonly kind: "doubt" }
  | { readonly kind: "compare-offer"; readonly run: string; readonly difference: number }
  | { readonly kind: "need-include" }
  | { readonly kind: "nothing-found" }
  | { readonly kind: "conflict" }
  | { readonly kind: "pick"; readonly what: "join" | "swap" };

export interface Toast {
  readonly id: number;
  readonly tone: "plain" | "doubt" | "error";
  readonly title: string;
  readonly text: string | null;
  readonly action: { readonly label: string; readonly run: () => void } | null;
  readonly count: number;
}

/** The comparison of a run with what it replaced. */
export interface Comparison {
  readonly run: Run;
  /** How many doubts there were when the run began; null where this window did not start it. */
  readonly doubtsBefore: number | null;
  readonly pinned: number;
  readonly frames: ReadonlyMap<
    TrackId,
    ReadonlyMap<FrameIndex, { readonly before: Mask | null; readonly difference: number }>
  >;
  readonly show: "before" | "after" | "difference";
}

export interface View {
  /** The frame asked for, and the one whose picture is on screen. */
  readonly frame: FrameIndex;
  readonly shown: FrameIndex | null;
  readonly playing: boolean;
  readonly speed: number;
  readonly range: Span | null;
  readonly selected: TrackId | null;
  readonly tool: Tool;
  readonly hidden: ReadonlySet<TrackId>;
  readonly locked: ReadonlySet<TrackId>;
  readonly solo: TrackId | null;
  /** Opacity of fills, per cent: 0 13 26 36 60 100. */
  readonly fill: number;
  readonly masksShown: boolean;
  readonly pictureAlone: boolean;
  readonly allPrompts: boolean;
  readonly brightness: number;
  readonly contrast: number;
  readonly viewport: Viewport;
  readonly fitted: boolean;
  readonly hover: TrackId | null;
  readonly pointer: ScreenPoint | null;
  readonly excluding: boolean;
  readonly preview: {
    readonly mask: Mask;
    readonly frame: FrameIndex;
    readonly track: TrackId | null;
  } | null;
  readonly asking: Asking | null;
  readonly candidates: Candidates | null;
  /** The chip under the pointer shows its candidate on the stage. */
  readonly candidateHover: number | null;
  readonly proposals: {
    readonly frame: FrameIndex;
    readonly list: readonly { readonly mask: Mask; readonly candidate: Candidate }[];
  } | null;
  readonly proposing: boolean;
  readonly drawing: Drawing | null;
  readonly brush: number;
  readonly focusedPrompt: number | null;
  /** A cross moved by the arrow keys, image pixels (edge coordinates); null while the pointer leads. */
  readonly keyCursor: XY | null;
  readonly span: Span;
  readonly laneScroll: number;
  readonly filter: string;
  readonly laneOrder: LaneOrder;
  /** Lanes stand together by label, each label with a line that sums them up. */
  readonly laneGroups: boolean;
  /** Labels whose lanes are folded away; null stands for objects without one. */
  readonly foldedGroups: ReadonlySet<LabelId | null>;
  /** All lanes at once, as low as that takes. */
  readonly lanesFit: boolean;
  readonly card: Card | null;
  readonly toast: Toast | null;
  readonly jobs: readonly Job[];
  readonly runs: readonly Run[];
  readonly models: Models | null;
  readonly encoded: ReadonlySet<FrameIndex>;
  readonly doubts: readonly Doubt[];
  /** The doubt arrived at; kept whole, since a correction may take it off the list. */
  readonly doubtAt: {
    readonly doubt: Doubt;
    readonly track: TrackId;
    readonly frame: FrameIndex;
    readonly since: number;
  } | null;
  readonly comparison: Comparison | null;
  readonly holdBefore: boolean;
  readonly direction: "forward" | "backward" | "both";
  readonly frameProblem: string | null;
  /** First-run steps done, or null where they are over. */
  readonly steps: { readonly click: boolean; readonly track: boolean } | null;
  readonly inspectorFolded: boolean;
  readonly focusMode: boolean;
}

/** Whether a tracking job is under way, waits its turn or asks. */
export function isTracking({ jobs }: Pick<View, "jobs">): boolean {
  return jobs.some((job) => job.kind === "track");
}

/** What lanes are sorted by. */
export const LANE_ORDERS = ["number", "first", "doubt", "label"] as const;
export type LaneOrder = (typeof LANE_ORDERS)[number];

export const FILLS = [0, 13, 26, 36, 60, 100] as const;
