// The keyboard drawn with what each key does in the active profile, one layer of modifiers at a time.
import { useEffect, useState } from "react";
import { textOf } from "../actions/actions.ts";
import { actionOf, keycaps } from "../actions/keyboard.ts";
import type { ActionId } from "../actions/texts.ts";
import { useWords } from "../words/words.ts";

/** A key: its code, and its width in units of a letter key where that is not 1. */
type Key = readonly [code: string, width?: number];

const letters = (text: string): Key[] => [...text].map((letter) => [`Key${letter}`]);
const digits = (text: string): Key[] => [...text].map((digit) => [`Digit${digit}`]);

const ROWS: readonly (readonly Key[])[] = [
  [["Backquote"], ...digits("1234567890"), ["Minus"], ["Equal"], ["Backspace", 2]],
  [["Tab", 1.5], ...letters("QWERTYUIOP"), ["BracketLeft"], ["BracketRight"], ["Backslash", 1.5]],
  [["Escape", 1.75], ...letters("ASDFGHJKL"), ["Semicolon"], ["Quote"], ["Enter", 2.25]],
  [
    ["Home", 1.1],
    ["End", 1.1],
    ...letters("ZXCVBNM"),
    ["Comma"],
    ["Period"],
    ["Slash"],
    ["Delete", 2.8],
  ],
  [
    ["F2", 1.25],
    ["F6", 1.25],
    ["Space", 6.5],
    ["ArrowLeft", 1.5],
    ["ArrowDown", 1.5],
    ["ArrowUp", 1.5],
    ["ArrowRight", 1.5],
  ],
];

const LAYERS = ["", "Shift", "Ctrl", "Alt"] as const;
type Layer = (typeof LAYERS)[number];

export function KeyboardDrawing({ choose }: { choose: (action: ActionId) => void }) {
  const words = useWords();
  const [picked, setLayer] = useState<Layer>("");
  const held = useHeldLayer();
  const layer = held ?? picked;
  return (
    <section className="keyboard" aria-label={words.keyboard}>
      <div className="seg" role="radiogroup" aria-label={words.withKey}>
        {LAYERS.map((one) => (
          <button
            type="button"
            role="radio"
            key={one}
            aria-checked={one === layer}
            className={one === layer ? "on" : ""}
            onClick={() => setLayer(one)}
          >
            {one === "" ? words.keysAlone : one}
          </button>
        ))}
      </div>
      {ROWS.map((row) => (
        <div className="keyboard-row" key={row[0]?.[0]}>
          {row.map(([code, width = 1]) => (
            <KeyCell key={code} code={code} width={width} layer={layer} choose={choose} />
          ))}
        </div>
      ))}
    </section>
  );
}

function KeyCell(props: {
  code: string;
  width: number;
  layer: Layer;
  choose: (action: ActionId) => void;
}) {
  const { code, width, layer, choose } = props;
  const words = useWords();
  const action = actionOf(layer === "" ? code : `${layer}+${code}`);
  const cap = keycaps(code)[0];
  const style = { flexGrow: width, flexBasis: 0 };
  if (action === null)
    return (
      <span className="key" style={style} aria-hidden="true">
        <span className="cap">{cap}</span>
      </span>
    );
  const { name, does } = textOf(action, words);
  return (
    <button
      type="button"
      className="key bound"
      style={style}
      title={`${name}. ${does}`}
      onClick={() => choose(action)}
    >
      {layer && <span className="sr">{layer} </span>}
      <span className="cap">{cap}</span>
      <span className="what">{name}</span>
    </button>
  );
}

/** The layer of a modifier while it is held down. */
function useHeldLayer(): Layer | null {
  const [held, setHeld] = useState<Layer | null>(null);
  useEffect(() => {
    const listen = (event: KeyboardEvent) =>
      setHeld(event.ctrlKey ? "Ctrl" : event.altKey ? "Alt" : event.shiftKey ? "Shift" : null);
    const gone = () => setHeld(null);
    addEventListener("keydown", listen);
    addEventListener("keyup", listen);
    addEventListener("blur", gone);
    return () => {
      removeEventListener("keydown", listen);
      removeEventListener("keyup", listen);
      removeEventListener("blur", gone);
    };
  }, []);
  return held;
}
