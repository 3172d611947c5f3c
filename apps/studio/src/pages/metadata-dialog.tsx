// Facts about a video: where it comes from, under which licence, tags.
import { Dialog } from "@base-ui/react/dialog";
import type { Video } from "@masklet/protocol";
import { useState } from "react";
import { call } from "../link/call.ts";
import { Icon } from "../panels/parts.tsx";
import { useWords } from "../words/words.ts";

const FIELDS = ["country", "event", "source", "licence"] as const;

export function MetadataDialog({ video, close }: { video: Video; close: () => void }) {
  const words = useWords();
  const [name, setName] = useState(video.name);
  const [metadata, setMetadata] = useState(video.metadata);
  const [tags, setTags] = useState(video.metadata.tags.join(", "));
  const [problem, setProblem] = useState<string | null>(null);
  const save = (event: React.FormEvent) => {
    event.preventDefault();
    const list = tags.split(",").map((tag) => tag.trim());
    const body = {
      name: name.trim() || video.name,
      metadata: { ...metadata, tags: list.filter(Boolean) },
    };
    call("PATCH /api/videos/:video", { at: { video: video.id }, body })
      .then(close)
      .catch((error: Error) => setProblem(error.message));
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && close()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog metadata-dialog" data-dialog="">
          <form onSubmit={save}>
            <div className="dialog-head">
              <Dialog.Title className="lead b grow cut">{words.metadata}</Dialog.Title>
              <Dialog.Close className="ib" aria-label={words.close}>
                <Icon name="x" />
              </Dialog.Close>
            </div>
            <div className="dialog-body">
              <div className="kv form">
                <FieldRow id="meta-name" label={words.name} value={name} set={setName} />
                {FIELDS.map((field) => (
                  <FieldRow
                    key={field}
                    id={`meta-${field}`}
                    label={words.meta[field]}
                    value={metadata[field]}
                    set={(value) => setMetadata({ ...metadata, [field]: value })}
                  />
                ))}
                <FieldRow id="meta-tags" label={words.meta.tags} value={tags} set={setTags} />
              </div>
              {problem && (
                <p className="err" role="alert">
                  {problem}
                </p>
              )}
            </div>
            <div className="dialog-foot">
              <span className="grow" />
              <button type="button" className="btn ghost l" onClick={close}>
                {words.cancel}
              </button>
              <button type="submit" className="btn primary l">
                {words.save}
              </button>
            </div>
          </form>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function FieldRow(props: {
  id: string;
  label: string;
  value: string;
  set: (value: string) => void;
}) {
  return (
    <>
      <label htmlFor={props.id}>{props.label}</label>
      <input
        id={props.id}
        className="text"
        maxLength={200}
        value={props.value}
        onChange={(event) => props.set(event.target.value)}
      />
    </>
  );
}
