// The project's videos as a table; uploads and broken files are rows of it, each with its own way out.
import { Menu } from "@base-ui/react/menu";
import type { Project, Video } from "@masklet/protocol";
import { useEffect, useRef, useState } from "react";
import { call } from "../link/call.ts";
import { type Upload, upload } from "../link/upload.ts";
import { Icon } from "../panels/parts.tsx";
import { bytes, clock, decimal, grouped } from "../words/plural.ts";
import { useWords, type Words } from "../words/words.ts";
import { ImportDialog } from "./import-dialog.tsx";
import { MetadataDialog } from "./metadata-dialog.tsx";
import { go, Link } from "./router.tsx";

interface Sending {
  readonly key: number;
  readonly file: File;
  readonly share: number;
  readonly problem: string | null;
  readonly upload: Upload;
}

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
  const [sending, setSending] = useState<readonly Sending[]>([]);
  const [over, setOver] = useState(false);
  const chooser = useRef<HTMLInputElement>(null);
  const pathField = useRef<HTMLInputElement>(null);
  const [importing, setImporting] = useState<Video | null>(null);
  const [describing, setDescribing] = useState<Video | null>(null);
  useEffect(() => {
    if (props.adding) pathField.current?.focus();
  }, [props.adding]);

  const send = (files: Iterable<File>) => {
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
  const shown = known.filter((video) =>
    video.name.toLowerCase().includes(find.trim().toLowerCase()),
  );
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
      <div className="row tab-head">
        <label className="field">
          <Icon name="search" />
          <input
            className="plain"
            placeholder={words.findVideo}
            aria-label={words.findVideo}
            value={find}
            onChange={(event) => setFind(event.target.value)}
          />
        </label>
        <span className="grow" />
        <input
          ref={chooser}
          type="file"
          hidden
          multiple
          accept="video/*,.mkv,.mov,.avi,.ts,.mxf"
          aria-label={words.addVideos}
          onChange={(event) => send(event.target.files ?? [])}
        />
        <button type="button" className="btn" onClick={() => chooser.current?.click()}>
          <Icon name="plus" />
          {words.addVideos}
        </button>
        {last && (
          <button
            type="button"
            className="btn primary l"
            onClick={() => go(`/p/${project.id}/v/${last.id}`)}
          >
            <Icon name="play" />
            <span className="cut">{words.continue(last.name)}</span>
          </button>
        )}
      </div>
      <div className="scroll grow">
        {(shown.length > 0 || sending.length > 0) && (
          <table>
            <thead>
              <tr>
                <th>
                  <span className="sr">{words.picture}</span>
                </th>
                <th>{words.columns.name}</th>
                <th className="right">{words.columns.frames}</th>
                <th>{words.columns.progress}</th>
                <th>{words.columns.status}</th>
                <th className="right">{words.columns.time}</th>
                <th>{words.columns.tags}</th>
                <th>
                  <span className="sr">{words.more}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map((video) => (
                <VideoRow
                  key={video.id}
                  video={video}
                  words={words}
                  onImport={() => setImporting(video)}
                  onDescribe={() => setDescribing(video)}
                  report={props.report}
                />
              ))}
              {sending.map((row) => (
                <SendingRow key={row.key} row={row} words={words} drop={() => drop(row)} />
              ))}
            </tbody>
          </table>
        )}
        <DropZone
          words={words}
          empty={videos.length === 0}
          field={pathField}
          choose={() => chooser.current?.click()}
          addPath={(path) =>
            call("POST /api/projects/:project/videos", {
              at: { project: project.id },
              body: { path },
            }).then(props.reload)
          }
        />
      </div>
      {describing && <MetadataDialog video={describing} close={() => setDescribing(null)} />}
      {importing && (
        <ImportDialog project={project} video={importing} close={() => setImporting(null)} />
      )}
    </div>
  );
}

function VideoRow({
  video,
  words,
  onImport,
  onDescribe,
  report,
}: {
  video: Video;
  words: Words;
  onImport: () => void;
  onDescribe: () => void;
  report: (error: unknown) => void;
}) {
  const ready = video.state === "ready";
  const address = `/p/${video.project}/v/${video.id}`;
  const remove = () => {
    call("DELETE /api/videos/:video", { at: { video: video.id } }).catch(report);
  };
  const rate =
    video.rate === null
      ? words.variableRate
      : decimal(words.language, video.rate, video.rate % 1 === 0 ? 0 : 2);
  if (video.state === "failed")
    return (
      <tr>
        <td>
          <span className="thumb bad">
            <Icon name="warn" />
          </span>
        </td>
        <td>
          <NameCell video={video} second={bytes(words.language, video.bytes)} />
        </td>
        <td colSpan={5}>
          <span className="err">{video.problem}</span>
        </td>
        <td className="right">
          <button type="button" className="btn s" onClick={remove}>
            {words.remove}
          </button>
        </td>
      </tr>
    );
  return (
    <tr className={ready ? "link" : ""} onClick={() => ready && go(address)}>
      <td>
        {ready ? (
          <img
            className="thumb"
            alt=""
            loading="lazy"
            src={`/api/videos/${video.id}/frames/0?digest=${encodeURIComponent(video.digest)}&width=144`}
          />
        ) : (
          <span className="thumb">
            <Icon name="film" />
          </span>
        )}
      </td>
      <td>
        <NameCell
          video={video}
          to={ready ? address : null}
          second={
            ready ? `${video.width}×${video.height}, ${rate}` : bytes(words.language, video.bytes)
          }
        />
      </td>
      <td className="right num t2">{ready ? grouped(words.language, video.frames) : ""}</td>
      <td>
        {ready ? (
          <ProgressBar video={video} />
        ) : (
          <span className="bar progress info">
            <i style={{ width: `${video.prepared * 100}%` }} />
          </span>
        )}
      </td>
      <td>
        <StatusChip video={video} words={words} />
      </td>
      <td className="right num t2">
        {video.progress.activeSeconds > 0 ? clock(video.progress.activeSeconds) : ""}
      </td>
      <td className="t2 cut">{video.metadata.tags.join(", ")}</td>
      <td className="right">
        {ready && (
          <Menu.Root>
            <Menu.Trigger
              className="ib"
              aria-label={`${words.more}: ${video.name}`}
              onClick={(event) => event.stopPropagation()}
            >
              <Icon name="more" />
            </Menu.Trigger>
            <Menu.Portal>
              <Menu.Positioner sideOffset={4} align="end">
                <Menu.Popup className="pop menu" onClick={(event) => event.stopPropagation()}>
                  <Menu.Item className="mi" onClick={onImport}>
                    <Icon name="import" />
                    {words.importLabels}
                  </Menu.Item>
                  <Menu.Item className="mi" onClick={onDescribe}>
                    <Icon name="info" />
                    {words.metadata}
                  </Menu.Item>
                </Menu.Popup>
              </Menu.Positioner>
            </Menu.Portal>
          </Menu.Root>
        )}
      </td>
    </tr>
  );
}

function NameCell({
  video,
  second,
  to,
}: {
  video: { name: string };
  second: string;
  to?: string | null;
}) {
  return (
    <div className="name-cell">
      {to ? (
        <Link to={to} className="m cut" onClickCapture={(event) => event.stopPropagation()}>
          {video.name}
        </Link>
      ) : (
        <span className="m cut">{video.name}</span>
      )}
      <span className="small t3 num">{second}</span>
    </div>
  );
}

/** Accepted green, human white, model grey. */
function ProgressBar({ video }: { video: Video }) {
  const { framesAccepted, framesHuman, framesModel, framesTotal } = video.progress;
  const share = (count: number) => `${(100 * count) / Math.max(1, framesTotal)}%`;
  return (
    <span className="bar progress parts">
      <i className="accepted" style={{ width: share(framesAccepted) }} />
      <i className="human" style={{ width: share(framesHuman) }} />
      <i className="model-part" style={{ width: share(framesModel) }} />
    </span>
  );
}

function StatusChip({ video, words }: { video: Video; words: Words }) {
  if (video.state === "preparing")
    return <span className="chip info">{words.preparing(Math.round(video.prepared * 100))}</span>;
  if (video.state === "uploading")
    return <span className="chip info">{words.uploading(Math.round(video.prepared * 100))}</span>;
  if (video.progress.objects > 0) return <span className="chip">{words.status.work}</span>;
  return <span className="t2">{words.status["not-begun"]}</span>;
}

function SendingRow({ row, words, drop }: { row: Sending; words: Words; drop: () => void }) {
  return (
    <tr>
      <td>
        <span className={`thumb ${row.problem ? "bad" : ""}`}>
          <Icon name={row.problem ? "warn" : "film"} />
        </span>
      </td>
      <td>
        <NameCell video={{ name: row.file.name }} second={bytes(words.language, row.file.size)} />
      </td>
      <td />
      <td>
        {!row.problem && (
          <span className="bar progress info">
            <i style={{ width: `${row.share * 100}%` }} />
          </span>
        )}
      </td>
      <td colSpan={3}>
        {row.problem ? (
          <span className="err" role="alert">
            {row.problem}
          </span>
        ) : (
          <span className="chip info">{words.uploading(Math.round(row.share * 100))}</span>
        )}
      </td>
      <td className="right">
        <button type="button" className="btn s" onClick={drop}>
          {row.problem ? words.remove : words.cancel}
        </button>
      </td>
    </tr>
  );
}

function DropZone(props: {
  words: Words;
  empty: boolean;
  field: React.RefObject<HTMLInputElement | null>;
  choose: () => void;
  addPath: (path: string) => Promise<unknown>;
}) {
  const { words } = props;
  const [path, setPath] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  return (
    <form
      className={`drop ${props.empty ? "large" : ""}`}
      onSubmit={(event) => {
        event.preventDefault();
        setProblem(null);
        props
          .addPath(path.trim())
          .then(() => setPath(""))
          .catch((error: Error) => setProblem(error.message));
      }}
    >
      <button type="button" className="row t2 drop-line" onClick={props.choose}>
        <Icon name="import" />
        {words.dropHere}
      </button>
      <div className="row">
        <input
          ref={props.field}
          className="text grow"
          value={path}
          placeholder={words.pathHint}
          aria-label={words.pathHint}
          onChange={(event) => setPath(event.target.value)}
        />
        <button type="submit" className="btn" disabled={!path.trim()}>
          {words.add}
        </button>
      </div>
      {problem && (
        <div className="err small" role="alert">
          {problem}
        </div>
      )}
    </form>
  );
}
