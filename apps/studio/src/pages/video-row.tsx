// Rows of the videos' table: a video, one that is being prepared or broken, an upload under way; each with its own way out.
import { Menu } from "@base-ui/react/menu";
import type { Video } from "@masklet/protocol";
import { useState } from "react";
import { call } from "../link/call.ts";
import type { Upload } from "../link/upload.ts";
import { Icon } from "../panels/parts.tsx";
import { RemoveVideoDialog } from "../panels/remove-video-dialog.tsx";
import { bytes, clock, decimal, grouped } from "../words/plural.ts";
import { useWords, type Words } from "../words/words.ts";
import { CopyProgress, ImportProgress } from "./import-progress.tsx";
import { go, Link } from "./router.tsx";
import { Thumbnail } from "./thumbnail.tsx";

export function VideoRow({
  video,
  words,
  onImport,
  onDescribe,
  onReplace,
  report,
}: {
  video: Video;
  words: Words;
  onImport: () => void;
  onDescribe: () => void;
  onReplace: () => void;
  report: (error: unknown) => void;
}) {
  const ready = video.state === "ready";
  const address = `/p/${video.project}/v/${video.id}`;
  const [removing, setRemoving] = useState(false);
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
        <td colSpan={7}>
          <span className="row">
            <span className="err grow">{video.problem}</span>
            <button
              type="button"
              className="btn s"
              onClick={() => {
                call("POST /api/videos/:video/prepare", { at: { video: video.id } }).catch(report);
              }}
            >
              {words.tryAgain}
            </button>
            <button
              type="button"
              className="btn s"
              onClick={() => {
                onReplace();
                remove();
              }}
            >
              {words.chooseAnother}
            </button>
            <button
              type="button"
              className="ib s"
              aria-label={`${words.remove}: ${video.name}`}
              title={words.remove}
              onClick={remove}
            >
              <Icon name="x" />
            </button>
          </span>
        </td>
      </tr>
    );
  return (
    <tr className={ready ? "link" : ""} onClick={() => ready && go(address)}>
      <td>
        <Thumbnail video={ready ? video : null} />
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
          <ProgressBar videos={[video]} />
        ) : (
          <span className="bar progress info">
            <i style={{ width: `${video.prepared * 100}%` }} />
          </span>
        )}
      </td>
      <td>
        <StatusChip video={video} words={words} />
        {ready && video.media === "frames" && <CopyProgress video={video} report={report} />}
      </td>
      <td className="right num doubt">
        {ready && video.progress.doubts ? video.progress.doubts : ""}
      </td>
      <td className="right num t2">
        {video.progress.activeSeconds > 0 ? clock(video.progress.activeSeconds) : ""}
      </td>
      <td className="t3 small cut tags" title={video.metadata.tags.join(", ")}>
        {video.metadata.tags.join(", ")}
      </td>
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
                  <Menu.Item
                    className="mi"
                    onClick={() => (video.progress.objects > 0 ? setRemoving(true) : remove())}
                  >
                    <Icon name="x" />
                    {words.removeVideo}
                  </Menu.Item>
                </Menu.Popup>
              </Menu.Positioner>
            </Menu.Portal>
          </Menu.Root>
        )}
        {removing && (
          // biome-ignore lint/a11y/useKeyWithClickEvents: keeps clicks in the dialog from opening the row
          // biome-ignore lint/a11y/noStaticElementInteractions: the same
          <span onClick={(event) => event.stopPropagation()}>
            <RemoveVideoDialog video={video} close={() => setRemoving(false)} remove={remove} />
          </span>
        )}
      </td>
    </tr>
  );
}

export interface Sending {
  readonly key: number;
  readonly file: File;
  readonly share: number;
  readonly problem: string | null;
  readonly upload: Upload;
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
export function ProgressBar({ videos }: { videos: readonly Video[] }) {
  const words = useWords();
  const sum = (pick: (progress: Video["progress"]) => number) =>
    videos.reduce((total, video) => total + pick(video.progress), 0);
  const total = Math.max(
    1,
    sum((one) => one.framesTotal),
  );
  const parts = [
    ["accepted", sum((one) => one.framesAccepted)],
    ["human", sum((one) => one.framesHuman)],
    ["model", sum((one) => one.framesModel)],
  ] as const;
  const told = parts
    .filter(([, count]) => count > 0)
    .map(([part, count]) => `${words.progressParts[part]} ${grouped(words.language, count)}`);
  return (
    <span className="bar progress parts" title={told.join(", ")}>
      {parts.map(([part, count]) => (
        <i key={part} className={`part-${part}`} style={{ width: `${(100 * count) / total}%` }} />
      ))}
    </span>
  );
}

/** How far a video is: nothing on it, at work, or every mask of it accepted. */
export function statusOf({ state, progress }: Video): "not-begun" | "work" | "accepted" {
  const { objects, framesAccepted, framesHuman, framesModel } = progress;
  if (state !== "ready" || objects === 0) return "not-begun";
  const masks = framesHuman + framesModel;
  return masks > 0 && framesAccepted >= masks ? "accepted" : "work";
}

function StatusChip({ video, words }: { video: Video; words: Words }) {
  if (video.state === "preparing") return <ImportProgress video={video} />;
  if (video.state === "uploading")
    return <span className="chip info">{words.uploading(Math.round(video.prepared * 100))}</span>;
  const status = statusOf(video);
  if (status === "accepted") return <span className="chip ok">{words.status.accepted}</span>;
  if (status === "work") return <span className="chip">{words.status.work}</span>;
  return <span className="t3">{words.status["not-begun"]}</span>;
}

export function SendingRow({ row, words, drop }: { row: Sending; words: Words; drop: () => void }) {
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
      <td className="right num t2" />
      <td>
        {!row.problem && (
          <span className="bar progress info">
            <i style={{ width: `${row.share * 100}%` }} />
          </span>
        )}
      </td>
      <td colSpan={4}>
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
