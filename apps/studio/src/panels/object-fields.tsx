// Label and attributes of the selected object.
import type { AttributeDefinition, LabelId, Track, TrackId } from "@masklet/annotation";
import { useState } from "react";
import { useWords } from "../words/words.ts";
import { useDesk, useDocument, useSelected } from "./context.ts";

const NEW = "new";

/** The label of an object; a new one is named right here and becomes the project's. */
export function LabelField({ id, track }: { id: TrackId; track: Track }) {
  const desk = useDesk();
  const words = useWords();
  const { labels } = useDocument();
  const [naming, setNaming] = useState(false);
  const sorted = [...labels].sort((a, b) => a[0] - b[0]);
  if (naming)
    return (
      <input
        id="label"
        className="select"
        // biome-ignore lint/a11y/noAutofocus: asked for by the person just now
        autoFocus
        placeholder={words.newLabel}
        maxLength={200}
        onKeyDown={(event) => {
          if (event.key === "Escape") setNaming(false);
          if (event.key !== "Enter") return;
          const name = event.currentTarget.value.trim();
          if (name) void desk.objects.createLabel(id, name);
          setNaming(false);
        }}
        onBlur={() => setNaming(false)}
      />
    );
  return (
    <select
      id="label"
      className="select"
      value={track.info.label ?? ""}
      onChange={(event) => {
        const { value } = event.target;
        if (value === NEW) setNaming(true);
        else desk.objects.setLabel(id, value === "" ? null : (Number(value) as LabelId));
      }}
    >
      <option value="">{words.noLabel}</option>
      {sorted.map(([key, label]) => (
        <option key={key} value={key}>
          {label.name}
        </option>
      ))}
      <option value={NEW}>{words.newLabel}…</option>
    </select>
  );
}

export function Attributes({ id }: { id: TrackId }) {
  const selected = useSelected();
  const { labels } = useDocument();
  const label = selected?.track.info.label;
  const definitions =
    label === null || label === undefined ? [] : (labels.get(label)?.attributes ?? []);
  return (
    <>
      {definitions.map((definition) => (
        <AttributeField key={definition.name} id={id} definition={definition} />
      ))}
    </>
  );
}

function AttributeField({ id, definition }: { id: TrackId; definition: AttributeDefinition }) {
  const desk = useDesk();
  const words = useWords();
  const selected = useSelected();
  if (!selected) return null;
  const { name, type, choices, mutable, initial } = definition;
  const values = mutable ? selected.state?.attributes : selected.track.info.attributes;
  const value = values?.[name] ?? initial ?? "";
  const field = `attribute-${name}`;
  const set = (next: string | number | boolean) =>
    desk.objects.setAttribute(id, name, next, mutable);
  return (
    <>
      <label htmlFor={field} className="cut" title={name}>
        {name}
      </label>
      {type === "boolean" ? (
        <input
          id={field}
          type="checkbox"
          checked={value === true}
          onChange={(event) => set(event.target.checked)}
        />
      ) : type === "choice" ? (
        <select
          id={field}
          className="select"
          value={String(value)}
          onChange={(event) => set(event.target.value)}
        >
          <option value="">–</option>
          {choices.map((choice) => (
            <option key={choice} value={choice}>
              {choice}
            </option>
          ))}
        </select>
      ) : (
        <input
          id={field}
          key={`${id}.${name}.${String(value)}`}
          className="select"
          type={type === "number" ? "number" : "text"}
          defaultValue={String(value)}
          aria-label={`${words.attributes}: ${name}`}
          onBlur={(event) => {
            const text = event.target.value;
            if (text !== String(value)) set(type === "number" ? Number(text) : text);
          }}
        />
      )}
    </>
  );
}
