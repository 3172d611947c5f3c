// The statistics that SA-V keeps of each masklet, computed while its masks are written.
import { area, type Mask } from "@masklet/vision";

/** Sizes are means over the frames where the object is visible; indices count annotated frames. */
export interface MaskletStatistics {
  readonly meanArea: number;
  readonly bucket: "small" | "medium" | "large";
  readonly visibilityChanges: number;
  readonly firstFrame: number;
}

const SMALL = 32 ** 2;
const MEDIUM = 96 ** 2;

/** Follows one masklet through the annotated frames. */
export class MaskletFollower {
  #index = 0;
  #first = -1;
  #changes = 0;
  #was = false;
  #sum = 0;
  #seen = 0;

  next(mask: Mask | null): void {
    const visible = mask !== null;
    if (visible && this.#first < 0) this.#first = this.#index;
    // Coming into view for the first time is no change.
    else if (this.#first >= 0 && visible !== this.#was) this.#changes++;
    if (visible) {
      this.#sum += area(mask);
      this.#seen++;
    }
    this.#was = visible;
    this.#index++;
  }

  /** `firstFrame` is −1 for an object that was never visible. */
  finish(): MaskletStatistics {
    const meanArea = this.#seen === 0 ? 0 : this.#sum / this.#seen;
    const bucket = meanArea < SMALL ? "small" : meanArea < MEDIUM ? "medium" : "large";
    return { meanArea, bucket, visibilityChanges: this.#changes, firstFrame: this.#first };
  }
}
