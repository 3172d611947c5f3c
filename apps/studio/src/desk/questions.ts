// Questions to the model about a frame: the same one is asked once, whether the pointer rests, presses or clicks.
import type { SegmentReply } from "@masklet/protocol";
import type { FrameIndex } from "@masklet/vision";
import { asked, type PromptSet } from "../edit/prompts.ts";
import { call } from "../link/call.ts";

/** A question under way or answered. */
export interface Question {
  readonly reply: Promise<SegmentReply>;
}

export interface Questions {
  /**
   * Asks what the prompts give on a frame, or hands out the same question if it was asked lately. The reply rejects as
   * `call` does, with an AbortError where the question was dropped.
   */
  ask(frame: FrameIndex, prompts: PromptSet, purpose: "click" | "preview"): Question;
  /** Nobody waits for it any more; one that a click waits for goes on. */
  drop(question: Question | null): void;
  /** Withdraws a click's own question. */
  withdraw(question: Question | null): void;
  close(): void;
}

/** Answered questions kept: the pointer that rested is the one that clicks. */
const KEPT_MAX = 4;

interface Asked extends Question {
  readonly stop: AbortController;
  purpose: "click" | "preview";
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

  function send(key: string, frame: FrameIndex, prompts: PromptSet, purpose: Asked["purpose"]) {
    const stop = new AbortController();
    const body = { ticket: ++ticket, client, purpose, frame, digest, ...asked(prompts) };
    const reply = call("POST /api/videos/:video/segment", {
      at: { video },
      signal: stop.signal,
      body,
    });
    const question: Asked = { reply, stop, purpose, open: true };
    kept.set(key, question);
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

  function end(question: Question | null, purposes: readonly Asked["purpose"][]): void {
    const known = [...kept.values()].find((one) => one === question);
    if (!known?.open || !purposes.includes(known.purpose)) return;
    forget(known);
    known.stop.abort();
  }

  return {
    ask(frame, prompts, purpose) {
      const key = JSON.stringify([facts.model(), frame, asked(prompts)]);
      const known = kept.get(key);
      if (!known) return send(key, frame, prompts, purpose);
      if (purpose === "click") known.purpose = purpose;
      return known;
    },
    drop: (question) => end(question, ["preview"]),
    withdraw: (question) => end(question, ["preview", "click"]),
    close() {
      for (const question of kept.values()) if (question.open) question.stop.abort();
      kept.clear();
    },
  };
}
