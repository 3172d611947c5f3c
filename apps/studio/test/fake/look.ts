// Opens the studio on the fake server in Chromium, does a few things and keeps screenshots: `node look.ts OUT`.
import { join } from "node:path";
import { chromium } from "playwright-core";
import { startFake } from "./server.ts";

const out = process.argv[2] ?? "/tmp/studio";
const fake = await startFake({ port: 0, dist: join(import.meta.dirname, "../../dist") });
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
  ],
});
const page = await browser.newPage({ viewport: { width: 1366, height: 768 } });
page.on("console", (message) => {
  if (["error", "warning"].includes(message.type())) console.log(message.type(), message.text());
});
page.on("pageerror", (error) => console.log("pageerror", error.message, error.stack));
const shot = async (name: string) => {
  await page.screenshot({ path: `${out}-${name}.png` });
};
try {
  await page.goto(fake.url);
  await page.waitForSelector("[data-stage]", { timeout: 8000 });
  await page.waitForTimeout(1200);
  await shot("1-first");
  const stage = (await page.locator("[data-stage]").boundingBox())!;
  const scale = Math.min((stage.width - 16) / 640, (stage.height - 16) / 360);
  const at = (x: number, y: number) => ({
    x: stage.x + (stage.width - 640 * scale) / 2 + x * scale,
    y: stage.y + (stage.height - 360 * scale) / 2 + y * scale,
  });
  const p = at(125, 180);
  await page.mouse.move(p.x, p.y);
  await page.waitForTimeout(500);
  await shot("2-preview");
  await page.mouse.click(p.x, p.y);
  await page.waitForTimeout(600);
  await shot("3-clicked");
  await page.keyboard.press("t");
  await page.waitForTimeout(1500);
  await shot("4-tracking");
  await page.waitForTimeout(2500);
  await shot("5-cut");
} finally {
  await browser.close();
  await fake.close();
}
