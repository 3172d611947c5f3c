// Click to painted mask in a real Chromium on the real server: frame encoded, cold, and beside a tracking job.
// `node apps/studio/test/e2e/clicks.ts CLIP [CLICKS]`: CLIP has 1280 × 720 pixels. Prints medians and the 95th percentile
// from the press of the button to the first mask on screen (what the model sees at first sight) and to the one that stays
// (after its second look), and of each stage of the latter, in milliseconds.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStudio, type Studio } from "./browser.ts";
import { importedVideo, startServer } from "./real-server.ts";

const clip = process.argv[2] ?? "";
const COUNT = Number(process.argv[3] ?? 20);
const home = mkdtempSync(join(tmpdir(), "masklet-clicks-"));

interface Click {
  /** To the first painted mask. */
  readonly whole: number;
  /** To the mask that stays. */
  readonly settled: number;
  readonly press: number;
  readonly question: number;
  readonly wait: number;
  readonly encode: number;
  readonly decode: number;
  readonly edit: number;
  readonly paint: number;
}

/** Collects the studio's own measures, and with them when the page was free again. */
const OBSERVE = `(() => {
  globalThis.clicks = [];
  let whole = 0;
  new PerformanceObserver((list) => {
    for (const { name, duration, detail } of list.getEntries()) {
      if (name === "masklet.click") whole = duration;
      if (name === "masklet.click.settled") globalThis.clicks.push({ whole, settled: duration, ...detail });
    }
  }).observe({ type: "measure" });
})()`;

/** Null where the model finds nothing. */
async function clickOn(studio: Studio, place: readonly [number, number]): Promise<Click | null> {
  const { page } = studio;
  const before = (await page.evaluate("globalThis.clicks.length")) as number;
  // A new object each time: the full way of a first click.
  await page.evaluate(`globalThis.masklet.desk.view.setState({ card: null });
    globalThis.masklet.desk.objects.select(null)`);
  await studio.click(...place, { keys: ["Shift"] });
  const over = `globalThis.clicks.length > ${before} || globalThis.masklet.desk.view.getState().card !== null`;
  await page.waitForFunction(over, undefined, { timeout: 15_000, polling: 20 });
  return ((await page.evaluate(`globalThis.clicks[${before}] ?? null`)) as Click | null) ?? null;
}

function tell(name: string, clicks: readonly Click[]): void {
  const at = (key: keyof Click, share: number) => {
    const sorted = clicks.map((click) => click[key]).sort((a, b) => a - b);
    return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!);
  };
  const stages = (["press", "question", "wait", "encode", "decode", "edit", "paint"] as const)
    .map((key) => `${key} ${at(key, 0.5)}`)
    .join(", ");
  console.log(
    `${name}: first mask median ${at("whole", 0.5)} ms, p95 ${at("whole", 0.95)} ms; settled ${at("settled", 0.5)}, ` +
      `${at("settled", 0.95)} ms; n ${clicks.length} (medians: ${stages})`,
  );
}

const server = await startServer(home);
const studio = await openStudio({ url: server.url, shots: join(home, "shots") });
try {
  await studio.until("view.shown !== null", 300_000);
  const { page } = studio;
  const project = await studio.see<string>("desk.project.id");
  const bring = async () => {
    await page.goto(`${server.url}/p/${project}`);
    return importedVideo(server.url, project, () =>
      page.locator("input[type=file]").setInputFiles(clip),
    );
  };
  const tracked = await bring();
  const clicked = await bring();
  const random = ((seed: number) => () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed / 2_147_483_648;
  })(7);
  const somewhere = (): [number, number] => [
    1280 * (0.2 + 0.6 * random()),
    720 * (0.2 + 0.6 * random()),
  ];
  const openVideo = async (id: string) => {
    await page.goto(`${server.url}/p/${project}/v/${id}`);
    await studio.until("view.shown !== null");
    await page.evaluate(OBSERVE);
  };

  /** Clicks on frames of one neighbourhood, each encoded before it is clicked; the pointer has just come. */
  async function warmClicks(first: number, rest: number): Promise<Click[]> {
    const found: Click[] = [];
    for (let i = 0; i <= COUNT; i++) {
      await page.evaluate(`globalThis.masklet.desk.playback.go(${first + (i % 10)})`);
      await studio.until(
        `view.shown === ${first + (i % 10)} && view.encoded.has(${first + (i % 10)})`,
        60_000,
      );
      await page.waitForTimeout(rest);
      const click = await clickOn(studio, somewhere());
      if (click && i > 0) found.push(click);
      await page.waitForTimeout(150);
    }
    return found;
  }

  /** Jumps far and clicks as soon as the picture is there. */
  async function coldClicks(): Promise<Click[]> {
    const found: Click[] = [];
    for (let i = 0; i < COUNT; i++) {
      const frame = Math.floor(((i * 0.37) % 1) * (clicked.frames - 1));
      await page.evaluate(`globalThis.masklet.desk.playback.go(${frame})`);
      await page.waitForFunction(
        `globalThis.masklet.desk.view.getState().shown === ${frame}`,
        undefined,
        {
          polling: 10,
        },
      );
      if (await studio.see(`view.encoded.has(${frame})`)) continue;
      const click = await clickOn(studio, somewhere());
      if (click) found.push(click);
      await page.waitForTimeout(300);
    }
    return found;
  }

  await openVideo(tracked.id);
  await clickOn(studio, [640, 400]);
  await openVideo(clicked.id);
  tell("encoded, half a second after the step", await warmClicks(30, 500));
  tell("encoded, at once after the step", await warmClicks(60, 0));
  tell("cold", await coldClicks());

  await openVideo(tracked.id);
  await page.evaluate("globalThis.masklet.desk.tracking.track('both')");
  await studio.until("view.jobs.some((job) => job.state === 'running')", 60_000);
  await openVideo(clicked.id);
  const busy = await warmClicks(90, 500);
  const jobs = (await (await fetch(`${server.url}/api/jobs`)).json()) as {
    kind: string;
    state: string;
    done: number;
  }[];
  const job = jobs.find(({ kind }) => kind === "track");
  tell(`beside tracking (job ${job?.state ?? "over"}, ${job?.done ?? "all"} frames)`, busy);
  if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT });
  if (studio.errors.length > 0) console.log("errors in the page:", studio.errors);
} finally {
  await studio.close();
  await server.stop();
  rmSync(home, { recursive: true, force: true });
}
