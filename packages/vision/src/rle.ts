// COCO's compressed run lengths: the string form, both ways.
import { VisionError } from "./error.ts";
import { type Mask, maskFromCounts } from "./mask.ts";
import type { Size } from "./space.ts";

/** Five payload bits a character, least significant first, bit 5 says that more follow. */
const PAYLOAD = 31;
const SIGN = 16;
const MORE = 32;
/** The character of zero; the alphabet is ASCII 48 … 111 and contains a backslash. */
const ZERO = 48;
/** Seven characters hold 35 bits, enough for any difference of runs in MASK_PIXELS_MAX pixels. */
const CHARACTERS_PER_RUN_MAX = 7;

/** The mask as COCO's string (`rleToString` of `maskApi.c`): from run 3 on, differences to the run before the last. */
export function rleString(mask: Mask): string {
  const { counts } = mask;
  const bytes = new Uint8Array(counts.length * CHARACTERS_PER_RUN_MAX);
  let length = 0;
  for (let i = 0; i < counts.length; i++) {
    // The test is i > 2, not i ≥ 2: the format stores run 2 plain.
    let rest = i > 2 ? counts[i]! - counts[i - 2]! : counts[i]!;
    for (;;) {
      const payload = rest & PAYLOAD;
      rest >>= 5;
      const done = (payload & SIGN) === 0 ? rest === 0 : rest === -1;
      bytes[length++] = ZERO + (done ? payload : payload | MORE);
      if (done) break;
    }
  }
  return new TextDecoder().decode(bytes.subarray(0, length));
}

/**
 * Reads COCO's string (`rleFrString` of `maskApi.c`). Time and memory are linear in the string.
 * Throws VisionError `rle-invalid`, naming the place, for a character outside the alphabet, a string
 * cut short, a negative or oversized run, or runs that do not sum to width × height.
 */
export function maskFromRleString(text: string, size: Size): Mask {
  const counts: number[] = [];
  let at = 0;
  while (at < text.length) {
    const first = at;
    let run = 0;
    let payload = MORE;
    for (let shift = 0; (payload & MORE) !== 0; shift += 5, at++) {
      if (at >= text.length) throw invalid(at, "the string ends inside a run; it was cut short");
      if (shift >= 5 * CHARACTERS_PER_RUN_MAX)
        throw invalid(first, "a run is too long for any frame");
      payload = text.charCodeAt(at) - ZERO;
      if (payload < 0 || payload > (MORE | PAYLOAD)) {
        throw invalid(at, `${JSON.stringify(text[at])} is not in the alphabet '0' … 'o'`);
      }
      // Multiplied, not shifted: 35 bits do not fit an int32.
      run += (payload & PAYLOAD) * 2 ** shift;
      if ((payload & (MORE | SIGN)) === SIGN) run -= 2 ** (shift + 5);
    }
    if (counts.length > 2) run += counts[counts.length - 2]!;
    if (run < 0) throw invalid(first, `run ${counts.length} is negative (${run})`);
    counts.push(run);
  }
  return maskFromCounts(counts, size);
}

function invalid(at: number, cause: string): VisionError {
  return new VisionError("rle-invalid", `Run-length string, character ${at}: ${cause}.`);
}
