// The project's labels: colour, name, key, attributes; saved as they are changed.
import type { AttributeDefinition, Label } from "@masklet/annotation";
import type { Project, ProjectLabel } from "@masklet/protocol";
import { useState } from "react";
import { call } from "../link/call.ts";
import { Icon } from "../panels/parts.tsx";
import { PALETTE } from "../style/palette.ts";
import { useWords, type Words } from "../words/words.ts";

export function LabelsTab(props: {
  project: Project;
  onChange: (project: Project) => void;
  report: (error: unknown) => void;
}) {
  const { project } = props;
  const words = useWords();
  const [labels, setLabels] = useState<readonly ProjectLabel[]>(project.labels);
  const save = (next: readonly ProjectLabel[]) => {
    setLabels(next);
    call("PATCH /api/projects/:project", {
      at: { project: project.id },
      body: { labels: [...next] },
    })
      .then((saved) => {
        setLabels(saved.labels);
        props.onChange(saved);
      })
      .catch((error: unknown) => {
        setLabels(project.labels);
        props.report(error);
      });
  };
  const change = (id: number, label: Label) =>
    save(labels.map((one) => (one.id === id ? { id, label } : one)));
  const add = () => {
    const id = Math.max(0, ...labels.map((one) => one.id)) + 1;
    const taken = new Set(labels.map((one) => one.label.key));
    const key = [1, 2, 3, 4, 5, 6, 7, 8, 9].map(String).find((one) => !taken.has(one)) ?? null;
    const colour = PALETTE[labels.length % PALETTE.length] ?? null;
    save([
      ...labels,
      { id, label: { name: `${words.label} ${id}`, parent: null, colour, key, attributes: [] } },
    ]);
  };
  return (
    <div className="tab scroll">
      <div className="row tab-head">
        <h1 className="title grow">{words.labels}</h1>
        <button type="button" className="btn primary" onClick={add}>
          <Icon name="plus" />
          {words.newLabel}
        </button>
      </div>
      {labels.length === 0 && <p className="t2 tab-note">{words.labelsEmpty}</p>}
      <div className="label-rows">
        {labels.map(({ id, label }) => (
          <LabelRow
            key={id}
            label={label}
            words={words}
            change={(next) => change(id, next)}
            remove={() => save(labels.filter((one) => one.id !== id))}
          />
        ))}
      </div>
    </div>
  );
}

function LabelRow({
  label,
  words,
  change,
  remove,
}: {
  label: Label;
  words: Words;
  change: (label: Label) => void;
  remove: () => void;
}) {
  const [name, setName] = useState(label.name);
  const commit = () => {
    if (name.trim() && name.trim() !== label.name) change({ ...label, name: name.trim() });
    else setName(label.name);
  };
  const attribute = (index: number, next: AttributeDefinition | null) =>
    change({
      ...label,
      attributes: label.attributes.flatMap((one, i) =>
        i === index ? (next ? [next] : []) : [one],
      ),
    });
  const addAttribute = () => {
    const fresh: AttributeDefinition = {
      name: `${words.attributes.toLowerCase()} ${label.attributes.length + 1}`,
      type: "choice",
      choices: [],
      mutable: false,
      initial: null,
    };
    change({ ...label, attributes: [...label.attributes, fresh] });
  };
  return (
    <section className="label-row" aria-label={label.name}>
      <div className="row">
        <input
          type="color"
          className="colour"
          value={label.colour ?? "#888888"}
          aria-label={`${words.colour}: ${label.name}`}
          onChange={(event) => change({ ...label, colour: event.target.value })}
        />
        <input
          className="text m"
          value={name}
          maxLength={200}
          aria-label={words.name}
          onChange={(event) => setName(event.target.value)}
          onBlur={commit}
          onKeyDown={(event) => event.key === "Enter" && commit()}
        />
        <select
          className="select key-choice"
          aria-label={`${words.key}: ${label.name}`}
          value={label.key ?? ""}
          onChange={(event) => change({ ...label, key: event.target.value || null })}
        >
          <option value="">–</option>
          {[1, 2, 3, 4, 5, 6, 7, 8, 9].map((key) => (
            <option key={key} value={key}>
              {key}
            </option>
          ))}
        </select>
        <button type="button" className="btn s" onClick={addAttribute}>
          <Icon name="plus" />
          {words.newAttribute}
        </button>
        <button
          type="button"
          className="ib"
          aria-label={`${words.remove}: ${label.name}`}
          title={words.remove}
          onClick={remove}
        >
          <Icon name="x" />
        </button>
      </div>
      {label.attributes.map((definition, i) => (
        <AttributeRow
          // biome-ignore lint/suspicious/noArrayIndexKey: attributes are known by their place
          key={i}
          definition={definition}
          words={words}
          change={(next) => attribute(i, next)}
        />
      ))}
    </section>
  );
}

function AttributeRow({
  definition,
  words,
  change,
}: {
  definition: AttributeDefinition;
  words: Words;
  change: (next: AttributeDefinition | null) => void;
}) {
  const { name, type, choices, mutable } = definition;
  return (
    <div className="row attribute-row">
      <input
        className="text"
        defaultValue={name}
        aria-label={`${words.attributes}: ${words.name}`}
        onBlur={(event) =>
          event.target.value.trim() &&
          event.target.value !== name &&
          change({ ...definition, name: event.target.value.trim() })
        }
      />
      <select
        className="select"
        aria-label={`${words.attributes}: ${name}`}
        value={type}
        onChange={(event) =>
          change({
            ...definition,
            type: event.target.value as AttributeDefinition["type"],
            initial: null,
          })
        }
      >
        {(["choice", "number", "text", "boolean"] as const).map((one) => (
          <option key={one} value={one}>
            {words.attributeTypes[one]}
          </option>
        ))}
      </select>
      {type === "choice" && (
        <input
          className="text grow"
          defaultValue={choices.join(", ")}
          placeholder={words.choices}
          aria-label={words.choices}
          onBlur={(event) =>
            change({
              ...definition,
              choices: event.target.value
                .split(",")
                .map((one) => one.trim())
                .filter(Boolean),
            })
          }
        />
      )}
      <label className="row small t2">
        <input
          type="checkbox"
          checked={mutable}
          onChange={(event) => change({ ...definition, mutable: event.target.checked })}
        />
        {words.perFrame}
      </label>
      <button
        type="button"
        className="ib s"
        aria-label={`${words.remove}: ${name}`}
        onClick={() => change(null)}
      >
        <Icon name="x" />
      </button>
    </div>
  );
}
