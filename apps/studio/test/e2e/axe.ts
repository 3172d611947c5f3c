// Accessibility: axe over every page, both themes, both languages, on the fake server. Exit 1 at a serious finding.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { startFake } from "../fake/server.ts";
import { openStudio } from "./browser.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const dist = join(import.meta.dirname, "../../dist");
const PAGES = [
  "/p/sample/v/clip",
  "/p/sample",
  "/p/sample/labels",
  "/p/sample/guidelines",
  "/p/sample/exports",
  "/settings",
  "/models",
];

interface Finding {
  readonly id: string;
  readonly impact: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

let serious = 0;
for (const theme of ["dark", "light"] as const) {
  for (const language of ["en", "ru"] as const) {
    const fake = await startFake({ port: 0, dist, sample: false, clickMs: 5, frameMs: 1 });
    const studio = await openStudio({
      url: fake.url,
      shots: "/tmp/axe",
      settings: { theme, language },
    });
    const { page } = studio;
    const check = async (place: string) => {
      await page.evaluate(axe);
      const found = (await page.evaluate(
        "axe.run(document, { resultTypes: ['violations'] }).then(r => r.violations)",
      )) as Finding[];
      for (const finding of found) {
        const grave = finding.impact === "serious" || finding.impact === "critical";
        if (grave) serious++;
        console.log(
          `${grave ? "SERIOUS" : finding.impact}  ${theme} ${language} ${place}: ${finding.id}, ${finding.help}`,
        );
        for (const node of finding.nodes.slice(0, 4))
          console.log(
            `    ${node.html.slice(0, 160)}\n      ${node.failureSummary.split("\n").slice(1, 3).join(" ")}`,
          );
      }
    };
    for (const path of PAGES) {
      await page.goto(fake.url + path);
      await page.waitForTimeout(path.includes("/v/") ? 1500 : 500);
      if (path.includes("/v/")) {
        await studio.until("view.shown !== null");
        await check(`${path} empty`);
        await studio.click(125, 180);
        await studio.until("session.document.tracks.size === 1 && view.asking === null");
        await page.keyboard.press("t");
        await studio.until("view.card?.kind === 'cut'");
        await check(`${path} at a cut`);
        await page.keyboard.press("Enter");
        await studio.until("view.jobs.length === 0 && view.doubts.length > 0");
        await page.keyboard.press("w");
        await page.waitForTimeout(300);
        await check(`${path} at a doubt`);
        await page.keyboard.press("Control+k");
        await page.waitForTimeout(300);
        await check(`${path} palette`);
        await page.keyboard.press("Escape");
        await page.keyboard.press("Shift+Slash");
        await page.waitForTimeout(300);
        await check(`${path} keys`);
        await page.keyboard.press("Escape");
        await page.evaluate("globalThis.masklet.perform('export')");
        await page.waitForTimeout(500);
        await check(`${path} export`);
        await page.keyboard.press("Escape");
      } else await check(path);
    }
    // The address of Home leads to the sample at a first start; its link does not.
    await page.locator(".logo").click();
    await page.waitForTimeout(500);
    await check("/");
    await page.locator(".project-row .ib").first().click();
    await page.waitForTimeout(300);
    await check("/ menu of a project");
    await page.keyboard.press("Escape");
    await page.locator(".top .chip").first().click();
    await page.waitForTimeout(300);
    await check("/ models");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+k");
    await page.waitForTimeout(300);
    await check("/ palette");
    await page.keyboard.press("Escape");
    for (const error of studio.errors) console.log("error of the page:", error);
    await studio.close();
    await fake.close();
  }
}
console.log(serious === 0 ? "axe found no serious violation." : `${serious} serious violations.`);
process.exitCode = serious === 0 ? 0 : 1;
