// read(write(x)) = x up to the listed losses, for every format, on generated documents.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Document } from "@masklet/annotation";
import { same } from "@masklet/annotation";
import fc from "fast-check";
import { anyDocument } from "../../annotation/test/generated.ts";
import { FORMAT_NAMES } from "../src/format.ts";
import { SIDECAR } from "../src/sidecar.ts";
import { assertSame, fitted, formatOf, trip } from "./roundtrip.ts";

const BOUNDS = { tracksMax: 5, framesMax: 8 };
const RUNS = 24;

for (const name of FORMAT_NAMES) {
  const format = formatOf(name);
  const documents = (bounds: typeof BOUNDS) =>
    anyDocument(bounds).filter(({ tracks }) => format.holds.emptyVideos || tracks.size > 0);

  test(`${name}: what is written is what fits, and it comes back exactly`, async () => {
    await fc.assert(
      fc.asyncProperty(documents(BOUNDS), async (document) => {
        const [wanted] = await fitted([document], format);
        const { back } = await trip(name, [document]);
        assertSame(back[0], wanted!, name);
      }),
      { numRuns: RUNS },
    );
  });

  test(`${name}: a second trip loses nothing, and no loss is reported for it`, async () => {
    await fc.assert(
      fc.asyncProperty(documents(BOUNDS), async (document) => {
        const [first] = (await trip(name, [document])).back;
        const second = await trip(name, [first!]);
        assertSame(second.back[0], first!, name);
        assert.deepEqual(
          second.report.losses
            .filter(({ code }) => code !== "unknown-as-absent")
            .map(({ code }) => code),
          [],
        );
      }),
      { numRuns: RUNS / 2 },
    );
  });

  test(`${name}: with the sidecar, what is not lost for good comes back as it was`, async () => {
    await fc.assert(
      fc.asyncProperty(documents({ tracksMax: 2, framesMax: 5 }), async (document) => {
        const { files, back, report } = await trip(name, [document], { sidecar: true });
        if (format.holds.tracks === null) {
          // Without identity there is nothing that a sidecar could be joined to.
          assert.ok(!files.contents.has(SIDECAR));
          assert.ok(report.losses.every(({ keptAside }) => !keptAside));
          return;
        }
        // Examples that lose something for good are drawn anew, so that as many as are wanted are compared.
        fc.pre(report.losses.every(({ keptAside }) => keptAside));
        assertSame(back[0], document, name);
      }),
      { numRuns: RUNS },
    );
  });

  test(`${name}: where no loss is reported, nothing is lost`, async () => {
    await fc.assert(
      fc.asyncProperty(documents({ tracksMax: 2, framesMax: 3 }), async (document) => {
        const { back, report } = await trip(name, [document]);
        if (report.losses.length > 0) return;
        assert.ok(same(bare(back[0]!), bare(document)));
      }),
      { numRuns: RUNS },
    );
  });
}

function bare({ video, tracks, labels }: Document): unknown {
  const states = [...tracks].map(([id, { info, states: known }]) => {
    const facts = [...known].map(
      ([frame, state]) => [frame, { ...state, provenance: null }] as const,
    );
    return [id, { info, states: new Map(facts) }] as const;
  });
  return { name: video.name, count: video.frameCount, labels, states: new Map(states) };
}
