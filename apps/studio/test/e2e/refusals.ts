// What a person reads when something cannot be: bad videos, paths outside, malformed labels of every format.
// `node apps/studio/test/e2e/refusals.ts [SHOTS]`: fails where no clear sentence stands on the page, or something was half taken in.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sampleClip } from "../../../server/src/sample.ts";
import { badVideos } from "../../../server/test/bad-videos.ts";
import { openStudio } from "./browser.ts";
import { startServer } from "./real-server.ts";

const home = mkdtempSync(join(tmpdir(), "masklet-refusals-"));
/** What a reader may be given instead of labels; each format is tried with each. */
const BAD_LABELS: Readonly<Record<string, Uint8Array>> = {
  "cut.json": Buffer.from('{"annotations": [{"id": 1, '),
  "list.txt": Buffer.from("This is a shopping list.\n".repeat(50)),
  "broken.zip": Buffer.concat([Buffer.from("PK\x03\x04"), Buffer.alloc(300, 7)]),
  "empty.json": Buffer.alloc(0),
};
let failures = 0;

/** Clear sentences: they begin with a capital or with the name of the file, end, and name no place of ours and no code. */
function judge(what: string, said: string | null): void {
  const text = said?.trim() ?? "";
  const clear =
    /^([\p{Lu}/]|\w[\w.-]*\.\w+[ :]).{14,400}([.!?)]|--folder PATH)$/su.test(text) &&
    !/undefined|\[object|Error:|ENO|-whole|\/media\b|\bat .*:\d+:\d+/.test(text);
  if (!clear) failures++;
  console.log(`${clear ? "ok  " : "FAIL"}  ${what}: ${text || "nothing"}`);
}

const server = await startServer(home);
const studio = await openStudio({ url: server.url, shots: process.argv[2] ?? "/tmp/refusals" });
const { page } = studio;
const ask = async <T>(path: string) =>
  (await (await fetch(`${server.url}/api${path}`)).json()) as T;
try {
  const [project] = await ask<{ id: string }[]>("/projects");
  const videos = `/projects/${project!.id}/videos`;
  await page.goto(`${server.url}/p/${project!.id}`);
  await page.locator("tr.link").first().waitFor({ timeout: 120_000 });

  for (const [name, bytes] of Object.entries(badVideos(readFileSync(sampleClip)))) {
    const buffer = Buffer.from(bytes);
    await page.locator("input[type=file]").setInputFiles({ name, mimeType: "video/mp4", buffer });
    const row = page.locator("tr", { hasText: name }).locator(".err").first();
    await row.waitFor({ timeout: 60_000 }).catch(() => {});
    judge(name, await row.textContent({ timeout: 5000 }).catch(() => null));
  }
  await studio.shot("bad-videos");

  for (const path of [
    "/etc/passwd",
    "/etc",
    join(home, "../nothing-here.mp4"),
    join(home, "absent.mp4"),
  ]) {
    await page.locator("input.path").fill(path);
    await page.locator("input.path").press("Enter");
    const problem = page.locator(".drop .err");
    await problem.waitFor({ timeout: 20_000 }).catch(() => {});
    judge(`path ${path}`, await problem.textContent({ timeout: 5000 }).catch(() => null));
  }
  await studio.shot("bad-path");

  const [sample] = (await ask<{ id: string; state: string }[]>(videos)).filter(
    ({ state }) => state === "ready",
  );
  const before = await ask<{ revision: number }>(`/videos/${sample!.id}/document`);
  await page.locator("tr.link .ib").first().click();
  await page.getByRole("menuitem").first().click();
  const dialog = page.locator(".import-dialog");
  await dialog.locator("#import-format option").first().waitFor({ state: "attached" });
  const formats = await dialog
    .locator("#import-format option")
    .evaluateAll((all) => all.map((one) => (one as HTMLOptionElement).value));
  for (const format of formats) {
    for (const [name, bytes] of Object.entries(BAD_LABELS)) {
      await dialog.locator("#import-format").selectOption(format);
      const buffer = Buffer.from(bytes);
      await dialog
        .locator("#import-file")
        .setInputFiles({ name, mimeType: "application/octet-stream", buffer });
      await dialog.locator(".btn.primary").click();
      const said = dialog.locator(".err, .ok");
      await page.waitForTimeout(100);
      await said.waitFor({ timeout: 60_000 }).catch(() => {});
      const taken = await dialog.locator(".ok").isVisible();
      judge(
        `${format} from ${name}`,
        taken ? null : await said.textContent({ timeout: 5000 }).catch(() => null),
      );
      if (!taken) continue;
      // Nothing in it: the dialog has ended its work and is opened anew.
      await page.keyboard.press("Escape");
      await page.locator("tr.link .ib").first().click();
      await page.getByRole("menuitem").first().click();
    }
  }
  await studio.shot("bad-labels");
  const after = await ask<{ revision: number }>(`/videos/${sample!.id}/document`);
  if (after.revision !== before.revision) {
    failures++;
    console.log(
      `FAIL  a refused import changed the document: ${before.revision}, then ${after.revision}`,
    );
  }
  const unexpected = studio.errors.filter((error) => !/status of 4\d\d/.test(error));
  if (unexpected.length > 0) console.log("errors in the page:", unexpected);
} finally {
  await studio.close();
  await server.stop();
  rmSync(home, { recursive: true, force: true });
}
process.exitCode = failures > 0 ? 1 : 0;
