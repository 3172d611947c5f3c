// The models: which is at work, which can be fetched, what each is good for.
import { ModelList } from "../panels/model-chip.tsx";
import { useWords } from "../words/words.ts";
import { PageFrame } from "./page-frame.tsx";
import { useModels } from "./use-models.ts";

export function ModelsPage() {
  const words = useWords();
  const [models, setModels] = useModels();
  return (
    <PageFrame crumb={<b>{words.models}</b>}>
      <div className="narrow scroll">
        <h1 className="title">{words.models}</h1>
        <p className="t2">{words.modelsText}</p>
        {models ? (
          <>
            <div className="row small t2">
              {words.runsOn(words.device(models.device))}
              {models.engine !== "ready" && <span className="chip info">{words.engineAway}</span>}
            </div>
            <ModelList models={models} onModels={setModels} />
          </>
        ) : (
          <p className="t3" aria-busy="true">
            {words.loading}
          </p>
        )}
        <p className="small t3">{words.modelsChecked}</p>
      </div>
    </PageFrame>
  );
}
