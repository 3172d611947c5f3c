// The keys: all of them with the active profile, and changing one.
import { Dialog } from "@base-ui/react/dialog";
import { useEffect, useRef, useState } from "react";
import { useStore } from "zustand";
import { actions, textOf } from "../actions/actions.ts";
import { actionOf, chordOf, keycaps, keysOf } from "../actions/keyboard.ts";
import { KEPT_BY_BROWSER, type ProfileName, profiles } from "../actions/profiles.ts";
import type { ActionId } from "../actions/texts.ts";
import { settings } from "../desk/settings.ts";
import { useWords, type Words } from "../words/words.ts";
import { KeyboardDrawing } from "./keyboard-drawing.tsx";
import { Icon, Keycaps } from "./parts.tsx";

export function KeysDialog({ close, change }: { close: () => void; change: ActionId | null }) {
  const words = useWords();
  const closer = useRef<HTMLButtonElement>(null);
  return (
    <Dialog.Root open onOpenChange={(open) => !open && close()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog keys-dialog" data-dialog="" initialFocus={closer}>
          <div className="dialog-head">
            <Dialog.Title className="lead b grow">{words.keysTitle}</Dialog.Title>
            <ProfileChoice />
            <Dialog.Close ref={closer} className="ib" aria-label={words.close}>
              <Icon name="x" />
            </Dialog.Close>
          </div>
          <KeysList start={change} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

export function ProfileChoice() {
  const words = useWords();
  const profile = useStore(settings, (now) => now.profile);
  const changed = useStore(settings, (now) => Object.keys(now.keys).length > 0);
  return (
    <span className="row">
      {changed && (
        <button type="button" className="btn s" onClick={() => settings.setState({ keys: {} })}>
          {words.resetKeys}
        </button>
      )}
      <select
        className="select"
        aria-label={words.profile}
        value={profile}
        onChange={(event) => settings.setState({ profile: event.target.value as ProfileName })}
      >
        {(Object.keys(profiles) as ProfileName[]).map((name) => (
          <option key={name} value={name}>
            {words.profiles[name]}
          </option>
        ))}
      </select>
    </span>
  );
}

export function KeysList({ start }: { start: ActionId | null }) {
  const words = useWords();
  useStore(settings, (now) => now.keys);
  useStore(settings, (now) => now.profile);
  const [changing, setChanging] = useState<ActionId | null>(start);
  const [note, setNote] = useState<string | null>(null);
  useEffect(() => {
    if (!changing) return;
    const listen = (event: KeyboardEvent) => {
      event.preventDefault();
      event.stopPropagation();
      if (
        [
          "ShiftLeft",
          "ShiftRight",
          "ControlLeft",
          "ControlRight",
          "AltLeft",
          "AltRight",
          "MetaLeft",
          "MetaRight",
        ].includes(event.code)
      )
        return;
      if (event.code !== "Escape") setNote(changeKey(changing, chordOf(event), words));
      setChanging(null);
    };
    addEventListener("keydown", listen, true);
    return () => removeEventListener("keydown", listen, true);
  }, [changing, words]);
  const groups = Object.keys(words.groups) as (keyof Words["groups"])[];
  const choose = (id: ActionId) => {
    setNote(null);
    setChanging(id);
  };
  return (
    <div className="keys-list scroll">
      <div className="small keys-note" role="status">
        {changing ? words.pressKey(textOf(changing, words).name) : (note ?? "")}
      </div>
      <KeyboardDrawing choose={choose} />
      <div className="keys-columns">
        {groups.map((group) => (
          <section key={group} className="keys-group">
            <h3 className="small t3">{words.groups[group]}</h3>
            {(Object.keys(actions) as ActionId[])
              .filter(
                (id) => actions[id].group === group && (keysOf(id).length > 0 || id === changing),
              )
              .map((id) => (
                <button
                  type="button"
                  key={id}
                  className={`keys-row ${changing === id ? "on" : ""}`}
                  title={textOf(id, words).does}
                  aria-description={words.changeKey}
                  onClick={() => choose(id)}
                >
                  <span className="grow cut left-text">{textOf(id, words).name}</span>
                  {keysOf(id).map((chord) => (
                    <span className="row tight" key={chord}>
                      <Keycaps chord={chord} />
                    </span>
                  ))}
                </button>
              ))}
          </section>
        ))}
      </div>
    </div>
  );
}

/** Sets a key unless it is taken; answers what stands in the way, or null. */
function changeKey(action: ActionId, chord: string, words: Words): string | null {
  const shown = keycaps(chord).join("+");
  if ((KEPT_BY_BROWSER as readonly string[]).includes(chord)) return words.keyKept(shown);
  const owner = actionOf(chord);
  if (owner !== null && owner !== action) return words.keyTaken(shown, textOf(owner, words).name);
  const { keys } = settings.getState();
  settings.setState({ keys: { ...keys, [action]: [chord] } });
  return null;
}
