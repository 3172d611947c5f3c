// The palette's box: a field and a ranked list; what is in the list is its owner's affair.
import { Dialog } from "@base-ui/react/dialog";
import { useMemo, useState } from "react";
import type { ActionId } from "../actions/texts.ts";
import { useWords } from "../words/words.ts";
import { Icon, Keycaps } from "./parts.tsx";

export interface Entry {
  readonly key: string;
  readonly group: string;
  readonly name: string;
  /** What is searched, both languages. */
  readonly text: string;
  readonly does: React.ReactNode;
  readonly undone: string;
  readonly chord: string | null;
  readonly why: string | null;
  readonly icon: React.ReactNode;
  readonly action: ActionId | null;
  readonly run: () => void;
}

/** An entry that needs no explanation: a place to go to, an object to select. */
export const plainEntry = { does: "", undone: "", chord: null, why: null, action: null };

export function PaletteBox(props: {
  start: string;
  hint: string;
  foot: string | null;
  find: (text: string) => readonly Entry[];
  /** The known name nearest to what was typed, where nothing was found. */
  nearest: (text: string) => string | null;
  close: () => void;
  changeKey: ((action: ActionId) => void) | null;
  onRun: (entry: Entry) => void;
}) {
  const words = useWords();
  const { find, close, changeKey } = props;
  const [text, setText] = useState(props.start);
  const [chosen, setChosen] = useState(0);
  const entries = useMemo(() => find(text), [find, text]);
  const current = entries[Math.min(chosen, entries.length - 1)];
  const run = (entry: Entry | undefined) => {
    if (!entry || entry.why) return;
    props.onRun(entry);
    close();
    entry.run();
  };
  const search = (next: string) => {
    setText(next);
    setChosen(0);
  };
  const keys = (event: React.KeyboardEvent) => {
    const move = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (move !== undefined) {
      event.preventDefault();
      setChosen((now) => Math.max(0, Math.min(entries.length - 1, now + move)));
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (event.ctrlKey && current?.action && changeKey) changeKey(current.action);
      else run(current);
    }
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && close()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop light-backdrop" />
        <Dialog.Popup className="pop palette" data-dialog="" aria-label={words.search}>
          <div className="row palette-input">
            <Icon name="search" tone="t3" />
            <input
              className="plain grow lead"
              role="combobox"
              aria-expanded="true"
              aria-controls="palette-list"
              aria-activedescendant={current ? `palette-${current.key}` : undefined}
              aria-label={props.hint}
              placeholder={props.hint}
              value={text}
              // biome-ignore lint/a11y/noAutofocus: the palette is opened to type into it
              autoFocus
              onChange={(event) => search(event.target.value)}
              onKeyDown={keys}
            />
            <kbd>Esc</kbd>
          </div>
          <div id="palette-list" className="palette-list" role="listbox" aria-label={words.search}>
            {entries.map((entry, i) => (
              <Row
                key={entry.key}
                entry={entry}
                heading={entry.group !== entries[i - 1]?.group}
                on={entry === current}
                query={text.trim()}
                run={run}
              />
            ))}
          </div>
          {entries.length === 0 && (
            <Nothing text={text} nearest={props.nearest(text)} search={search} />
          )}
          <div className="palette-foot micro t3">
            <span className="row tight">
              <kbd>↑</kbd>
              <kbd>↓</kbd> {words.move}
            </span>
            <span className="row tight">
              <kbd>Enter</kbd> {words.run}
            </span>
            {changeKey && (
              <span className="row tight">
                <kbd>Ctrl</kbd>
                <kbd>Enter</kbd> {words.changeKey}
              </span>
            )}
            <span className="grow" />
            {props.foot && <span className="cut">{props.foot}</span>}
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Row(props: {
  entry: Entry;
  heading: boolean;
  on: boolean;
  query: string;
  run: (entry: Entry) => void;
}) {
  const { entry, on } = props;
  return (
    <div role="presentation">
      {props.heading && <div className="micro m t3 palette-group">{entry.group}</div>}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the keyboard */}
      <div
        id={`palette-${entry.key}`}
        role="option"
        tabIndex={-1}
        aria-selected={on}
        aria-disabled={entry.why !== null}
        className={`palette-row ${on ? "on" : ""} ${entry.why ? "off" : ""}`}
        ref={on ? scrollTo : undefined}
        onClick={() => props.run(entry)}
      >
        {entry.icon}
        <span className="cut">
          <Marked text={entry.name} query={props.query} />
        </span>
        <span className="grow" />
        {entry.why && <span className="small t3 cut">{entry.why}</span>}
        {entry.chord && (
          <span className="caps">
            <Keycaps chord={entry.chord} />
          </span>
        )}
      </div>
      {on && !entry.why && entry.does && (
        <div className="palette-does small">
          <div className="t2">{entry.does}</div>
          <div className="t3">{entry.undone}</div>
        </div>
      )}
    </div>
  );
}

/** The part of a name that was typed stands out. */
function Marked({ text, query }: { text: string; query: string }) {
  const at = query === "" ? -1 : text.toLowerCase().indexOf(query.toLowerCase());
  if (at < 0) return text;
  return (
    <>
      {text.slice(0, at)}
      <b>{text.slice(at, at + query.length)}</b>
      {text.slice(at + query.length)}
    </>
  );
}

function Nothing(props: { text: string; nearest: string | null; search: (text: string) => void }) {
  const words = useWords();
  const { nearest } = props;
  return (
    <div className="row t2 empty" role="status">
      {words.nothingMatches(props.text)}
      {nearest && (
        <button type="button" className="btn s" onClick={() => props.search(nearest)}>
          {nearest}?
        </button>
      )}
    </div>
  );
}

const scrollTo = (element: HTMLDivElement | null) => element?.scrollIntoView({ block: "nearest" });
