// Finished exports of a project, kept until they are removed.
import type { ExportFile, Project } from "@masklet/protocol";
import { useCallback, useEffect, useState } from "react";
import { call } from "../link/call.ts";
import { Icon } from "../panels/parts.tsx";
import { bytes } from "../words/plural.ts";
import { useWords } from "../words/words.ts";

export function ExportsTab({
  project,
  report,
}: {
  project: Project;
  report: (error: unknown) => void;
}) {
  const words = useWords();
  const [files, setFiles] = useState<readonly ExportFile[] | null>(null);
  const reload = useCallback(() => {
    call("GET /api/projects/:project/exports", { at: { project: project.id } })
      .then(setFiles)
      .catch(report);
  }, [project.id, report]);
  useEffect(reload, [reload]);
  const date = new Intl.DateTimeFormat(words.language, { dateStyle: "medium", timeStyle: "short" });
  return (
    <div className="tab scroll">
      <h1 className="title tab-title">{words.exports}</h1>
      {files?.length === 0 && <p className="t2 none-found">{words.noExports}</p>}
      {files && files.length > 0 && (
        <table>
          <tbody>
            {files.map((file) => (
              <tr key={file.id}>
                <td className="m">{file.name}</td>
                <td className="t2">{file.format}</td>
                <td className="t2 num right">{bytes(words.language, file.bytes)}</td>
                <td className="t3 num">{date.format(new Date(file.at))}</td>
                <td className="right">
                  <a
                    className="btn s"
                    href={`/api/exports/${encodeURIComponent(file.id)}/file`}
                    download={file.name}
                  >
                    <Icon name="import" />
                    {words.download("")}
                  </a>{" "}
                  <button
                    type="button"
                    className="btn ghost s"
                    onClick={() =>
                      call("DELETE /api/exports/:export", { at: { export: file.id } })
                        .then(reload)
                        .catch(report)
                    }
                  >
                    {words.remove}
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
