// The palette: every command, object, label and frame by typing; says what the choice will do and how it is undone.
import { Dialog } from "@base-ui/react/dialog";
import { useMemo, useState } from "react";
import type { ActionContext } from "../actions/actions.ts";
import { actions, perform, textOf } from "../actions/actions.ts";
import { keyText } from "../actions/keyboard.ts";
import { type ActionId, actionTexts } from "../actions/texts.ts";
import { nameOf } from "../desk/core.ts";
import { settings } from "../desk/settings.ts";
import type { IconName } from "../style/icons.ts";
import { colourOf } from "../style/palette.ts";
import type { Words } from "../words/words.ts";
import { useWords } from "../words/words.ts";
import { useContextOfActions } from "./context.ts";
import { Icon, Swatch } from "./parts.tsx";

interface Entry {
  readonly key: string;
  readonly group: string;
  readonly name: string;
  /** What is searched, both languages. */
  readonly text: string;
  readonly does: string;
  readonly undone: string;
  readonly keys: string;
  readonly why: string | null;
  readonly icon: React.ReactNode;
  readonly action: ActionId | null;
  readonly run: () => void;
}

const SHOWN_MAX = 60;

export function Palette({
  start,
  close,
  changeKey,
}: {
  start: string;
  close: () => void;
  changeKey: (action: ActionId) => void;
}) {
  const context = useContextOfActions();
  const words = useWords();
  const [text, setText] = useState(start);
  const [chosen, setChosen] = useState(0);
  const entries = useMemo(() => found(context, words, text), [context, words, text]);
  const current = entries[Math.min(chosen, entries.length - 1)];
  const run = (entry: Entry | undefined) => {
    if (!entry || entry.why) return;
    if (entry.action) {
      const { used } = settings.getState();
      settings.setState({ used: { ...used, [entry.action]: (used[entry.action] ?? 0) + 1 } });
    }
    close();
    entry.run();
  };
  const keys = (event: React.KeyboardEvent) => {
    const move = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (move !== undefined) {
      event.preventDefault();
      setChosen((now) => Math.max(0, Math.min(entries.length - 1, now + move)));
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (event.ctrlKey && current?.action) changeKey(current.action);
      else run(current);
    }
  };
  let group = "";
  return (
    <Dialog.Root open onOpenChange={(open) => !open && close()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop light-backdrop" />
        <Dialog.Popup
          className="pop palette"
          data-dialog=""
          aria-label={words.search}
          initialFocus={undefined}
        >
          <div className="row palette-input">
            <Icon name="search" />
            <input
              className="plain grow lead"
              role="combobox"
              aria-expanded="true"
              aria-controls="palette-list"
              aria-activedescendant={current ? `palette-${current.key}` : undefined}
              aria-label={words.paletteHint}
              placeholder={words.paletteHint}
              value={text}
              // biome-ignore lint/a11y/noAutofocus: the palette is opened to type into it
              autoFocus
              onChange={(event) => {
                setText(event.target.value);
                setChosen(0);
              }}
              onKeyDown={keys}
            />
            <kbd>Esc</kbd>
          </div>
          <div id="palette-list" className="palette-list" role="listbox" aria-label={words.search}>
            {entries.length === 0 && <div className="t3 empty">{words.nothingMatches(text)}</div>}
            {entries.map((entry) => {
              const heading = entry.group !== group;
              group = entry.group;
              const on = entry === current;
              return (
                <div key={entry.key} role="presentation">
                  {heading && <div className="small t3 palette-group">{entry.group}</div>}
                  {/* biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the keyboard */}
                  <div
                    id={`palette-${entry.key}`}
                    role="option"
                    tabIndex={-1}
                    aria-selected={on}
                    aria-disabled={entry.why !== null}
                    className={`palette-row ${on ? "on" : ""} ${entry.why ? "off" : ""}`}
                    ref={on ? scrollTo : undefined}
                    onClick={() => run(entry)}
                  >
                    {entry.icon}
                    <span className="grow cut">{entry.name}</span>
                    {entry.why && <span className="small t3 cut">{entry.why}</span>}
                    {entry.keys && <kbd>{entry.keys.replaceAll("+", " ")}</kbd>}
                  </div>
                  {on && !entry.why && entry.does && (
                    <div className="palette-does small">
                      <div className="t2">{entry.does}</div>
                      <div className="t3">{entry.undone}</div>
                    </div>
                  )}
                </div>
              );
            })}
          </div>
          <div className="palette-foot small t3">
            <span className="row tight">
              <kbd>↑</kbd>
              <kbd>↓</kbd> {words.move}
            </span>
            <span className="row tight">
              <kbd>Enter</kbd> {words.run}
            </span>
            <span className="row tight">
              <kbd>Ctrl</kbd>
              <kbd>Enter</kbd> {words.changeKey}
            </span>
            <span className="grow" />
            <span className="cut">{words.paletteFoot}</span>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

const scrollTo = (element: HTMLDivElement | null) => element?.scrollIntoView({ block: "nearest" });

function found(context: ActionContext, words: Words, text: string): Entry[] {
  const query = text.trim().toLowerCase();
  if (/^\d+$/.test(query))
    return [frameEntry(context, words, Number(query)), ...commands(context, words, query)];
  if (query.startsWith("@")) return objectEntries(context, words, query.slice(1));
  if (query.startsWith("#")) return labelEntries(context, words, query.slice(1));
  const all = commands(context, words, query);
  if (query === "") return all.slice(0, SHOWN_MAX);
  return [
    ...all,
    ...objectEntries(context, words, query),
    ...labelEntries(context, words, query),
  ].slice(0, SHOWN_MAX);
}

function commands(context: ActionContext, words: Words, query: string): Entry[] {
  const { used } = settings.getState();
  return (Object.keys(actions) as ActionId[])
    .filter((id) => !actions[id].keyOnly)
    .map((id) => commandEntry(context, words, id))
    .map((entry) => ({ entry, rank: rankOf(entry.text, query) }))
    .filter(({ rank }) => rank > 0)
    .sort(
      (a, b) =>
        Number(a.entry.why !== null) - Number(b.entry.why !== null) ||
        b.rank - a.rank ||
        (used[b.entry.key] ?? 0) - (used[a.entry.key] ?? 0),
    )
    .map(({ entry }) => entry);
}

function commandEntry(context: ActionContext, words: Words, id: ActionId): Entry {
  const one = actions[id];
  const { name, does } = textOf(id, words);
  const why = one.blocked(context);
  return {
    key: id,
    group: words.groups[one.group],
    name,
    text: `${actionTexts.en[id].name} ${actionTexts.ru[id].name}`.toLowerCase(),
    does,
    undone: words.undoneWith[one.undone],
    keys: keyText(id),
    why: why ? why(words) : null,
    icon: <Icon name={(one.icon ?? "chev") as IconName} />,
    action: id,
    run: () => perform(id, context),
  };
}

/** 3 a word begins with it, 2 it stands inside, 1 its letters come in this order, 0 no. */
function rankOf(text: string, query: string): number {
  if (query === "") return 1;
  if (text.split(/\s+/).some((word) => word.startsWith(query)) || text.startsWith(query)) return 3;
  if (text.includes(query)) return 2;
  let at = 0;
  for (const letter of query) {
    at = text.indexOf(letter, at) + 1;
    if (at === 0) return 0;
  }
  return query.length >= 3 ? 1 : 0;
}

const plain = { does: "", undone: "", keys: "", why: null, action: null };

function frameEntry({ desk }: ActionContext, words: Words, frame: number): Entry {
  return {
    ...plain,
    key: "frame",
    group: words.groups.player,
    name: words.goToFrame(Math.min(frame, desk.video.frames - 1)),
    text: String(frame),
    icon: <Icon name="stepf" />,
    run: () => desk.playback.go(frame),
  };
}

function objectEntries({ desk }: ActionContext, words: Words, query: string): Entry[] {
  const { tracks } = desk.session.state.getState().document;
  return [...tracks]
    .filter(
      ([id]) =>
        query === "" || nameOf(desk, id).toLowerCase().includes(query) || String(id) === query,
    )
    .slice(0, SHOWN_MAX)
    .map(([id, track]) => ({
      ...plain,
      key: `object-${id}`,
      group: words.lanes,
      name: words.selectObject(nameOf(desk, id)),
      text: nameOf(desk, id),
      icon: <Swatch track={id} colour={colourOf(id, track.info)} />,
      run: () => desk.objects.select(id),
    }));
}

function labelEntries({ desk }: ActionContext, words: Words, query: string): Entry[] {
  const { labels } = desk.session.state.getState().document;
  const { selected } = desk.view.getState();
  return [...labels]
    .filter(([, label]) => label.name.toLowerCase().includes(query))
    .map(([id, label]) => ({
      ...plain,
      key: `label-${id}`,
      group: words.labels,
      name: words.giveLabel(label.name),
      text: label.name,
      why: selected === null ? words.why.noObject : null,
      undone: words.undoneWith.undo,
      icon: <Icon name="tag" />,
      run: () => selected !== null && desk.objects.setLabel(selected, id),
    }));
}
