// The project's videos as a table, with sums above and labels beside; uploads and broken files are rows of it.
import type { Project, Video } from "@masklet/protocol";
import { useEffect, useRef, useState } from "react";
import { call, LinkError } from "../link/call.ts";
import { upload } from "../link/upload.ts";
import { Icon } from "../panels/parts.tsx";
import { useWords, type Words } from "../words/words.ts";
import { ImportDialog } from "./import-dialog.tsx";
import { MetadataDialog } from "./metadata-dialog.tsx";
import { ProjectAside, ProjectSums } from "./project-sums.tsx";
import { go } from "./router.tsx";
import { type Sending, SendingRow, statusOf, VideoRow } from "./video-row.tsx";

const STATUSES = ["all", "work", "not-begun", "accepted"] as const;
type Status = (typeof STATUSES)[number];

export function VideosTab(props: {
  project: Project;
  videos: readonly Video[];
  last: Video | null;
  adding: boolean;
  reload: () => void;
  report: (error: unknown) => void;
}) {
  const { project, videos, last } = props;
  const words = useWords();
  const [find, setFind] = useState("");
  const [status, setStatus] = useState<Status>("all");
  const [sending, setSending] = useState<readonly Sending[]>([]);
  const [over, setOver] = useState(false);
  const [pathProblem, setPathProblem] = useState<string | null>(null);
  const chooser = useRef<HTMLInputElement>(null);
  const pathField = useRef<HTMLInputElement>(null);
  const [importing, setImporting] = useState<Video | null>(null);
  const [describing, setDescribing] = useState<Video | null>(null);
  useEffect(() => {
    if (props.adding) pathField.current?.focus();
  }, [props.adding]);
  usePastedPath(pathField);

  const send = (files: Iterable<File>) => {
    // Gone on another way: the refusal of a path is over.
    setPathProblem(null);
    for (const file of files) {
      const key = Math.random();
      const change = (next: Partial<Sending>) =>
        setSending((now) => now.map((one) => (one.key === key ? { ...one, ...next } : one)));
      const started = upload(file, { project: project.id, purpose: "video" }, (share) =>
        change({ share }),
      );
      setSending((now) => [...now, { key, file, share: 0, problem: null, upload: started }]);
      started.finished
        .then(() => {
          setSending((now) => now.filter((one) => one.key !== key));
          props.reload();
        })
        .catch((error: Error) => change({ problem: error.message }));
    }
  };
  const drop = (row: Sending) => {
    row.upload.cancel();
    setSending((now) => now.filter((one) => one.key !== row.key));
  };
  // The server shows the row of an upload under way as well; ours has the progress of this very moment.
  const known = videos.filter((video) => video.state !== "uploading" || sending.length === 0);
  const shown = known.filter(
    (video) =>
      video.name.toLowerCase().includes(find.trim().toLowerCase()) &&
      (status === "all" || status === statusOf(video)),
  );
  const empty = videos.length === 0 && sending.length === 0;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping files; the button beside does the same
    <div
      className={`tab ${over ? "dropping" : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        send(event.dataTransfer.files);
      }}
    >
      <h1 className="sr">{words.videos}</h1>
      <input
        ref={chooser}
        type="file"
        hidden
        multiple
        accept="video/*,.mkv,.mov,.avi,.ts,.mxf"
        aria-label={words.addVideos}
        onChange={(event) => {
          send(event.target.files ?? []);
          event.target.value = "";
        }}
      />
      {!empty && (
        <div className="tab-top">
          <div className="row">
            <ProjectSums videos={videos} />
            {last && (
              <button
                type="button"
                className="btn primary l continue"
                onClick={() => go(`/p/${project.id}/v/${last.id}`)}
              >
                <Icon name="play" />
                <span className="cut">{words.continue(last.name)}</span>
              </button>
            )}
          </div>
          <div className="row">
            <label className="field quiet">
              <Icon name="search" tone="t3" />
              <input
                className="plain grow"
                placeholder={words.findVideo}
                aria-label={words.findVideo}
                value={find}
                onChange={(event) => setFind(event.target.value)}
              />
            </label>
            <StatusChoice status={status} onChange={setStatus} />
            <span className="grow" />
            <button type="button" className="btn" onClick={() => chooser.current?.click()}>
              <Icon name="plus" />
              {words.addVideos}
            </button>
          </div>
        </div>
      )}
      <div className="tab-body">
        <div className="scroll grow">
          {(known.length > 0 || sending.length > 0) && (
            <table className="videos">
              <VideosHead words={words} />
              <tbody>
                {shown.map((video) => (
                  <VideoRow
                    key={video.id}
                    video={video}
                    words={words}
                    onImport={() => setImporting(video)}
                    onDescribe={() => setDescribing(video)}
                    onReplace={() => chooser.current?.click()}
                    report={props.report}
                  />
                ))}
                {sending.map((row) => (
                  <SendingRow key={row.key} row={row} words={words} drop={() => drop(row)} />
                ))}
              </tbody>
            </table>
          )}
          {known.length > 0 && shown.length === 0 && (
            <p className="t2 none-found">
              {find.trim() ? words.nothingMatches(find.trim()) : words.noneOfThese}
            </p>
          )}
          <DropZone
            words={words}
            empty={empty}
            field={pathField}
            problem={pathProblem}
            setProblem={setPathProblem}
            choose={() => chooser.current?.click()}
            addPath={(path) =>
              call("POST /api/projects/:project/videos", {
                at: { project: project.id },
                body: { path },
              }).then(props.reload)
            }
          />
        </div>
        {!empty && <ProjectAside project={project} />}
      </div>
      {describing && <MetadataDialog video={describing} close={() => setDescribing(null)} />}
      {importing && (
        <ImportDialog project={project} video={importing} close={() => setImporting(null)} />
      )}
    </div>
  );
}

function StatusChoice(props: { status: Status; onChange: (status: Status) => void }) {
  const words = useWords();
  return (
    <div className="seg statuses" role="radiogroup" aria-label={words.columns.status}>
      {STATUSES.map((one) => (
        <button
          type="button"
          role="radio"
          key={one}
          aria-checked={one === props.status}
          className={one === props.status ? "on" : ""}
          onClick={() => props.onChange(one)}
        >
          {one === "all" ? words.allVideos : words.status[one]}
        </button>
      ))}
    </div>
  );
}

function VideosHead({ words }: { words: Words }) {
  return (
    <thead>
      <tr>
        <th className="c-thumb">
          <span className="sr">{words.picture}</span>
        </th>
        <th className="c-name">{words.columns.name}</th>
        <th className="c-frames right">{words.columns.frames}</th>
        <th className="c-progress">{words.columns.progress}</th>
        <th className="c-status">{words.columns.status}</th>
        <th className="c-doubts right" title={words.columns.doubts}>
          <Icon name="warn" />
          <span className="sr">{words.columns.doubts}</span>
        </th>
        <th className="c-time right">{words.columns.time}</th>
        <th className="c-tags">{words.columns.tags}</th>
        <th className="c-more">
          <span className="sr">{words.more}</span>
        </th>
      </tr>
    </thead>
  );
}

/** A path pasted anywhere on the page goes to its field. */
function usePastedPath(field: React.RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const pasted = (event: ClipboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.closest("input, textarea");
      const text = event.clipboardData?.getData("text").trim() ?? "";
      if (typing || !/^(["']?)(\/|~|[A-Za-z]:[\\/]|\\\\)/.test(text)) return;
      const input = field.current;
      if (!input) return;
      event.preventDefault();
      // The field is React's: its own setter tells React of the new text.
      const { set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value") ?? {};
      set?.call(input, text.replace(/^["']|["']$/g, ""));
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.focus();
    };
    addEventListener("paste", pasted);
    return () => removeEventListener("paste", pasted);
  }, [field]);
}

function DropZone(props: {
  words: Words;
  empty: boolean;
  field: React.RefObject<HTMLInputElement | null>;
  problem: string | null;
  setProblem: (problem: string | null) => void;
  choose: () => void;
  addPath: (path: string) => Promise<unknown>;
}) {
  const { words, problem, setProblem } = props;
  const [path, setPath] = useState("");
  return (
    <form
      className={`drop ${props.empty ? "large" : ""}`}
      onSubmit={(event) => {
        event.preventDefault();
        setProblem(null);
        props
          .addPath(path.trim().replace(/^["']|["']$/g, ""))
          .then(() => setPath(""))
          .catch((error: Error) => {
            const outside = error instanceof LinkError && error.code === "forbidden";
            setProblem(outside ? `${error.message} ${words.allowedText}` : error.message);
          });
      }}
    >
      <div className="drop-line">
        <button type="button" className="row drop-choose" onClick={props.choose}>
          <Icon name="import" />
          {words.dropHere}
        </button>
        <input
          ref={props.field}
          className="plain path"
          value={path}
          placeholder={words.pathHint}
          aria-label={words.pathLabel}
          spellCheck={false}
          onChange={(event) => setPath(event.target.value)}
        />
        {path.trim() && (
          <button type="submit" className="btn primary">
            {words.add}
          </button>
        )}
      </div>
      {problem && (
        <div className="err small" role="alert">
          {problem}
        </div>
      )}
    </form>
  );
}
