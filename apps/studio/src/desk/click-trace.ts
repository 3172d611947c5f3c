// The stages of one click as performance measures: seen in the browser's timeline, read by the benchmark.
import type { SegmentReply } from "@masklet/protocol";

/** When each stage of a click ended, in milliseconds of the page. */
export interface ClickStages {
  readonly pressed: number;
  readonly asked: number;
  readonly answered: number;
  readonly edited: number;
}

export const CLICK_MEASURE = "masklet.click";

/**
 * Call right after the edit: measures `masklet.click` from the press to the painted mask once the next frame is drawn,
 * its detail holding the parts: before the question, the question with the server's own account, the edit, the painting.
 */
export function measureClick(stages: ClickStages, server: SegmentReply["timing"]): void {
  // The stage asked for its next drawing while the edit was made: this runs after it, in the same frame.
  requestAnimationFrame(() => {
    setTimeout(() => {
      const { pressed, asked, answered, edited } = stages;
      const painted = performance.now();
      const detail = {
        press: asked - pressed,
        question: answered - asked,
        server,
        edit: edited - answered,
        paint: painted - edited,
      };
      performance.measure(CLICK_MEASURE, { start: pressed, end: painted, detail });
      // Observers have it; kept measures would pile up through a day of work.
      performance.clearMeasures(CLICK_MEASURE);
    }, 0);
  });
}
