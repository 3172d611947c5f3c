// The stages of one click as performance measures: seen in the browser's timeline, read by the benchmark.
import type { SegmentReply } from "@masklet/protocol";

/** From the press to the first painted mask, and to the one that stays; both end when the frame is painted. */
export const CLICK_MEASURE = "masklet.click";
export const SETTLED_MEASURE = "masklet.click.settled";

/** When each stage of a click ended, in milliseconds of the page. */
export interface ClickStages {
  readonly asked: number;
  readonly answered: number;
  readonly edited: number;
}

export interface ClickTrace {
  /** A mask of this click has been handed to the stage. */
  shown(): void;
  /** The answer has become an edit. */
  settled(stages: ClickStages, server: SegmentReply["timing"]): void;
}

/** Begins the account of a click whose button went down at `pressed`. */
export function traceClick(pressed: number): ClickTrace {
  let first = true;
  const shown = () => {
    if (first) afterPainting(() => measure(CLICK_MEASURE, pressed, null));
    first = false;
  };
  return {
    shown,
    settled({ asked, answered, edited }, server) {
      shown();
      afterPainting(() => {
        const detail = {
          press: asked - pressed,
          question: answered - asked,
          edit: edited - answered,
          paint: performance.now() - edited,
          ...server,
        };
        measure(SETTLED_MEASURE, pressed, detail);
      });
    },
  };
}

/** The stage asks for its next drawing while it is told of a mask: this runs after it, in the same frame. */
function afterPainting(deed: () => void): void {
  requestAnimationFrame(() => setTimeout(deed, 0));
}

function measure(name: string, start: number, detail: object | null): void {
  performance.measure(name, { start, end: performance.now(), detail });
  // Observers have it; kept measures would pile up through a day of work.
  performance.clearMeasures(name);
}
