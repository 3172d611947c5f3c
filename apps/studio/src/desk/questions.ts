// Questions to the model about a frame: the same one is asked once, whether the pointer rests, presses or clicks.
//
// A preview is the model's first answer, there in a moment; a click's answer may take a second look.
import type { SegmentReply } from "@masklet/protocol";
import type { FrameIndex } from "@masklet/vision";
import { asked, type PromptSet } from "../edit/prompts.ts";
import { call } from "../link/call.ts";

type Purpose = "click" | "preview";

/** A question under way or answered. */
export interface Question {
  readonly reply: Promise<SegmentReply>;
}

export interface Questions {
  /**
   * Asks what the prompts give on a frame, or hands out the same question if it was asked lately. The reply rejects as
   * `call` does, with an AbortError where the question was dropped.
   */
  ask(frame: FrameIndex, prompts: PromptSet, purpose: Purpose): Question;
  /** Nobody waits for it any more. */
  drop(question: Question | null): void;
  close(): void;
}

/** Answered questions kept: the pointer that rested is the one that clicks. */
const KEPT_MAX = 4;

interface Asked extends Question {
  readonly ticket: number;
  readonly stop: AbortController;
  open: boolean;
}

export function createQuestions(facts: {
  readonly video: string;
  readonly digest: string;
  readonly client: string;
  /** The model that answers: another one's answers are other answers. */
  model(): string;
}): Questions {
  const { video, digest, client } = facts;
  const kept = new Map<string, Asked>();
  let ticket = 0;

  const keyOf = (frame: FrameIndex, prompts: PromptSet, purpose: Purpose) =>
    JSON.stringify([facts.model(), purpose, frame, asked(prompts)]);

  function send(frame: FrameIndex, prompts: PromptSet, purpose: Purpose) {
    const stop = new AbortController();
    // A click asks what its preview asks: with a ticket of its own it would overtake that preview, and have it refused.
    const before = purpose === "click" ? kept.get(keyOf(frame, prompts, "preview")) : undefined;
    const own = before?.open && before.ticket === ticket ? ticket : ++ticket;
    const body = { ticket: own, client, purpose, frame, digest, ...asked(prompts) };
    const reply = call("POST /api/videos/:video/segment", {
      at: { video },
      signal: stop.signal,
      body,
    });
    const question: Asked = { ticket: own, reply, stop, open: true };
    kept.set(keyOf(frame, prompts, purpose), question);
    for (const [oldest, old] of kept) {
      if (kept.size <= KEPT_MAX) break;
      if (!old.open) kept.delete(oldest);
    }
    reply.then(
      () => {
        question.open = false;
      },
      () => forget(question),
    );
    return question;
  }

  function forget(question: Question): void {
    for (const [key, one] of kept) if (one === question) kept.delete(key);
  }

  return {
    ask(frame, prompts, purpose) {
      return kept.get(keyOf(frame, prompts, purpose)) ?? send(frame, prompts, purpose);
    },
    drop(question) {
      const known = [...kept.values()].find((one) => one === question);
      if (!known?.open) return;
      forget(known);
      known.stop.abort();
    },
    close() {
      for (const question of kept.values()) if (question.open) question.stop.abort();
      kept.clear();
    },
  };
}
