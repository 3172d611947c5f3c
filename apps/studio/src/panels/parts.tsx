// Small parts that every panel is made of: icons, swatches, keycaps, action buttons.
import type { TrackId } from "@masklet/annotation";
import type { ReactNode } from "react";
import { actions, perform, textOf } from "../actions/actions.ts";
import { keycaps, keysOf, keyText } from "../actions/keyboard.ts";
import type { ActionId } from "../actions/texts.ts";
import { type IconName, icons } from "../style/icons.ts";
import { useWords } from "../words/words.ts";
import { useContextOfActions, useFrame, useSession, useView } from "./context.ts";

export function Icon({ name, tone }: { name: IconName; tone?: string }) {
  return (
    <svg
      className={`icon ${tone ?? ""}`}
      viewBox="0 0 16 16"
      aria-hidden="true"
      // biome-ignore lint/security/noDangerouslySetInnerHtml: the icons are our own constants
      dangerouslySetInnerHTML={{ __html: icons[name] }}
    />
  );
}

export function Swatch({ track, colour }: { track: TrackId; colour: string }) {
  return (
    <span className="sw" style={{ background: colour }}>
      {track}
    </span>
  );
}

export function Keycaps({ chord }: { chord: string }) {
  return (
    <>
      {keycaps(chord).map((cap) => (
        <kbd key={cap}>{cap}</kbd>
      ))}
    </>
  );
}

/** The first key of an action, as a keycap; nothing where it has none. */
export function KeyOf({ action }: { action: ActionId }) {
  const [first] = keysOf(action);
  return first ? (
    <span className="caps">
      <Keycaps chord={first} />
    </span>
  ) : null;
}

/** Name and key of an action for a tooltip. */
export function useTip(action: ActionId): string {
  const words = useWords();
  const key = keyText(action);
  const { name } = textOf(action, words);
  return key ? `${name} (${key})` : name;
}

/** An icon button that runs an action; off with its reason where the action cannot run. */
export function ActionButton(props: {
  action: ActionId;
  icon?: IconName;
  className?: string;
  pressed?: boolean;
  children?: ReactNode;
}) {
  const context = useContextOfActions();
  const words = useWords();
  const tip = useTip(props.action);
  // Whatever may decide whether it can run: cheap to ask again.
  useView((view) => view.selected);
  useFrame();
  useView((view) => view.candidates);
  useSession((session) => session.history);
  useSession((session) => session.link);
  const why = actions[props.action].blocked(context);
  const icon = props.icon ?? actions[props.action].icon;
  return (
    <button
      type="button"
      className={`${props.className ?? "ib"} ${props.pressed ? "on" : ""}`}
      title={why ? `${tip}: ${why(words)}` : tip}
      aria-label={textOf(props.action, words).name}
      aria-pressed={props.pressed}
      aria-disabled={why !== null}
      data-off={why !== null || undefined}
      onClick={() => perform(props.action, context)}
    >
      {icon && <Icon name={icon} />}
      {props.children}
    </button>
  );
}
