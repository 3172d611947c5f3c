// Opens the studio on the fake server in Chromium, walks through it and keeps screenshots: `node look.ts OUT`.
import { join } from "node:path";
import { chromium, type Page } from "playwright-core";
import { startFake } from "./server.ts";

const out = process.argv[2] ?? "/tmp/studio";
const only = process.argv[3];
const dist = join(import.meta.dirname, "../../dist");
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
  ],
});

async function open(settings: object, size = { width: 1366, height: 768 }, sample = true) {
  const fake = await startFake({ port: 0, dist, sample, frameMs: 4, clickMs: 30 });
  const context = await browser.newContext({ viewport: size });
  await context.addInitScript((json) => {
    if (!localStorage.getItem("masklet.settings")) localStorage.setItem("masklet.settings", json);
  }, JSON.stringify(settings));
  const page = await context.newPage();
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type()) && !message.text().includes("GL Driver"))
      console.log(message.type(), message.text());
  });
  page.on("pageerror", (error) => console.log("pageerror", error.message, error.stack));
  await page.goto(fake.url);
  await page.waitForSelector("[data-stage]", { timeout: 15000 });
  await page.waitForFunction("globalThis.masklet?.desk.view.getState().shown !== null", undefined, {
    timeout: 15000,
  });
  return {
    fake,
    page,
    close: async () => {
      await context.close();
      await fake.close();
    },
  };
}

async function place(page: Page, x: number, y: number) {
  const viewport = (await page.evaluate("globalThis.masklet.desk.view.getState().viewport")) as {
    x: number;
    y: number;
    scale: number;
  };
  const stage = (await page.locator("[data-stage]").boundingBox())!;
  return {
    x: stage.x + viewport.x + x * viewport.scale,
    y: stage.y + viewport.y + y * viewport.scale,
  };
}

async function click(
  page: Page,
  x: number,
  y: number,
  button: "left" | "right" = "left",
  keys: string[] = [],
) {
  const at = await place(page, x, y);
  for (const key of keys) await page.keyboard.down(key);
  await page.mouse.click(at.x, at.y, { button });
  for (const key of keys) await page.keyboard.up(key);
  await page.waitForTimeout(250);
}

const wait = (page: Page, expression: string) =>
  page.waitForFunction(expression, undefined, { timeout: 20000 });
const tracked = (page: Page) =>
  wait(page, "globalThis.masklet.desk.view.getState().jobs.length === 0");

const scenes: Record<string, () => Promise<void>> = {
  async work() {
    const { page, fake, close } = await open({ language: "en" });
    const shot = (name: string) => page.screenshot({ path: `${out}-${name}.png` });
    await shot("01-first");
    await click(page, 125, 180);
    await click(page, 520, 250, "left", ["Shift"]);
    await click(page, 320, 60, "left", ["Shift"]);
    await page.keyboard.press("Escape");
    await page.keyboard.press("t");
    await page.waitForTimeout(700);
    await shot("02-tracking");
    for (let i = 0; i < 3; i++) {
      await wait(page, "globalThis.masklet.desk.view.getState().card?.kind === 'cut'");
      if (i === 0) await shot("03-cut");
      await page.keyboard.press("Enter");
      await page.waitForTimeout(100);
    }
    await tracked(page);
    await page.waitForTimeout(600);
    await shot("04-tracked");
    await page.keyboard.press("w");
    await page.waitForTimeout(600);
    await shot("05-doubt");
    await page.keyboard.press("Shift+Digit1");
    const frame = (await page.evaluate("globalThis.masklet.desk.view.getState().frame")) as number;
    console.log("doubt at", frame);
    await page.evaluate("globalThis.masklet.desk.playback.go(100)");
    await page.waitForTimeout(200);
    await page.evaluate("globalThis.masklet.desk.objects.select(1)");
    await click(page, 290, 175);
    await page.waitForTimeout(400);
    await shot("06-corrected");
    await page.keyboard.press("w");
    await page.waitForTimeout(2500);
    await page.keyboard.press("Control+k");
    await page.keyboard.type("swap");
    await page.waitForTimeout(300);
    await shot("07-palette");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Shift+Slash");
    await page.waitForTimeout(300);
    await shot("08-keys");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Export" }).click();
    await page.waitForTimeout(600);
    await shot("09-export");
    await page.keyboard.press("Escape");
    fake.setAway(true);
    await page.keyboard.press("b");
    const from = await place(page, 200, 120);
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(from.x + 80, from.y + 40, { steps: 6 });
    await shot("10-brush");
    await page.mouse.up();
    await page.waitForTimeout(900);
    await shot("11-offline");
    fake.setAway(false);
    await page.waitForTimeout(3000);
    await shot("12-back");
    await close();
  },
  async ru() {
    const { page, close } = await open({ language: "ru", theme: "light" });
    const shot = (name: string) => page.screenshot({ path: `${out}-${name}.png` });
    await shot("20-ru-first");
    await click(page, 125, 180);
    await page.keyboard.press("g");
    const a = await place(page, 470, 120);
    const b = await place(page, 570, 260);
    await page.keyboard.press("n");
    await page.mouse.move(a.x, a.y);
    await page.mouse.down();
    await page.mouse.move(b.x, b.y, { steps: 5 });
    await page.mouse.up();
    await page.evaluate("globalThis.masklet.desk.playback.go(120)");
    await page.waitForTimeout(300);
    const c = await place(page, 300, 120);
    await page.mouse.move(c.x, c.y);
    await page.mouse.down();
    await page.mouse.move(c.x + 120, c.y + 160, { steps: 5 });
    await page.mouse.up();
    await page.waitForTimeout(300);
    await page.evaluate("globalThis.masklet.desk.playback.go(60)");
    await page.waitForTimeout(400);
    await shot("21-ru-box");
    await page.evaluate("globalThis.masklet.desk.objects.select(1)");
    await page.evaluate("globalThis.masklet.desk.playback.go(0)");
    await page.keyboard.press("t");
    await wait(page, "globalThis.masklet.desk.view.getState().card?.kind === 'cut'");
    await page.waitForTimeout(200);
    await shot("22-ru-cut");
    await page.keyboard.press("Enter");
    await tracked(page);
    await page.waitForTimeout(500);
    await shot("23-ru-tracked");
    await page.keyboard.press("Control+k");
    await page.keyboard.type("раз");
    await page.waitForTimeout(300);
    await shot("24-ru-palette");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Экспорт" }).click();
    await page.waitForTimeout(500);
    await shot("25-ru-export");
    await close();
  },
  async pages() {
    const { page, fake, close } = await open(
      { language: "en" },
      { width: 1366, height: 768 },
      false,
    );
    const shot = (name: string) => page.screenshot({ path: `${out}-${name}.png` });
    await page.goto(`${fake.url}/p/sample`);
    await page.waitForTimeout(700);
    await shot("30-project");
    await page.goto(`${fake.url}/p/sample/labels`);
    await page.waitForTimeout(500);
    await shot("31-labels");
    await page.goto(`${fake.url}/settings`);
    await page.waitForTimeout(500);
    await shot("32-settings");
    await page.goto(`${fake.url}/p/sample/exports`);
    await page.waitForTimeout(500);
    await shot("33-exports");
    await close();
  },
  async sizes() {
    for (const [name, size] of [
      ["40-1366x633", { width: 1366, height: 633 }],
      ["41-2560", { width: 2560, height: 1440 }],
      ["42-1024", { width: 1024, height: 600 }],
    ] as const) {
      const { page, close } = await open({ language: "en" }, size, false);
      await click(page, 125, 180);
      await page.keyboard.press("t");
      await wait(page, "globalThis.masklet.desk.view.getState().card?.kind === 'cut'");
      await page.waitForTimeout(300);
      await page.screenshot({ path: `${out}-${name}.png` });
      await close();
    }
  },
};

try {
  for (const [name, scene] of Object.entries(scenes)) if (!only || only === name) await scene();
} finally {
  await browser.close();
}
process.exit(0);
