// Interrupts: the first one asks the work to stop, the second one stops it.

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

// In a terminal Ctrl-C reaches us twice: from the process group and, passed on, from the launcher.
const SAME_INTERRUPT_MS = 500;

export const INTERRUPTED = 130;

export interface Interrupt {
  readonly signal: AbortSignal;
  /** Stops listening, so that the process can end. */
  release(): void;
}

/** Listens for interrupts. `insisted` is called for a second one and does not return. */
export function listenForInterrupt(
  told: { readonly now: () => number; readonly insisted: () => void },
  source: Pick<NodeJS.Process, "on" | "off"> = process,
): Interrupt {
  const controller = new AbortController();
  let first: number | null = null;
  const heard = (): void => {
    if (first === null) {
      first = told.now();
      controller.abort();
    } else if (told.now() - first > SAME_INTERRUPT_MS) {
      told.insisted();
    }
  };
  for (const name of SIGNALS) source.on(name, heard);
  return {
    signal: controller.signal,
    release() {
      for (const name of SIGNALS) source.off(name, heard);
    },
  };
}
