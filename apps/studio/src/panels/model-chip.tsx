// The model at work, always visible; behind it the others, with size, licence and fetching.
import { Popover } from "@base-ui/react/popover";
import type { Model, Models } from "@masklet/protocol";
import { useState } from "react";
import { call, LinkError } from "../link/call.ts";
import { Link } from "../pages/router.tsx";
import { modelSentence, modelTitle } from "../words/models.ts";
import { bytes } from "../words/plural.ts";
import { useWords } from "../words/words.ts";
import { Icon } from "./parts.tsx";

interface ModelsProps {
  readonly models: Models;
  /** A newer state, as an answer told it. */
  readonly onModels: (models: Models) => void;
}

export function ModelChip({ models, onModels }: ModelsProps) {
  const words = useWords();
  const fetching = models.models.find((model) => model.state === "fetching");
  const share = fetching
    ? Math.round((100 * fetching.fetched) / Math.max(1, fetching.bytes))
    : null;
  return (
    <Popover.Root>
      <Popover.Trigger className="chip" title={words.model}>
        <Icon name="cpu" />
        <span className="cut">{modelTitle(models.active)}</span>
        <span className="t3 cut">
          {models.engine === "ready" ? words.device(models.device) : words.engineAway}
          {share !== null && ` · ${share} %`}
        </span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={6} align="end">
          <Popover.Popup className="pop models" aria-label={words.models}>
            <ModelList models={models} onModels={onModels} />
            <Link to="/models" className="row small models-all">
              <span className="grow">{words.aboutModels}</span>
              <Icon name="chev" />
            </Link>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

/** Every model as a row: what it is, how large, under which licence, and the one thing to do with it. */
export function ModelList({ models, onModels }: ModelsProps) {
  return (
    <div className="model-list">
      {models.models.map((model) => (
        <ModelRow
          key={model.name}
          model={model}
          active={models.active === model.name}
          onModels={onModels}
        />
      ))}
    </div>
  );
}

function ModelRow(props: { model: Model; active: boolean; onModels: (models: Models) => void }) {
  const { model, active, onModels } = props;
  const words = useWords();
  const [problem, setProblem] = useState<string | null>(null);
  const act = (action: "fetch" | "pause" | "use") => {
    setProblem(null);
    call("POST /api/models/:model", { at: { model: model.name }, body: { action } })
      .then(onModels)
      .catch((error: unknown) =>
        setProblem(error instanceof LinkError ? error.message : String(error)),
      );
  };
  const share = model.bytes > 0 ? model.fetched / model.bytes : 0;
  const underWay = model.state === "fetching" || model.state === "paused";
  return (
    <div className="model">
      <div className="row">
        <span className="m cut" title={model.name}>
          {modelTitle(model.name)}
        </span>
        {active && (
          <span className="small ok row tight">
            <Icon name="check" />
            {words.modelInUse}
          </span>
        )}
        <span className="grow" />
        <ModelDeed model={model} active={active} act={act} />
      </div>
      <div className="small t2">{modelSentence(model, words.language)}</div>
      <div className="small t3">
        {[
          model.state === "embedded" ? words.embedded : null,
          bytes(words.language, model.bytes),
          words.needsMemory(bytes(words.language, model.memory)),
          model.licence,
        ]
          .filter(Boolean)
          .join(" · ")}
      </div>
      {underWay && (
        <div className="row small t2 num">
          <span
            className="bar grow"
            role="progressbar"
            aria-label={modelTitle(model.name)}
            aria-valuenow={Math.round(share * 100)}
            aria-valuemin={0}
            aria-valuemax={100}
          >
            <i style={{ width: `${share * 100}%` }} />
          </span>
          {words.amountOf(bytes(words.language, model.fetched), bytes(words.language, model.bytes))}
        </div>
      )}
      {problem && (
        <div className="small err" role="alert">
          {problem}
        </div>
      )}
    </div>
  );
}

function ModelDeed(props: {
  model: Model;
  active: boolean;
  act: (action: "fetch" | "pause" | "use") => void;
}) {
  const { model, active, act } = props;
  const words = useWords();
  if (active) return null;
  if (model.tooLarge) return <span className="small t3">{words.tooLarge}</span>;
  const [action, label] =
    model.state === "ready" || model.state === "embedded"
      ? (["use", words.useModel] as const)
      : model.state === "fetching"
        ? (["pause", words.pause] as const)
        : (["fetch", model.state === "paused" ? words.resume : words.fetchModel] as const);
  return (
    <button
      type="button"
      className="btn s"
      aria-label={`${label}: ${modelTitle(model.name)}`}
      onClick={() => act(action)}
    >
      {label}
    </button>
  );
}
