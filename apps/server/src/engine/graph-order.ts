// Whose graph runs first: one runtime serves clicks, frames encoded ahead and tracking; a click waits for one run at most.
import type { Graphs } from "@masklet/engine";

/** Who asks, the most urgent first: a person's click, frames around the playhead and proposals, tracking. */
const RANKS = ["click", "ahead", "pass"] as const;
export type Rank = (typeof RANKS)[number];

/** The graphs as one asker has them. */
export interface Lane {
  /** Closing them is left to the owner of the graphs. */
  readonly graphs: Graphs;
  /** From now on, and for runs that wait already, at least as urgent as this. */
  raise(rank: Rank): void;
}

export interface GraphOrder {
  lane(rank: Rank): Lane;
  /**
   * While a deed of a rank is at work, no run of a lower rank is started: it would stand before the deed's next run.
   * What the deed waits for must be of its rank, raised if need be. Returns what the deed returns.
   */
  during<T>(rank: Rank, deed: () => Promise<T>): Promise<T>;
}

interface Waiting {
  readonly place: () => number;
  readonly start: () => Promise<void>;
}

/** Orders the runs of `graphs`: one at a time, by rank, then by arrival. */
export function orderGraphs(graphs: Pick<Graphs, "run">): GraphOrder {
  const waiting: Waiting[] = [];
  const deeds = RANKS.map(() => 0);
  let running = false;

  function next(): Waiting | undefined {
    const places = waiting.map(({ place }) => place());
    const best = Math.min(...places);
    const held = deeds.slice(0, best).some((count) => count > 0);
    return best === Number.POSITIVE_INFINITY || held
      ? undefined
      : waiting.splice(places.indexOf(best), 1)[0];
  }

  async function pump(): Promise<void> {
    if (running) return;
    running = true;
    for (let one = next(); one !== undefined; one = next()) await one.start();
    running = false;
  }

  return {
    lane(rank) {
      let place = RANKS.indexOf(rank);
      return {
        raise(higher) {
          place = Math.min(place, RANKS.indexOf(higher));
          void pump();
        },
        graphs: {
          run: (graph, inputs, wanted) =>
            new Promise((done, failed) => {
              const start = () => graphs.run(graph, inputs, wanted).then(done, failed);
              waiting.push({ place: () => place, start });
              void pump();
            }),
          close: async () => {},
        },
      };
    },
    async during(rank, deed) {
      const place = RANKS.indexOf(rank);
      deeds[place]!++;
      try {
        return await deed();
      } finally {
        deeds[place]!--;
        void pump();
      }
    },
  };
}
