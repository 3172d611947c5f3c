// Models: which is at work, which can be fetched; fetching is a job, using one is remembered.
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { totalmem } from "node:os";
import { join } from "node:path";
import { embeddedModels, listModels, pullModel } from "@masklet/engine/node";
import type { Job, Model, ModelAction, Models } from "@masklet/protocol";
import type { Bench } from "../bench.ts";
import type { Handlers } from "../http/bind.ts";
import type { Runner, Work } from "../jobs/runner.ts";
import { Refusal } from "../problem.ts";
import { ENDED } from "../store/jobs.ts";

type Mine = "GET /api/models" | "POST /api/models/:model";

/** What people should know before they choose. Bytes are those of the released files. */
const RELEASED: Readonly<Record<string, { readonly summary: string; readonly megabytes: number }>> =
  {
    tiny: {
      summary: "The smallest of Meta's SAM 2: much surer than the embedded model.",
      megabytes: 156,
    },
    small: { summary: "A little surer than Tiny, a little slower.", megabytes: 184 },
    base_plus: { summary: "Surer on hard objects; slow without a GPU.", megabytes: 323 },
    large: { summary: "The surest; very slow without a GPU.", megabytes: 898 },
  };
const EMBEDDED_SUMMARY =
  "Our own small model: made for a first try without a network. Good for plain objects; SAM 2.1 is much surer.";

const MEGABYTE = 1024 * 1024;
/** Working memory beside the weights at the released input size: measured for tiny, rounded up. */
const WORKING_MEGABYTES = 2_500;
const EMBEDDED_MEMORY = 700 * MEGABYTE;

export interface ModelShelf {
  list(): Promise<Models>;
  /** Loads the model used last, or the embedded one. Does not wait for it. */
  start(): Promise<void>;
  use(name: string): Promise<void>;
  fetch(
    name: string,
    signal: AbortSignal,
    progress: (bytes: number, total: number) => void,
  ): Promise<void>;
  /** Tells every page what is at work now. */
  changed(): void;
  readonly bench: Bench;
}

export function createModels(bench: Bench): ModelShelf {
  const places = { home: bench.home.path, embedded: embeddedModels };

  async function active(): Promise<string> {
    const row = await bench.database
      .selectFrom("settings")
      .select("value")
      .where("name", "=", "model")
      .executeTakeFirst();
    const models = await listModels(places);
    const kept = models.find(({ name, path }) => name === row?.value && path !== null);
    return (kept ?? models.find(({ kind }) => kind === "embedded"))?.name ?? "";
  }

  async function list(): Promise<Models> {
    const jobs = await bench.jobs.list();
    const listed = await listModels(places);
    const models = await Promise.all(
      listed.map(async ({ name, kind, path }): Promise<Model> => {
        const size = name.replace(/^.*hiera_/, "");
        const facts = RELEASED[size];
        const job = jobs.findLast((one) => one.kind === "fetch-model" && one.subject === name);
        const partial = join(places.home, "models", `${name}.pt.part`);
        const bytes = path === null ? (facts?.megabytes ?? 0) * MEGABYTE : (await stat(path)).size;
        const memory =
          kind === "embedded" ? EMBEDDED_MEMORY : 2 * bytes + WORKING_MEGABYTES * MEGABYTE;
        return {
          name,
          summary: kind === "embedded" ? EMBEDDED_SUMMARY : (facts?.summary ?? ""),
          bytes,
          licence: "Apache-2.0",
          memory,
          state: stateOf({ kind, path, job, partial }),
          fetched: job?.done ?? (path === null ? 0 : bytes),
          tooLarge: memory > totalmem(),
        };
      }),
    );
    return {
      active: bench.engine.atWork()?.name ?? (await active()),
      device: bench.engine.atWork()?.device ?? "CPU",
      engine: bench.engine.state(),
      models,
    };
  }

  function changed(): void {
    list().then(
      (models) => bench.events.tell({ type: "models", models }),
      (error: unknown) => bench.log(`models: ${String(error)}`),
    );
  }

  async function use(name: string): Promise<void> {
    await bench.engine.use(name);
    await bench.database
      .insertInto("settings")
      .values({ name: "model", value: name })
      .onConflict((conflict) => conflict.column("name").doUpdateSet({ value: name }))
      .execute();
    changed();
  }

  return {
    bench,
    list,
    use,
    changed,
    start: async () => {
      const name = await active();
      if (name === "")
        return bench.log("There is no embedded model: clicks wait for a fetched one.");
      bench.engine.use(name).catch((error: Error) => bench.log(`${name}: ${error.message}`));
    },
    fetch: async (name, signal, progress) => {
      await pullModel(name, {
        home: places.home,
        signal,
        progress: (bytes, total) => progress(bytes, total ?? bytes),
      });
      changed();
    },
  };
}

function stateOf({
  kind,
  path,
  job,
  partial,
}: {
  readonly kind: "embedded" | "released";
  readonly path: string | null;
  readonly job: Job | undefined;
  readonly partial: string;
}): Model["state"] {
  if (kind === "embedded") return "embedded";
  if (path !== null) return "ready";
  if (job !== undefined && !ENDED.includes(job.state)) return "fetching";
  return existsSync(partial) ? "paused" : "available";
}

export function modelHandlers(shelf: ModelShelf, runner: Runner): Pick<Handlers, Mine> {
  const { jobs, newId } = shelf.bench;

  async function act(name: string, action: ModelAction["action"], known: Model): Promise<void> {
    const running = (await jobs.unfinished())
      .map(({ job }) => job)
      .find((job) => job.kind === "fetch-model" && job.subject === name);
    switch (action) {
      case "use":
        if (known.state !== "embedded" && known.state !== "ready") {
          throw new Refusal("model", `${name} is not on this machine yet: fetch it first.`);
        }
        if (known.tooLarge) {
          const gigabytes = (known.memory / 1024 ** 3).toFixed(1);
          throw new Refusal(
            "model",
            `Not enough memory for ${name}: it needs about ${gigabytes} GB.`,
          );
        }
        return shelf.use(name);
      case "pause":
        if (running !== undefined) await runner.cancel(running.id);
        return;
      case "fetch": {
        if (running !== undefined || known.state === "ready" || known.state === "embedded") return;
        const job = await jobs.add({
          id: newId(),
          kind: "fetch-model",
          project: null,
          video: null,
          subject: name,
          total: known.bytes,
          unit: "bytes",
          lanes: [],
          payload: null,
        });
        runner.wake(job);
      }
    }
  }

  return {
    "GET /api/models": () => shelf.list(),
    "POST /api/models/:model": async ({ path, body }) => {
      const known = (await shelf.list()).models.find(({ name }) => name === path.model);
      if (known === undefined) throw new Refusal("not-found", `There is no model ${path.model}.`);
      await act(path.model, body.action, known);
      shelf.changed();
      return shelf.list();
    },
  };
}

/** The work of a `fetch-model` job: goes on where an earlier one was stopped. */
export function fetchWork(shelf: ModelShelf): Work {
  return async (job, _payload, signal) => {
    const PAUSE_MS = 500;
    let told = 0;
    try {
      await shelf.fetch(job.subject, signal, (done, total) => {
        const now = performance.now();
        if (now - told < PAUSE_MS && done < total) return;
        told = now;
        shelf.bench.jobs.change(job.id, { done, total }).then(
          () => shelf.changed(),
          (error: unknown) => shelf.bench.log(`${job.subject}: ${String(error)}`),
        );
      });
      return "done";
    } catch (error) {
      if (signal.aborted) return "cancelled";
      throw error;
    }
  };
}
