// A real Chromium on the studio: opening it, and what a hand does in it.
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The browser to drive: MASKLET_CHROMIUM, or the system's; null where there is none. */
export function chromiumPath(): string | null {
  const wanted = process.env.MASKLET_CHROMIUM;
  return wanted ?? PLACES.find((path) => existsSync(path)) ?? null;
}

export interface Studio {
  readonly page: Page;
  /** Errors of the page and of its console, as they came. */
  readonly errors: string[];
  shot(name: string): Promise<void>;
  /** A place of the picture (pixel indices) on the screen. */
  at(x: number, y: number): Promise<{ x: number; y: number }>;
  click(x: number, y: number, how?: { button?: "left" | "right"; keys?: string[] }): Promise<void>;
  drag(from: readonly [number, number], to: readonly [number, number]): Promise<void>;
  /** A value read in the page from the desk: `see("view.frame")`, `see("session.document.tracks.size")`. */
  see<T>(expression: string): Promise<T>;
  until(expression: string, ms?: number): Promise<void>;
  close(): Promise<void>;
}

const SCOPE =
  "const desk = globalThis.masklet.desk, view = desk.view.getState(), session = desk.session.state.getState();";

/** Opens an address in a fresh context. `settings` are those of the studio on this machine. */
export async function openStudio(options: {
  readonly url: string;
  readonly shots: string;
  readonly settings?: object;
  readonly size?: { readonly width: number; readonly height: number };
}): Promise<Studio> {
  const executablePath = chromiumPath();
  if (executablePath === null)
    throw new Error("No Chromium here: install it, or set MASKLET_CHROMIUM.");
  mkdirSync(options.shots, { recursive: true });
  const browser = await chromium.launch({
    executablePath,
    // As on a machine without a graphics card: the page is drawn by the processor.
    args: ["--no-sandbox", "--disable-gpu"],
  });
  const context: BrowserContext = await browser.newContext({
    viewport: options.size ?? { width: 1366, height: 768 },
    acceptDownloads: true,
  });
  await context.addInitScript(
    (json) => {
      if (!localStorage.getItem("masklet.settings")) localStorage.setItem("masklet.settings", json);
    },
    JSON.stringify({ language: "en", ...options.settings }),
  );
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(`${error.message}\n${error.stack ?? ""}`));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  await page.goto(options.url);

  const at = async (x: number, y: number) => {
    const [viewport, box] = await Promise.all([
      page.evaluate(`(() => { ${SCOPE} return view.viewport; })()`) as Promise<{
        x: number;
        y: number;
        scale: number;
      }>,
      page.locator("[data-stage]").boundingBox(),
    ]);
    return {
      x: (box?.x ?? 0) + viewport.x + (x + 0.5) * viewport.scale,
      y: (box?.y ?? 0) + viewport.y + (y + 0.5) * viewport.scale,
    };
  };
  return {
    page,
    errors,
    at,
    shot: async (name) => {
      await page.screenshot({ path: join(options.shots, `${name}.png`) });
    },
    async click(x, y, how = {}) {
      const place = await at(x, y);
      for (const key of how.keys ?? []) await page.keyboard.down(key);
      await page.mouse.click(place.x, place.y, { button: how.button ?? "left" });
      for (const key of how.keys ?? []) await page.keyboard.up(key);
    },
    async drag(from, to) {
      const [a, b] = [await at(...from), await at(...to)];
      await page.mouse.move(a.x, a.y);
      await page.mouse.down();
      await page.mouse.move(b.x, b.y, { steps: 6 });
      await page.mouse.up();
    },
    see: (expression) => page.evaluate(`(() => { ${SCOPE} return ${expression}; })()`) as never,
    async until(expression, ms = 120_000) {
      await page.waitForFunction(
        `(() => { if (!globalThis.masklet) return false; ${SCOPE} return ${expression}; })()`,
        undefined,
        { timeout: ms, polling: 100 },
      );
    },
    async close() {
      await context.close();
      await browser.close();
    },
  };
}
