// Handlers: documents, edits, prompts, tracking, activity.
import { documentToJson, revert, squash, trackId } from "@masklet/annotation";
import type { Candidate, Run, TransactionsReply, Video, WireMask } from "@masklet/protocol";
import { emptyMask, maskFromRleString, rleString } from "@masklet/vision";
import { agreement, anchorsOf, isHuman, maskOfShape } from "@masklet/workbench";
import { keepActivity, summariseActivity } from "../activity.ts";
import { type Bench, wireEntry } from "../bench.ts";
import type { Handlers } from "../http/bind.ts";
import type { Runner } from "../jobs/runner.ts";
import { newTrackJob, wireMask } from "../jobs/track.ts";
import { readTransaction } from "../labels.ts";
import { latestOnly } from "../latest.ts";
import { insideVideo, Refusal, sameFrames, wholeNumber } from "../problem.ts";
import type { Committed } from "../store/documents.ts";
import { readyVideo } from "./projects.ts";

type Mine =
  | "GET /api/videos/:video/document"
  | "POST /api/videos/:video/transactions"
  | "GET /api/videos/:video/log"
  | "POST /api/videos/:video/segment"
  | "POST /api/videos/:video/warm"
  | "POST /api/videos/:video/propose"
  | "POST /api/videos/:video/track"
  | "GET /api/videos/:video/runs"
  | "GET /api/videos/:video/runs/:run/comparison"
  | "POST /api/videos/:video/runs/:run/take-back"
  | "POST /api/videos/:video/activity"
  | "GET /api/videos/:video/activity";

/** Log entries in one reply at most. */
const ENTRIES_MAX = 1000;
/** Clients whose tickets are remembered, those that asked last. */
const CLIENTS_MAX = 1000;

export function editingHandlers(
  bench: Bench,
  options: { readonly runner: Runner; readonly user: string },
): Pick<Handlers, Mine> {
  const { documents, runs, engine } = bench;
  /** The newest ticket of each client: an older preview that still waits is answered as stale. */
  const tickets = new Map<string, number>();
  const previews = latestOnly();

  function takeTicket({
    client,
    ticket,
  }: {
    readonly client: string;
    readonly ticket: number;
  }): void {
    const newest = Math.max(ticket, tickets.get(client) ?? 0);
    tickets.delete(client);
    tickets.set(client, newest);
    if (tickets.size > CLIENTS_MAX) tickets.delete(tickets.keys().next().value!);
  }

  async function runOf(path: { readonly video: string; readonly run: string }): Promise<Run> {
    const kept = await runs.get(path.run);
    if (kept === null || kept.video !== path.video) {
      throw new Refusal("not-found", `There is no run ${path.run}.`);
    }
    return kept.run;
  }

  return {
    "GET /api/videos/:video/document": async ({ path }) => {
      const video = await readyVideo(bench, path.video);
      const { document, revision } = await documents.read(video.id);
      return { revision, digest: video.digest, document: documentToJson(document) };
    },
    "POST /api/videos/:video/transactions": async ({ path, body }) => {
      const video = await readyVideo(bench, path.video);
      sameFrames(video.digest, body.digest);
      const transactions = body.transactions.map((json, at) => {
        const read = readTransaction(json, (said) => `Transaction ${at}: ${said}`);
        return { ...read, author: options.user };
      });
      const { client } = body;
      return replyOf(await documents.commit(video.id, transactions, { client }));
    },
    "GET /api/videos/:video/log": async ({ path, query }) => {
      const video = await readyVideo(bench, path.video);
      const { revision } = await documents.read(video.id);
      const number = (name: string) =>
        query[name] === undefined ? null : wholeNumber(query[name], name);
      const last = number("last");
      const since = last === null ? (number("since") ?? 0) : Math.max(0, revision - last);
      const limit = Math.min(ENTRIES_MAX, number("limit") ?? ENTRIES_MAX);
      const entries = await documents.entries(video.id, since, limit);
      return { revision, entries: entries.map(wireEntry) };
    },
    "POST /api/videos/:video/segment": async ({ path, body }) => {
      const video = await readyVideo(bench, path.video);
      sameFrames(video.digest, body.digest);
      insideVideo(body.frame, video.frames);
      if (body.mask !== null) readMask(body.mask, video);
      const asked = bench.now();
      takeTicket(body);
      const include = body.points.some(({ sign }) => sign === "include") || body.box !== null;
      if (!include) {
        throw new Refusal(
          "bad-request",
          "A mask needs one point that includes. Click the object first.",
        );
      }
      const overtaken = () => (tickets.get(body.client) ?? 0) > body.ticket;
      const lost = () => Promise.reject(overtakenPreview());
      const clip = await clipOf(bench, video);
      const { frame, purpose, points, box, mask } = body;
      const order = { clip, frame, purpose, points, box, mask };
      const ask = () => engine.call({ call: "segment", order });
      // A pointer that moves asks more than the model answers: of its questions that wait only the newest counts.
      const answer =
        body.purpose === "preview"
          ? await previews.ask(body.client, () => (overtaken() ? lost() : ask()), overtakenPreview)
          : await ask();
      const { encode, decode } = answer.timing;
      const wait = Math.max(0, bench.now() - asked - encode - decode);
      return {
        ticket: body.ticket,
        candidates: answer.candidates.filter((candidate) => !isEmptyCandidate(candidate)),
        model: engine.atWork()?.name ?? "",
        timing: { wait, encode, decode },
      };
    },
    "POST /api/videos/:video/warm": async ({ path, body }) => {
      const video = await readyVideo(bench, path.video);
      sameFrames(video.digest, body.digest);
      for (const frame of body.frames) insideVideo(frame, video.frames);
      const clip = await clipOf(bench, video);
      // Nobody waits for the wish to come true; a dead engine is told by the models event.
      engine.call({ call: "warm", clip, frames: body.frames }).catch(() => {});
      return null;
    },
    "POST /api/videos/:video/propose": async ({ path, body }) => {
      const video = await readyVideo(bench, path.video);
      sameFrames(video.digest, body.digest);
      insideVideo(body.frame, video.frames);
      const clip = await clipOf(bench, video);
      const proposals = await engine.call({ call: "propose", clip, frame: body.frame });
      return { proposals: [...proposals], model: engine.atWork()?.name ?? "" };
    },
    "POST /api/videos/:video/track": async ({ path, body }) => {
      const video = await readyVideo(bench, path.video);
      const { payload, lanes, total } = await newTrackJob(bench, video, body, options.user);
      const run = bench.newId();
      const { document } = await documents.read(video.id);
      const anchors = anchorsOf(document, body.objects.map(trackId)).map(({ frame }) => frame);
      const begun = runs.beginning(video.id, {
        id: run,
        user: options.user,
        model: engine.atWork()?.name ?? "",
        direction: body.direction,
        objects: body.objects,
        anchors: [...new Set(anchors)].sort((a, b) => a - b),
        from: body.from,
        to: body.to,
        framesChanged: 0,
        seconds: 0,
        at: new Date(bench.now()).toISOString(),
        state: "running",
        largestDifference: null,
      });
      // Together or not at all: a run without its job would be at work for ever.
      const job = await bench.jobs.add(
        {
          id: bench.newId(),
          kind: "track",
          project: video.project,
          video: video.id,
          subject: run,
          total,
          unit: "masks",
          lanes,
          payload,
        },
        begun,
      );
      options.runner.wake(job);
      return job;
    },
    "GET /api/videos/:video/runs": async ({ path }) => [...(await runs.list(path.video))],
    "GET /api/videos/:video/runs/:run/comparison": async ({ path }) => {
      const video = await readyVideo(bench, path.video);
      await runOf(path);
      const entries = await documents.run(video.id, path.run);
      const { document } = await documents.read(video.id);
      const steps =
        entries.length === 0
          ? []
          : squash(
              entries.map(({ transaction }) => transaction),
              { id: "comparison" },
            ).steps;
      const frames = steps.flatMap((step) => {
        if (step.type !== "putState") return [];
        const { before, after, track: object, frame } = step;
        const shape = before?.presence === "visible" ? before.shape : null;
        const mask = after?.presence === "visible" ? after.shape : null;
        const size = document.video.size;
        const difference =
          before === null ? 0 : 1 - agreement(before, mask && maskOfShape(mask, size), size);
        const was = shape && wireMask(maskOfShape(shape, size));
        return [{ object, frame: frame as number, before: was, difference }];
      });
      let pinned = 0;
      for (const object of new Set(frames.map((frame) => frame.object))) {
        for (const state of document.tracks.get(object)?.states.values() ?? []) {
          if (isHuman(state)) pinned++;
        }
      }
      return { run: path.run, frames, pinned };
    },
    "POST /api/videos/:video/runs/:run/take-back": async ({ path, body }) => {
      const video = await readyVideo(bench, path.video);
      const run = await runOf(path);
      if (run.state === "running") {
        throw new Refusal("not-ready", `Run ${run.number} is still at work: stop it first.`);
      }
      const entries = await documents.run(video.id, path.run);
      const transactions = entries.map(({ transaction }) => ({
        ...transaction,
        steps: transaction.steps.filter(
          (step) =>
            step.type !== "putState" ||
            body.keep === null ||
            step.frame < body.keep.from ||
            step.frame > body.keep.to,
        ),
      }));
      const { document, revision } = await documents.read(video.id);
      const as = {
        id: bench.newId(),
        title: `Take back run ${run.number}`,
        author: options.user,
      };
      const { transaction } = revert(document, transactions, as);
      if (transaction === null) return { revision, accepted: [], refused: null };
      const result = await documents.commit(video.id, [transaction], { client: null });
      if (result.refused === null) {
        await runs.change(path.run, { state: body.keep === null ? "taken-back" : "part-kept" });
      }
      return replyOf(result);
    },
    "POST /api/videos/:video/activity": async ({ path, body }) => {
      const video = await readyVideo(bench, path.video);
      const at = new Date(bench.now()).toISOString();
      await keepActivity(bench.database, video.id, body, at);
      return summariseActivity(bench.database, video.id, at.slice(0, 10));
    },
    "GET /api/videos/:video/activity": async ({ path }) => {
      const video = await readyVideo(bench, path.video);
      const at = new Date(bench.now()).toISOString();
      return summariseActivity(bench.database, video.id, at.slice(0, 10));
    },
  };
}

function replyOf({ revision, accepted, refused }: Committed): TransactionsReply {
  return {
    revision,
    accepted: accepted.map(({ transaction, sequence, at }) => ({
      transaction: transaction.id,
      sequence,
      at,
    })),
    refused: refused && {
      transaction: refused.transaction,
      code: refused.refusal.code,
      step: refused.refusal.step,
      message: refused.refusal.message,
      by: {
        sequence: refused.by?.sequence ?? 0,
        author: refused.by?.transaction.author ?? null,
      },
    },
  };
}

function overtakenPreview(): Refusal {
  return new Refusal("stale", "A newer question overtook this preview.");
}

/** Refuses a mask that cannot be read or is not of the video's size, before the engine sees it. */
function readMask({ size: [height, width], counts }: WireMask, video: Video): void {
  if (height !== video.height || width !== video.width) {
    throw new Refusal(
      "bad-request",
      `The mask is ${width} × ${height} pixels and the video ${video.width} × ${video.height}.`,
    );
  }
  try {
    maskFromRleString(counts, { width, height });
  } catch (error) {
    throw new Refusal("bad-request", `The mask cannot be read: ${(error as Error).message}`);
  }
}

/** A mask of no pixel is a polite way of saying that nothing was found. */
function isEmptyCandidate({ mask }: Candidate): boolean {
  const [height, width] = mask.size;
  return mask.counts === rleString(emptyMask({ width, height }));
}

async function clipOf(bench: Bench, video: { readonly id: string; readonly digest: string }) {
  const path = (await bench.catalogue.source(video.id)) ?? "";
  return { video: video.id, path, digest: video.digest };
}
