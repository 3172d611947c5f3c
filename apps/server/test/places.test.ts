// A home that is moved: paths inside it go with it, those elsewhere stay.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { createCatalogue } from "../src/store/catalogue.ts";
import { openDatabase } from "../src/store/database.ts";
import { placesOf } from "../src/store/places.ts";

const folder = mkdtempSync(join(tmpdir(), "masklet-places-"));
after(() => rmSync(folder, { recursive: true }));

test("paths inside a home are kept without it, those outside whole", () => {
  const { kept, found } = placesOf("/homes/ann");
  assert.equal(kept("/homes/ann/media/a.mp4"), "media/a.mp4");
  assert.equal(found("media/a.mp4"), "/homes/ann/media/a.mp4");
  for (const path of ["/homes/anna/a.mp4", "/clips/a.mp4", "/homes/a.mp4", ""]) {
    assert.equal(kept(path), path);
    assert.equal(found(kept(path)), path);
  }
});

async function catalogueAt(home: string) {
  const database = await openDatabase(join(home, "masklet.sqlite"), home);
  const catalogue = createCatalogue(database, { now: Date.now, places: placesOf(home) });
  return { catalogue, close: () => database.destroy() };
}

/** Makes the newest database one of the schema before paths were kept without the home. */
function ageDatabase(home: string): void {
  const database = new DatabaseSync(join(home, "masklet.sqlite"));
  database.exec("drop table activity_sums; drop table activity_frames; drop table looked");
  database.exec("alter table videos drop column doubts");
  database.exec("delete from schema_version where version > 2");
  database.prepare("update videos set source = ? where id = 'in'").run(join(home, "media/in.mp4"));
  database
    .prepare("insert into activity (batch, video, client, at, value, seconds) values (?,?,?,?,?,?)")
    .run(
      ...["b", "in", "a", "2026-01-02T00:00:00Z"],
      JSON.stringify([
        {
          ...{ kind: "active", at: "2026-01-02T00:00:00Z", object: 1, frame: 0 },
          ...{ seconds: 7, wait: 1 },
        },
      ]),
      7,
    );
  database.close();
}

test("a database of the schema before takes its home along when that is moved", async () => {
  const before = join(folder, "before");
  mkdirSync(join(before, "media"), { recursive: true });
  writeFileSync(join(before, "media/in.mp4"), "");
  const first = await catalogueAt(before);
  await first.catalogue.addProject("p", "Birds", { sample: false });
  const row = { project: "p", name: "clip", state: "ready", bytes: 0 } as const;
  await first.catalogue.addVideo({ ...row, id: "in", source: join(before, "media/in.mp4") });
  await first.catalogue.addVideo({ ...row, id: "out", source: "/clips/out.mp4" });
  await first.close();
  ageDatabase(before);

  const moved = join(folder, "moved");
  renameSync(before, moved);
  const { catalogue, close } = await catalogueAt(moved);
  assert.equal(await catalogue.source("in"), join(moved, "media/in.mp4"));
  assert.equal(await catalogue.source("out"), "/clips/out.mp4");
  assert.equal((await catalogue.video("in"))?.progress.activeSeconds, 7);
  await close();
});
