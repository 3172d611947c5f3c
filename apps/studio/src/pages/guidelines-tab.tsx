// The project's guidelines: one text, saved when the field is left.
import type { Project } from "@masklet/protocol";
import { useState } from "react";
import { call } from "../link/call.ts";
import { useWords } from "../words/words.ts";

export function GuidelinesTab(props: {
  project: Project;
  onChange: (project: Project) => void;
  report: (error: unknown) => void;
}) {
  const { project } = props;
  const words = useWords();
  const [text, setText] = useState(project.guidelines);
  const save = () => {
    if (text === project.guidelines) return;
    call("PATCH /api/projects/:project", {
      at: { project: project.id },
      body: { guidelines: text },
    })
      .then(props.onChange)
      .catch(props.report);
  };
  return (
    <div className="tab">
      <h1 className="title tab-title">{words.guidelines}</h1>
      <textarea
        className="text guidelines"
        value={text}
        placeholder={words.guidelinesHint}
        aria-label={words.guidelines}
        onChange={(event) => setText(event.target.value)}
        onBlur={save}
      />
    </div>
  );
}
