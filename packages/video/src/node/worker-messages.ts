// What the program and a process that works for it say to each other, whatever the work is.
import type { VideoErrorCode } from "../error.ts";

/** To the worker: a question, a remark without an answer, or word that an answer is not wanted any more. */
export type ToWorker<Question, Remark> =
  | { readonly kind: "ask"; readonly id: number; readonly question: Question }
  | { readonly kind: "tell"; readonly remark: Remark }
  | { readonly kind: "forget"; readonly id: number };

/** From the worker: an answer, a failure, or a sign that work goes on. */
export type FromWorker<Answer> =
  | { readonly kind: "answer"; readonly id: number; readonly answer: Answer }
  | {
      readonly kind: "failed";
      readonly id: number;
      readonly code: VideoErrorCode;
      readonly message: string;
    }
  | { readonly kind: "busy"; readonly done: number; readonly expected: number | null };

/** Exit status of a worker that ended itself because it needed too much memory. */
export const MEMORY_EXIT = 86;

/** Exit status of a worker that could not load its program: the FFmpeg binary is not installed. */
export const MISSING_EXIT = 87;
