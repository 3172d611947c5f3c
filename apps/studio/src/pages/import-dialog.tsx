// Labels made elsewhere into a video: choose format and file (or a path), read what was kept and lost.
import { Dialog } from "@base-ui/react/dialog";
import type { FormatInfo, ImportReply, Project, Video } from "@masklet/protocol";
import { useEffect, useState } from "react";
import { call } from "../link/call.ts";
import { upload } from "../link/upload.ts";
import { LossRows } from "../panels/export-dialog.tsx";
import { Icon } from "../panels/parts.tsx";
import { useWords } from "../words/words.ts";

export function ImportDialog({
  project,
  video,
  close,
}: {
  project: Project;
  video: Video;
  close: () => void;
}) {
  const words = useWords();
  const [formats, setFormats] = useState<readonly FormatInfo[]>([]);
  const [format, setFormat] = useState("");
  const [file, setFile] = useState<File | null>(null);
  const [path, setPath] = useState("");
  const [share, setShare] = useState<number | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [reply, setReply] = useState<ImportReply | null>(null);
  useEffect(() => {
    call("GET /api/formats")
      .then((all) => {
        const readable = all.filter((one) => one.canImport);
        setFormats(readable);
        setFormat((now) => now || (readable[0]?.id ?? ""));
      })
      .catch((error: Error) => setProblem(error.message));
  }, []);
  const start = async () => {
    setProblem(null);
    setReply(null);
    setShare(0);
    try {
      const source = file
        ? {
            upload: await upload(file, { project: project.id, purpose: "import" }, setShare)
              .finished,
          }
        : { path: path.trim() };
      setReply(
        await call("POST /api/videos/:video/import", {
          at: { video: video.id },
          body: { format, source },
        }),
      );
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    } finally {
      setShare(null);
    }
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && close()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog import-dialog" data-dialog="">
          <div className="dialog-head">
            <Dialog.Title className="lead b grow cut">{words.importInto(video.name)}</Dialog.Title>
            <Dialog.Close className="ib" aria-label={words.close}>
              <Icon name="x" />
            </Dialog.Close>
          </div>
          <div className="dialog-body">
            <div className="kv form">
              <label htmlFor="import-format">{words.format}</label>
              <select
                id="import-format"
                className="select"
                value={format}
                onChange={(event) => setFormat(event.target.value)}
              >
                {formats.map((one) => (
                  <option key={one.id} value={one.id}>
                    {one.name}
                  </option>
                ))}
              </select>
              <label htmlFor="import-file">{words.chooseFile}</label>
              <input
                id="import-file"
                type="file"
                onChange={(event) => setFile(event.target.files?.[0] ?? null)}
              />
              <label htmlFor="import-path">{words.pathHint}</label>
              <input
                id="import-path"
                className="text"
                value={path}
                disabled={file !== null}
                onChange={(event) => setPath(event.target.value)}
              />
            </div>
            {problem && (
              <p className="err" role="alert">
                {problem}
              </p>
            )}
            {reply && (
              <>
                <p className="ok" role="status">
                  {words.imported(reply.objects, reply.masks)}
                </p>
                <LossRows rows={reply.rows} show={null} />
              </>
            )}
          </div>
          <div className="dialog-foot">
            <span className="grow" />
            <button type="button" className="btn ghost l" onClick={close}>
              {reply ? words.close : words.cancel}
            </button>
            {!reply && (
              <button
                type="button"
                className="btn primary l"
                disabled={share !== null || !format || (!file && !path.trim())}
                onClick={() => void start()}
              >
                <Icon name="import" />
                {share === null ? words.importLabels : words.uploading(Math.round(share * 100))}
              </button>
            )}
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
