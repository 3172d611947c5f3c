// From a pressed key to an action: physical keys, scopes, keys changed by hand, how keys are written on screen.
import { settings } from "../desk/settings.ts";
import { type ActionContext, actions, perform } from "./actions.ts";
import { actAtKeyCursor, moveFocusedPrompt, moveKeyCursor } from "./key-cursor.ts";
import { profiles } from "./profiles.ts";
import type { ActionId } from "./texts.ts";

/** A chord as the profiles write it: `Ctrl+Shift+KeyZ`. Command counts as Ctrl. */
export function chordOf(event: KeyboardEvent): string {
  const parts: string[] = [];
  if (event.ctrlKey || event.metaKey) parts.push("Ctrl");
  if (event.shiftKey) parts.push("Shift");
  if (event.altKey) parts.push("Alt");
  parts.push(event.code === "NumpadEnter" ? "Enter" : event.code);
  return parts.join("+");
}

/** Chords with their modifiers in one order, so that they compare. */
function ordered(chord: string): string {
  const parts = chord.split("+");
  const key = parts.pop() ?? "";
  return [...["Ctrl", "Shift", "Alt"].filter((modifier) => parts.includes(modifier)), key].join(
    "+",
  );
}

/** The keys of an action: those set by hand, else the profile's. */
export function keysOf(id: ActionId): readonly string[] {
  const { keys, profile } = settings.getState();
  return keys[id] ?? profiles[profile][id] ?? [];
}

/** The action a chord runs, or null. */
export function actionOf(chord: string): ActionId | null {
  const wanted = ordered(chord);
  for (const id of Object.keys(actions) as ActionId[]) {
    if (keysOf(id).some((key) => ordered(key) === wanted)) return id;
  }
  return null;
}

const SHOWN: Readonly<Record<string, string>> = {
  Space: "Space",
  Escape: "Esc",
  Enter: "Enter",
  Delete: "Del",
  Backspace: "⌫",
  Backslash: "\\",
  BracketLeft: "[",
  BracketRight: "]",
  Comma: ",",
  Period: ".",
  Slash: "/",
  Backquote: "`",
  Minus: "-",
  Equal: "=",
  Semicolon: ";",
  Quote: "'",
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
};

/** A chord as keycaps: ["Ctrl", "K"]. `?` stands for Shift+/. */
export function keycaps(chord: string): readonly string[] {
  if (ordered(chord) === "Shift+Slash") return ["?"];
  return ordered(chord)
    .split("+")
    .map((part) => SHOWN[part] ?? part.replace(/^Key|^Digit/, ""));
}

/** The first key of an action as text for tooltips, or an empty string. */
export function keyText(id: ActionId): string {
  const [first] = keysOf(id);
  return first ? keycaps(first).join("+") : "";
}

/** Fields where letters are letters. */
function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true;
  return (
    target instanceof HTMLInputElement && !["range", "checkbox", "color"].includes(target.type)
  );
}

const CURSOR_STEPS = { plain: 10, shift: 1, ctrl: 50 };

/** Listens to the keyboard for the annotator. A dialog over it keeps its keys; text fields keep theirs. */
export function listenToKeys(context: ActionContext): () => void {
  const held = new Map<string, ActionId>();
  const down = (event: KeyboardEvent) => {
    context.desk.time.beat();
    const travels = event.code === "Tab" || event.code === "F6";
    document.documentElement.dataset.nav = travels ? "keys" : "";
    if (isTyping(event.target) || document.querySelector("[data-dialog]")) return;
    const chord = chordOf(event);
    if (moveCursor(context, event)) {
      event.preventDefault();
      return;
    }
    // Buttons keep Space and Enter, lists their arrows; Tab inside panels moves the focus.
    const focused = document.activeElement;
    const inControl =
      focused instanceof HTMLElement &&
      focused.closest(
        "button, a, select, [role=menu], [role=listbox], [role=radio], [role=slider]",
      );
    if (
      inControl &&
      ["Enter", "Space", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"].includes(event.code) &&
      !event.ctrlKey &&
      !event.altKey
    )
      return;
    if (event.code === "Tab" && !isOnStage(focused)) return;
    if (chord === "Alt+Enter" && actAtKeyCursor(context.desk, "exclude")) {
      event.preventDefault();
      return;
    }
    // While two runs are compared, Backspace takes the new one back, as its card says.
    const comparing = context.desk.view.getState().comparison !== null;
    const id = comparing && chord === "Backspace" ? "track.takeBack" : actionOf(chord);
    if (id === null) return;
    event.preventDefault();
    if (event.repeat && actions[id].release) return;
    if (actions[id].release) held.set(event.code, id);
    const why = actions[id].blocked(context);
    if (why && !event.repeat) {
      const title = why(context.desk.words());
      context.desk.toast({ tone: "plain", title, text: null, action: null });
    }
    perform(id, context);
  };
  const up = (event: KeyboardEvent) => {
    const id = held.get(event.code);
    if (id === undefined) return;
    held.delete(event.code);
    actions[id].release?.(context);
  };
  const blur = () => {
    for (const id of held.values()) actions[id].release?.(context);
    held.clear();
  };
  const pressed = () => context.desk.time.beat();
  addEventListener("pointerdown", pressed, true);
  addEventListener("keydown", down);
  addEventListener("keyup", up);
  addEventListener("blur", blur);
  return () => {
    removeEventListener("pointerdown", pressed, true);
    removeEventListener("keydown", down);
    removeEventListener("keyup", up);
    removeEventListener("blur", blur);
  };
}

/** The picture has the keyboard: its own element, or no element at all. */
function isOnStage(focused: Element | null): boolean {
  return focused === document.body || (focused as HTMLElement | null)?.dataset.stage !== undefined;
}

const DIRECTIONS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** On the stage the arrows move a cross over the picture, with Alt the prompt in hand. */
function moveCursor({ desk }: ActionContext, event: KeyboardEvent): boolean {
  const direction = DIRECTIONS[event.code];
  if (!direction || !isOnStage(document.activeElement)) return false;
  if (event.altKey && event.ctrlKey) return false;
  const step = event.shiftKey
    ? CURSOR_STEPS.shift
    : event.ctrlKey
      ? CURSOR_STEPS.ctrl
      : CURSOR_STEPS.plain;
  const by = { x: direction[0] * step, y: direction[1] * step };
  if (event.altKey) return moveFocusedPrompt(desk, by);
  // Without a cross these are the keys of the masks' opacity.
  const opacity = event.shiftKey && by.x === 0 && !desk.view.getState().keyCursor;
  if (opacity) return false;
  moveKeyCursor(desk, by);
  return true;
}
