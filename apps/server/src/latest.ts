// One question at a time for each asker; of those that wait only the newest stays.

export interface LatestOnly {
  /**
   * Asks as soon as the asker's question before is answered. Throws what `overtaken` makes where a newer question of
   * the same asker came while this one waited.
   */
  ask<T>(asker: string, question: () => Promise<T>, overtaken: () => Error): Promise<T>;
}

/** Makes one; an asker is remembered as long as it has a question. */
export function latestOnly(): LatestOnly {
  /** Askers with a question at work, and the one that waits behind it. */
  const busy = new Map<string, { answer: (isTurn: boolean) => void } | null>();
  return {
    async ask(asker, question, overtaken) {
      if (busy.has(asker)) {
        busy.get(asker)?.answer(false);
        const isTurn = await new Promise<boolean>((answer) => busy.set(asker, { answer }));
        if (!isTurn) throw overtaken();
      }
      busy.set(asker, null);
      try {
        return await question();
      } finally {
        const waiting = busy.get(asker) ?? null;
        if (waiting === null) busy.delete(asker);
        else waiting.answer(true);
      }
    },
  };
}
