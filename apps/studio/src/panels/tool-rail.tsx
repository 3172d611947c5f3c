// The tool rail on the left: tools, undo and redo, keys.
import type { ActionId } from "../actions/texts.ts";
import type { Tool } from "../desk/view.ts";
import { useWords } from "../words/words.ts";
import { useView } from "./context.ts";
import { ActionButton } from "./parts.tsx";

const TOOLS: readonly Tool[] = ["select", "click", "box", "brush", "eraser", "polygon", "hand"];

export function ToolRail() {
  const words = useWords();
  const tool = useView((view) => view.tool);
  const proposals = useView((view) => view.proposals !== null || view.proposing);
  return (
    <section className="rail" aria-label={words.tools} data-region="rail">
      <div className="railbar" role="toolbar" aria-label={words.tools} aria-orientation="vertical">
        {TOOLS.map((one) => (
          <ActionButton
            key={one}
            action={`tool.${one}` as ActionId}
            className={`tool ${tool === one ? "on" : ""}`}
            pressed={tool === one}
          />
        ))}
        <span className="sep" />
        <ActionButton action="mask.all" className="tool" pressed={proposals} />
        <span className="grow" />
        <ActionButton action="undo" className="tool" />
        <ActionButton action="redo" className="tool" />
        <span className="sep" />
        <ActionButton action="keys" className="tool" />
      </div>
    </section>
  );
}
