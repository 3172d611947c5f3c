// The model at work, always visible; behind it the others, with size, licence and fetching.
import { Popover } from "@base-ui/react/popover";
import type { Model } from "@masklet/protocol";
import { useState } from "react";
import { call, LinkError } from "../link/call.ts";
import { bytes } from "../words/plural.ts";
import { useWords } from "../words/words.ts";
import { useDesk, useView } from "./context.ts";
import { Icon } from "./parts.tsx";

export function ModelChip() {
  const words = useWords();
  const models = useView((view) => view.models);
  if (!models) return null;
  const fetching = models.models.find((model) => model.state === "fetching");
  const share = fetching
    ? Math.round((100 * fetching.fetched) / Math.max(1, fetching.bytes))
    : null;
  return (
    <Popover.Root>
      <Popover.Trigger className="chip" title={words.model}>
        <Icon name="cpu" />
        <span className="cut">{models.active}</span>
        <span className="t3">
          {models.engine === "ready" ? models.device : words.engineAway}
          {share !== null && ` · ${share} %`}
        </span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={6} align="end">
          <Popover.Popup className="pop models" aria-label={words.models}>
            {models.models.map((model) => (
              <ModelRow key={model.name} model={model} active={models.active === model.name} />
            ))}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

function ModelRow({ model, active }: { model: Model; active: boolean }) {
  const words = useWords();
  const desk = useDesk();
  const [problem, setProblem] = useState<string | null>(null);
  const act = (action: "fetch" | "pause" | "use") => {
    setProblem(null);
    call("POST /api/models/:model", { at: { model: model.name }, body: { action } })
      .then((models) => desk.view.setState({ models }))
      .catch((error: unknown) =>
        setProblem(error instanceof LinkError ? error.message : String(error)),
      );
  };
  const share = model.bytes > 0 ? model.fetched / model.bytes : 0;
  return (
    <div className="model">
      <div className="row">
        <span className="b grow cut">{model.name}</span>
        <ModelDeed model={model} active={active} act={act} />
      </div>
      <div className="small t2">{model.summary}</div>
      <div className="small t3">
        {[
          model.state === "embedded" ? words.embedded : null,
          bytes(words.language, model.bytes),
          model.licence,
        ]
          .filter(Boolean)
          .join(" · ")}
      </div>
      {(model.state === "fetching" || model.state === "paused") && (
        <div
          className="bar"
          role="progressbar"
          aria-label={model.name}
          aria-valuenow={Math.round(share * 100)}
          aria-valuemin={0}
          aria-valuemax={100}
        >
          <i style={{ width: `${share * 100}%` }} />
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
  if (active) return <span className="small ok">{words.modelInUse}</span>;
  if (model.tooLarge) return <span className="small t3">{words.tooLarge}</span>;
  const [action, label] =
    model.state === "ready" || model.state === "embedded"
      ? (["use", words.useModel] as const)
      : model.state === "fetching"
        ? (["pause", words.pause] as const)
        : (["fetch", model.state === "paused" ? words.resume : words.fetchModel] as const);
  return (
    <button type="button" className="btn s" onClick={() => act(action)}>
      {label}
    </button>
  );
}
