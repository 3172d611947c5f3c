// Export: formats by group, what each keeps, changes and loses, options, one button named after the format.
import { Dialog } from "@base-ui/react/dialog";
import type { FormatInfo, Job, LossReport, LossRow, Project, Video } from "@masklet/protocol";
import { useEffect, useRef, useState } from "react";
import { call } from "../link/call.ts";
import { exchangeWords, paceOf } from "../words/exchange.ts";
import { lossText } from "../words/losses.ts";
import { bytes, grouped } from "../words/plural.ts";
import { useWords, type Words } from "../words/words.ts";
import { Icon } from "./parts.tsx";

const GROUPS = ["archive", "research", "general", "video", "post"] as const;
/** Places of one row that are offered to be shown. */
const PLACES_SHOWN = 4;
const POLL_MS = 400;

/** A place of a loss: a frame, or an object as a whole. */
export type Place = LossRow["where"][number];

interface Options {
  readonly frames: boolean;
  readonly onlyAccepted: boolean;
  readonly report: boolean;
  readonly step: number;
  readonly archive: boolean | null;
  readonly edge: "soft" | "hard";
  readonly crop: "frame" | "object";
}

export function ExportDialog(props: {
  project: Project;
  videos: readonly Video[];
  close: () => void;
  /** Resolves when what is on screen is on the server too. */
  settle: () => Promise<boolean>;
  show: (place: Place) => void;
}) {
  const { project, videos, close } = props;
  const words = useWords();
  const own = exchangeWords(words.language);
  const [formats, setFormats] = useState<readonly FormatInfo[]>([]);
  const [chosen, setChosen] = useState<string | null>(null);
  const [reports, setReports] = useState<ReadonlyMap<string, LossReport>>(new Map());
  const [options, setOptions] = useState<Options>({
    frames: false,
    onlyAccepted: false,
    report: true,
    step: 1,
    archive: null,
    edge: "soft",
    crop: "frame",
  });
  const [job, setJob] = useState<Job | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const ids = videos.map((video) => video.id).join(",");
  const body = (format: string) => ({
    format,
    videos: ids.split(","),
    frames: options.frames,
    step: options.step,
    onlyAccepted: options.onlyAccepted,
    report: options.report,
    archive: options.archive ?? loses(reports.get(format)) > 0,
    cutOut: { edge: options.edge, crop: options.crop },
  });

  useEffect(() => {
    call("GET /api/formats")
      .then((all) => {
        const writable = all.filter((one) => one.canExport);
        setFormats(writable);
        setChosen(
          (now) =>
            now ?? writable.find((one) => one.group === "research")?.id ?? writable[0]?.id ?? null,
        );
      })
      .catch((error: Error) => setProblem(error.message));
  }, []);

  // The report of the chosen format first, then those of the others, one after another.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the options are part of what is asked
  useEffect(() => {
    const stop = new AbortController();
    (async () => {
      await props.settle();
      const order = [chosen, ...formats.map((one) => one.id)].filter(
        (id): id is string => id !== null,
      );
      for (const format of new Set(order)) {
        const report = await call("POST /api/projects/:project/loss", {
          at: { project: project.id },
          body: { ...body(format), archive: false },
          signal: stop.signal,
        });
        setReports((now) => new Map(now).set(format, report));
      }
    })().catch((error: Error) => {
      if (!stop.signal.aborted) setProblem(error.message);
    });
    return () => stop.abort();
  }, [chosen, formats, ids, options.step, options.frames, options.onlyAccepted, project.id]);

  // The keyboard is in the list of formats: the arrows choose.
  const list = useRef<HTMLElement>(null);
  useEffect(() => {
    const inList = document.activeElement?.closest("nav") === list.current;
    const one = chosen && (inList || !document.activeElement?.closest(".export-columns"));
    if (one) list.current?.querySelector<HTMLElement>("[aria-pressed=true]")?.focus();
  }, [chosen]);

  const format = formats.find((one) => one.id === chosen) ?? null;
  const report = chosen ? reports.get(chosen) : undefined;
  const start = async () => {
    if (!chosen) return;
    setProblem(null);
    try {
      const made = await call("POST /api/projects/:project/exports", {
        at: { project: project.id },
        body: body(chosen),
      });
      await follow(project.id, made.job, setJob);
      setJob(null);
      close();
    } catch (error) {
      setJob(null);
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && close()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog export-dialog" data-dialog="">
          <div className="dialog-head">
            <Dialog.Title className="lead b">{words.exportTitle}</Dialog.Title>
            <span className="t3 small grow cut">
              {project.name},{" "}
              {videos.length === 1 ? videos[0]?.name : `${words.videos}: ${videos.length}`}
            </span>
            <Dialog.Close className="ib" aria-label={words.close}>
              <Icon name="x" />
            </Dialog.Close>
          </div>
          <div className="export-columns">
            <nav
              className="export-formats scroll"
              aria-label={words.format}
              ref={list}
              onKeyDown={(event) => {
                const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
                if (way === undefined) return;
                event.preventDefault();
                const at = formats.findIndex((one) => one.id === chosen);
                const order = GROUPS.flatMap((group) =>
                  formats.filter((one) => one.group === group),
                );
                const next = order[order.indexOf(formats[at]!) + way];
                if (next) setChosen(next.id);
              }}
            >
              {GROUPS.map((group) => (
                <FormatGroup
                  key={group}
                  name={group === "post" ? own.post : words.exportGroups[group]}
                  formats={formats.filter((one) => one.group === group)}
                  chosen={chosen}
                  reports={reports}
                  choose={setChosen}
                  words={words}
                />
              ))}
            </nav>
            <div className="export-report scroll" aria-live="polite">
              <h3 className="b">{words.keepsLoses}</h3>
              {report ? (
                <LossRows rows={report.rows} show={props.show} />
              ) : (
                <div className="t3" aria-busy="true">
                  {words.loading}
                </div>
              )}
            </div>
            <div className="export-options">
              <h3 className="small t2 b">{words.options}</h3>
              {format?.options.includes("frames") && (
                <Check
                  label={words.includeFrames}
                  on={options.frames}
                  set={(frames) => setOptions({ ...options, frames })}
                />
              )}
              {format && format.group !== "post" && (
                <Check
                  label={words.reportJson}
                  on={options.report}
                  set={(value) => setOptions({ ...options, report: value })}
                />
              )}
              {format?.options.includes("edge") && (
                <Choice
                  label={own.edge}
                  names={own.edges}
                  value={options.edge}
                  set={(edge) => setOptions({ ...options, edge })}
                />
              )}
              {format?.options.includes("crop") && (
                <Choice
                  label={own.crop}
                  names={own.crops}
                  value={options.crop}
                  set={(crop) => setOptions({ ...options, crop })}
                />
              )}
              {format?.options.includes("step") && (
                <select
                  className="select"
                  aria-label={words.step}
                  value={options.step}
                  onChange={(event) => setOptions({ ...options, step: Number(event.target.value) })}
                >
                  {[1, 2, 5, 10].map((step) => (
                    <option key={step} value={step}>
                      {step === 1 ? words.everyFrame : words.everyNth(step)}
                    </option>
                  ))}
                </select>
              )}
              {format && format.group !== "archive" && format.group !== "post" && (
                <>
                  <h3 className="small t2 b">{words.keepEverything}</h3>
                  <Check
                    label={words.addArchive}
                    on={options.archive ?? loses(report) > 0}
                    set={(archive) => setOptions({ ...options, archive })}
                  />
                </>
              )}
            </div>
          </div>
          <div className="dialog-foot">
            {problem ? (
              <span className="err grow" role="alert">
                {problem}
              </span>
            ) : (
              <span className="t2 grow num">
                {job ? (
                  <JobLine job={job} words={words} />
                ) : report && report.bytes > 0 ? (
                  words.about(bytes(words.language, report.bytes))
                ) : (
                  ""
                )}
              </span>
            )}
            <button
              type="button"
              className="btn ghost l"
              onClick={() => {
                if (job) void call("POST /api/jobs/:job/cancel", { at: { job: job.id } });
                close();
              }}
            >
              {words.cancel}
            </button>
            <button
              type="button"
              className="btn primary l"
              disabled={!format || job !== null}
              onClick={() => void start()}
            >
              <Icon name="export" />
              {format ? words.download(format.name) : words.export}
            </button>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** One of a few, by name. */
function Choice<T extends string>(props: {
  label: string;
  names: Readonly<Record<T, string>>;
  value: T;
  set: (value: T) => void;
}) {
  return (
    <select
      className="select"
      aria-label={props.label}
      title={props.label}
      value={props.value}
      onChange={(event) => props.set(event.target.value as T)}
    >
      {(Object.keys(props.names) as T[]).map((one) => (
        <option key={one} value={one}>
          {props.names[one]}
        </option>
      ))}
    </select>
  );
}

function JobLine({ job, words }: { job: Job; words: Words }) {
  const share = job.total > 0 ? Math.round((100 * job.done) / job.total) : 0;
  return (
    <span className="row">
      {words.exporting}
      <span
        className="bar grow"
        role="progressbar"
        aria-valuenow={share}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-label={words.exporting}
      >
        <i style={{ width: `${share}%` }} />
      </span>
      {share} %<span className="t3 cut">{paceOf(words.language, job)}</span>
    </span>
  );
}

/** Waits for the job and then lets the browser download the file. */
async function follow(project: string, id: string, onJob: (job: Job) => void): Promise<void> {
  for (;;) {
    const job = (await call("GET /api/jobs")).find((one) => one.id === id);
    if (job) onJob(job);
    if (job?.state === "failed") throw new Error(job.message ?? "The export failed.");
    if (job?.state === "cancelled") return;
    if (!job || job.state === "done") break;
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
  const files = await call("GET /api/projects/:project/exports", { at: { project } });
  const file = files.find((one) => one.job === id);
  if (!file) throw new Error("The export left no file.");
  const link = document.createElement("a");
  link.href = `/api/exports/${encodeURIComponent(file.id)}/file`;
  link.download = file.name;
  link.click();
}

function loses(report: LossReport | undefined): number {
  return report?.rows.filter((row) => row.verdict !== "kept").length ?? 0;
}

function FormatGroup(props: {
  name: string;
  formats: readonly FormatInfo[];
  chosen: string | null;
  reports: ReadonlyMap<string, LossReport>;
  choose: (id: string) => void;
  words: Words;
}) {
  if (props.formats.length === 0) return null;
  return (
    <section>
      <h3 className="small t3">{props.name}</h3>
      {props.formats.map((format) => {
        const report = props.reports.get(format.id);
        const lost = loses(report);
        return (
          <button
            type="button"
            key={format.id}
            className={`format ${format.id === props.chosen ? "on" : ""}`}
            aria-pressed={format.id === props.chosen}
            tabIndex={format.id === props.chosen ? 0 : -1}
            onClick={() => props.choose(format.id)}
          >
            <span className="grow cut left-text">{format.name}</span>
            {!report ? (
              <span className="small t3" title={props.words.stillCounting}>
                …
              </span>
            ) : lost === 0 ? (
              <span className="small ok">{props.words.losesNothing}</span>
            ) : (
              <span className="small t3 num" title={props.words.kindsLost(lost)}>
                −{lost}
              </span>
            )}
          </button>
        );
      })}
    </section>
  );
}

const TONES = { kept: "ok", changed: "doubt", lost: "err" } as const;
const MARKS = { kept: "check", changed: "warn", lost: "minus" } as const;

/** The rows of a loss report, kept first, then changed, then lost. */
export function LossRows({
  rows,
  show,
}: {
  rows: readonly LossRow[];
  show: ((place: Place) => void) | null;
}) {
  const words = useWords();
  if (rows.length === 0)
    return (
      <p className="row ok">
        <Icon name="check" />
        {words.everythingKept}
      </p>
    );
  return (
    <>
      {(["kept", "changed", "lost"] as const).map((verdict) => {
        const these = rows.filter((row) => row.verdict === verdict);
        if (these.length === 0) return null;
        return (
          <section key={verdict}>
            <h4 className={`small b ${TONES[verdict]}`}>
              {words.verdicts[verdict]} <span className="t3">{these.length}</span>
            </h4>
            {these.map((row) => {
              const { topic, sentence } = lossText(row, words.language);
              return (
                <div className="loss-row" key={`${row.code}.${row.topic}.${row.sentence}`}>
                  <Icon name={MARKS[verdict]} tone={TONES[verdict]} />
                  <span className="m cut loss-topic" title={topic}>
                    {topic}
                  </span>
                  <span className="t2 grow" title={row.sentence}>
                    {sentence}
                  </span>
                  {show && <Places row={row} show={show} words={words} />}
                </div>
              );
            })}
          </section>
        );
      })}
    </>
  );
}

/** The first places of a row, each a button that goes there: frames, or objects where the loss has no frame. */
function Places(props: { row: LossRow; show: (place: Place) => void; words: Words }) {
  const { words } = props;
  const own = exchangeWords(words.language);
  const nameOf = ({ frame, object }: Place) =>
    frame !== null ? own.frame(frame) : words.object(object ?? 0);
  const places = [
    ...new Map(
      props.row.where
        .filter(({ frame, object }) => frame !== null || object !== null)
        .map((place) => [`${place.video} ${nameOf(place)}`, place]),
    ).values(),
  ];
  if (places.length === 0) return null;
  const left = places.length - PLACES_SHOWN;
  return (
    <span className="row loss-places num" title={own.places}>
      {places.slice(0, PLACES_SHOWN).map((place) => (
        <button
          type="button"
          key={`${place.video} ${nameOf(place)}`}
          className="btn ghost s"
          aria-label={`${words.show}: ${nameOf(place)}`}
          onClick={() => props.show(place)}
        >
          {places.length === 1 || place.frame === null ? nameOf(place) : place.frame}
        </button>
      ))}
      {left > 0 && (
        <span className="small t3">{own.morePlaces(grouped(words.language, left))}</span>
      )}
    </span>
  );
}

function Check({ label, on, set }: { label: string; on: boolean; set: (on: boolean) => void }) {
  return (
    <label className="row check">
      <input type="checkbox" checked={on} onChange={(event) => set(event.target.checked)} />
      {label}
    </label>
  );
}
