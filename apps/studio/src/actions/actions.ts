// Every action of the annotator: one object that says what it is, what it does, when it can run and how it is undone.

import { seenFrame, stateOn, trackOf } from "../desk/core.ts";
import type { Desk } from "../desk/desk.ts";
import { FILLS, isTracking, type Tool } from "../desk/view.ts";
import { boxOfShape } from "../edit/measure.ts";
import { isNothing } from "../edit/prompts.ts";
import { centred, fitted, zoomedTo } from "../stage/viewport.ts";
import type { IconName } from "../style/icons.ts";
import type { Words } from "../words/words.ts";
import { actAtKeyCursor } from "./key-cursor.ts";
import { type ActionId, type ActionText, actionTexts } from "./texts.ts";

export type ActionGroup = keyof Words["groups"];
export type Undoing = keyof Words["undoneWith"];

/** What actions may ask of the screen around the desk. */
export interface Screen {
  openPalette(start?: string): void;
  openKeys(): void;
  openExport(): void;
  openDirections(): void;
  renameSelected(): void;
  goToFrame(): void;
  toggleDock(): void;
  nextRegion(direction: 1 | -1): void;
}

export interface ActionContext {
  readonly desk: Desk;
  readonly screen: Screen;
}

type Why = (words: Words) => string;

export interface Action {
  readonly id: ActionId;
  readonly group: ActionGroup;
  readonly icon: IconName | null;
  readonly undone: Undoing;
  /** Why it cannot run now, or null. */
  readonly blocked: (context: ActionContext) => Why | null;
  readonly run: (context: ActionContext) => void;
  /** For actions that last while the key is down. */
  readonly release?: (context: ActionContext) => void;
  /** Not offered in the palette: it makes sense as a key alone. */
  readonly keyOnly?: boolean;
}

const always = () => null;
const needsObject = ({ desk }: ActionContext): Why | null => {
  const { selected } = desk.view.getState();
  return selected !== null && trackOf(desk, selected) ? null : (w) => w.why.noObject;
};
const needsUnlocked = (context: ActionContext): Why | null => {
  const { selected, locked } = context.desk.view.getState();
  return needsObject(context) ?? (locked.has(selected!) ? (w) => w.why.locked : null);
};
const needsState = (context: ActionContext): Why | null => {
  const { selected } = context.desk.view.getState();
  const why = needsUnlocked(context);
  if (why) return why;
  return stateOn(context.desk, selected!, seenFrame(context.desk)) ? null : (w) => w.why.noState;
};
const needsMask = (context: ActionContext): Why | null => {
  const why = needsState(context);
  if (why) return why;
  const { selected } = context.desk.view.getState();
  const state = stateOn(context.desk, selected!, seenFrame(context.desk));
  return state?.presence === "visible" ? null : (w) => w.why.noMask;
};
const needsTwo = (context: ActionContext): Why | null =>
  needsUnlocked(context) ??
  (context.desk.session.state.getState().document.tracks.size > 1 ? null : (w) => w.why.oneObject);

function action(
  group: ActionGroup,
  undone: Undoing,
  icon: IconName | null,
  run: (context: ActionContext) => void,
  more: Partial<Pick<Action, "blocked" | "release" | "keyOnly">> = {},
): Omit<Action, "id"> {
  return { group, undone, icon, run, blocked: always, ...more };
}

const tool = (name: Tool, icon: IconName) =>
  action("tools", "view", icon, ({ desk }) =>
    desk.view.setState({ tool: name, drawing: null, preview: null }),
  );
const label = (key: string) =>
  action("labels", "undo", "tag", ({ desk }) => desk.objects.setLabelByKey(key), {
    keyOnly: true,
    blocked: needsUnlocked,
  });
const operate = (name: Parameters<Desk["drawing"]["operate"]>[0], icon: IconName) =>
  action("mask", "undo", icon, ({ desk }) => desk.drawing.operate(name), { blocked: needsMask });

function stepFill(desk: Desk, by: 1 | -1): void {
  const { fill } = desk.view.getState();
  const place = FILLS.findIndex((one) => one >= fill);
  desk.view.setState({ fill: FILLS[Math.max(0, Math.min(FILLS.length - 1, place + by))]! });
}

function letGo({ desk }: ActionContext): void {
  const view = desk.view.getState();
  if (view.drawing) desk.view.setState({ drawing: null });
  else if (view.card?.kind === "pick") desk.view.setState({ card: null });
  else if (view.proposals) desk.view.setState({ proposals: null });
  else if (view.comparison) desk.tracking.endComparison();
  else if (view.asking) desk.view.setState({ asking: null });
  else if (view.jobs.some((job) => job.kind === "track" && job.state === "running"))
    desk.tracking.stop();
  else if (view.card) desk.view.setState({ card: null, doubtAt: null });
  else if (view.selected !== null) desk.objects.select(null);
  else desk.view.setState({ tool: "click", keyCursor: null });
}

function confirm({ desk }: ActionContext): void {
  const { card, comparison, drawing } = desk.view.getState();
  if (drawing) {
    if (!actAtKeyCursor(desk, "include")) desk.drawing.finishPolygon();
  } else if (card?.kind === "cut") desk.tracking.answer(card.job, "go-on");
  else if (card?.kind === "lost") desk.tracking.showLost();
  else if (card?.kind === "compare-offer") desk.tracking.compare(card.run);
  else if (comparison) desk.tracking.endComparison();
  else actAtKeyCursor(desk, "include");
}

function deleteHere(context: ActionContext): void {
  const { desk } = context;
  const { selected, focusedPrompt } = desk.view.getState();
  const prompts = selected === null ? null : stateOn(desk, selected, seenFrame(desk))?.prompts;
  if (focusedPrompt !== null && prompts && !isNothing(prompts))
    desk.prompting.removePoint(focusedPrompt);
  else desk.drawing.deleteFrame();
}

const table = {
  play: action("player", "view", "play", ({ desk }) => desk.playback.toggle()),
  "frame.next": action("player", "view", "stepf", ({ desk }) => desk.playback.step(1)),
  "frame.previous": action("player", "view", "stepb", ({ desk }) => desk.playback.step(-1)),
  "frame.on": action("player", "view", null, ({ desk }) => desk.playback.step(10)),
  "frame.back": action("player", "view", null, ({ desk }) => desk.playback.step(-10)),
  "key.next": action("player", "view", "keyf", ({ desk }) => desk.playback.stepKey(1)),
  "key.previous": action("player", "view", "keyb", ({ desk }) => desk.playback.stepKey(-1)),
  "frame.first": action("player", "view", null, ({ desk }) => desk.playback.go(0)),
  "frame.last": action("player", "view", null, ({ desk }) =>
    desk.playback.go(desk.video.frames - 1),
  ),
  "frame.goto": action("player", "view", null, ({ screen }) => screen.goToFrame()),
  "range.in": action("player", "view", null, ({ desk }) =>
    desk.view.getState().comparison ? desk.tracking.stepDifference(-1) : desk.playback.markIn(),
  ),
  "range.out": action("player", "view", null, ({ desk }) =>
    desk.view.getState().comparison ? desk.tracking.stepDifference(1) : desk.playback.markOut(),
  ),
  "range.clear": action("player", "view", null, ({ desk }) => desk.playback.clearRange()),

  "tool.select": tool("select", "cursor"),
  "tool.click": tool("click", "click"),
  "tool.box": tool("box", "box"),
  "tool.brush": tool("brush", "brush"),
  "tool.eraser": tool("eraser", "eraser"),
  "tool.polygon": tool("polygon", "poly"),
  "tool.hand": tool("hand", "hand"),
  "brush.smaller": action("tools", "view", null, ({ desk }) =>
    desk.view.setState((now) => ({ brush: Math.max(1, Math.round(now.brush / 1.25) - 1) })),
  ),
  "brush.larger": action("tools", "view", null, ({ desk }) =>
    desk.view.setState((now) => ({ brush: Math.min(400, Math.round(now.brush * 1.25) + 1) })),
  ),
  "click.include": action(
    "tools",
    "view",
    null,
    ({ desk }) => desk.view.setState({ tool: "click", excluding: false }),
    { keyOnly: true },
  ),
  "click.exclude": action(
    "tools",
    "view",
    null,
    ({ desk }) => desk.view.setState({ tool: "click", excluding: true }),
    { keyOnly: true },
  ),

  "mask.candidate": action("mask", "undo", null, ({ desk }) => desk.prompting.nextCandidate(), {
    blocked: ({ desk }) => (desk.view.getState().candidates ? null : (w) => w.why.noCandidates),
  }),
  "mask.all": action("mask", "none", "all", ({ desk }) => desk.prompting.proposeAll()),
  "mask.grow": operate("grow", "grow"),
  "mask.shrink": operate("shrink", "shrink"),
  "mask.smooth": operate("smooth", "smooth"),
  "mask.fill": operate("fill", "fill"),
  "mask.under": operate("under", "sub"),
  "mask.toBox": action("mask", "undo", "box", ({ desk }) => desk.drawing.toBox(), {
    blocked: needsMask,
  }),
  "mask.toPolygon": action("mask", "undo", "poly", ({ desk }) => desk.drawing.toPolygon(), {
    blocked: needsMask,
  }),
  "mask.toMask": action("mask", "undo", "brush", ({ desk }) => desk.drawing.toMask(), {
    blocked: needsMask,
  }),
  "mask.fromBox": action("mask", "undo", "click", ({ desk }) => desk.prompting.maskFromBox(), {
    blocked: (context) => {
      const { selected } = context.desk.view.getState();
      const state =
        selected === null ? null : stateOn(context.desk, selected, seenFrame(context.desk));
      const isBox = state?.presence === "visible" && state.shape.kind === "box";
      return isBox ? null : (w) => w.why.notBox;
    },
  }),

  "object.new": action("object", "none", "plus", ({ desk }) => {
    if (desk.drawing.finishPolygon()) return;
    desk.objects.select(null);
    const { tool: inHand } = desk.view.getState();
    if (inHand === "select" || inHand === "hand") desk.view.setState({ tool: "click" });
  }),
  "object.next": action("object", "view", null, ({ desk }) => desk.objects.selectNext(1)),
  "object.previous": action("object", "view", null, ({ desk }) => desk.objects.selectNext(-1)),
  "object.rename": action("object", "undo", null, ({ screen }) => screen.renameSelected(), {
    blocked: needsObject,
  }),
  "object.hide": action(
    "object",
    "view",
    "eyeoff",
    ({ desk }) => desk.objects.toggleHidden(desk.view.getState().selected!),
    { blocked: needsObject },
  ),
  "object.lock": action(
    "object",
    "view",
    "lock",
    ({ desk }) => desk.objects.toggleLocked(desk.view.getState().selected!),
    { blocked: needsObject },
  ),
  "object.solo": action(
    "object",
    "view",
    "solo",
    ({ desk }) => desk.objects.toggleSolo(desk.view.getState().selected!),
    { blocked: needsObject },
  ),
  "object.hideAll": action("object", "view", "eyeoff", ({ desk }) =>
    desk.objects.toggleAllHidden(),
  ),
  "object.lockAll": action("object", "view", "lock", ({ desk }) => desk.objects.toggleAllLocked()),
  "object.raise": action(
    "object",
    "undo",
    null,
    ({ desk }) => desk.objects.raise(desk.view.getState().selected!),
    { blocked: needsUnlocked },
  ),
  "object.split": action("object", "undo", null, ({ desk }) => desk.objects.split(), {
    blocked: needsUnlocked,
  }),
  "object.join": action(
    "object",
    "undo",
    null,
    ({ desk }) => desk.view.setState({ card: { kind: "pick", what: "join" } }),
    { blocked: needsTwo },
  ),
  "object.swap": action(
    "object",
    "undo",
    "swap",
    ({ desk }) => desk.view.setState({ card: { kind: "pick", what: "swap" } }),
    { blocked: needsTwo },
  ),
  "presence.visible": action(
    "object",
    "undo",
    null,
    ({ desk }) => desk.drawing.setPresence("visible"),
    { blocked: needsUnlocked },
  ),
  "presence.occluded": action(
    "object",
    "undo",
    null,
    ({ desk }) => {
      const { selected } = desk.view.getState();
      const state = selected === null ? null : stateOn(desk, selected, seenFrame(desk));
      const on = state?.presence === "visible" && state.occluded;
      desk.drawing.setPresence(on ? "visible" : "occluded");
    },
    { blocked: needsUnlocked },
  ),
  "presence.absent": action(
    "object",
    "undo",
    null,
    ({ desk }) => {
      if (desk.tracking.markLostAbsent()) return;
      const { selected } = desk.view.getState();
      const state = selected === null ? null : stateOn(desk, selected, seenFrame(desk));
      desk.drawing.setPresence(state?.presence === "absent" ? "visible" : "absent");
    },
    {
      blocked: (context) =>
        context.desk.view.getState().card?.kind === "lost" ? null : needsUnlocked(context),
    },
  ),
  "key.toggle": action("object", "undo", "pin", ({ desk }) => desk.drawing.toggleKey(), {
    blocked: needsState,
  }),
  "delete.frame": action("object", "undo", null, deleteHere, { blocked: needsState }),
  "delete.range": action(
    "object",
    "undo",
    null,
    ({ desk }) => desk.objects.removeRange(desk.view.getState().selected!, desk.playback.range()),
    {
      blocked: (context) =>
        needsUnlocked(context) ??
        (context.desk.view.getState().range ? null : (w) => w.why.noRange),
    },
  ),
  "delete.object": action(
    "object",
    "undo",
    null,
    ({ desk }) => desk.objects.remove(desk.view.getState().selected!),
    { blocked: needsUnlocked },
  ),

  "track.run": action("track", "job", "track", ({ desk }) => desk.tracking.track(), {
    blocked: trackBlocked,
  }),
  "track.all": action("track", "job", "track", ({ desk }) => desk.tracking.trackAll(), {
    blocked: ({ desk }) => {
      const why = desk.tracking.blocked("all");
      return why === null ? null : () => why;
    },
  }),
  "track.both": action("track", "job", "track", ({ desk }) => desk.tracking.track("both"), {
    blocked: trackBlocked,
  }),
  "track.forward": action("track", "job", "trackf", ({ desk }) => desk.tracking.track("forward"), {
    blocked: trackBlocked,
  }),
  "track.backward": action("track", "job", null, ({ desk }) => desk.tracking.track("backward"), {
    blocked: trackBlocked,
  }),
  "track.direction": action("track", "none", null, ({ screen }) => screen.openDirections(), {
    keyOnly: true,
  }),
  "track.compare": action(
    "track",
    "view",
    "swap",
    ({ desk }) => {
      const [run] = desk.view.getState().runs;
      if (run) desk.tracking.compare(run.id);
    },
    { blocked: ({ desk }) => (desk.view.getState().runs.length > 0 ? null : (w) => w.why.noRun) },
  ),

  "track.takeBack": action(
    "track",
    "undo",
    "undo",
    ({ desk }) => {
      const { comparison, runs } = desk.view.getState();
      const run = comparison?.run ?? runs.find((one) => one.state === "kept");
      if (run) desk.tracking.takeBack(run.id, null);
    },
    {
      blocked: ({ desk }) =>
        desk.view.getState().runs.some((run) => run.state !== "taken-back")
          ? null
          : (w) => w.why.noRun,
    },
  ),

  "doubt.next": action("look", "view", "warn", ({ desk }) => desk.doubting.next(), {
    blocked: ({ desk }) => {
      const view = desk.view.getState();
      if (view.doubts.length > 0) return null;
      return (w) => (isTracking(view) ? w.noDoubtsYet : w.why.noDoubts);
    },
  }),
  "doubt.right": action("look", "none", "check", ({ desk }) => desk.doubting.looksRight()),
  "doubt.previous": action("look", "view", null, ({ desk }) => desk.doubting.previous()),
  "doubt.return": action("look", "view", null, ({ desk }) => desk.doubting.comeBack()),

  "view.fit": action("view", "view", "fit", ({ desk }) =>
    desk.view.setState({ viewport: fitted(desk.stageSize(), desk.size), fitted: true }),
  ),
  "view.actual": action("view", "view", null, ({ desk }) =>
    desk.view.setState({ viewport: centred(desk.stageSize(), desk.size, 1), fitted: false }),
  ),
  "view.object": action("view", "view", "search", ({ desk }) => {
    const { selected, fitted: whole } = desk.view.getState();
    const state = selected === null ? null : stateOn(desk, selected, seenFrame(desk));
    if (whole && state?.presence === "visible")
      desk.view.setState({
        viewport: zoomedTo(desk.stageSize(), boxOfShape(state.shape)),
        fitted: false,
      });
    else desk.view.setState({ viewport: fitted(desk.stageSize(), desk.size), fitted: true });
  }),
  "view.alone": action(
    "view",
    "view",
    "eye",
    ({ desk }) => desk.view.setState({ pictureAlone: true }),
    {
      release: ({ desk }) => desk.view.setState({ pictureAlone: false }),
      keyOnly: true,
    },
  ),
  "view.before": action(
    "view",
    "view",
    null,
    ({ desk }) => desk.view.setState({ holdBefore: true }),
    {
      release: ({ desk }) => desk.view.setState({ holdBefore: false }),
      keyOnly: true,
    },
  ),
  "view.fillMore": action("view", "view", null, ({ desk }) => stepFill(desk, 1)),
  "view.fillLess": action("view", "view", null, ({ desk }) => stepFill(desk, -1)),
  "view.prompts": action("view", "view", null, ({ desk }) =>
    desk.view.setState((now) => ({ allPrompts: !now.allPrompts })),
  ),
  "view.focus": action("view", "view", null, ({ desk }) =>
    desk.view.setState((now) => ({ focusMode: !now.focusMode })),
  ),
  "view.inspector": action("view", "view", null, ({ desk }) =>
    desk.view.setState((now) => ({ inspectorFolded: !now.inspectorFolded })),
  ),
  "view.dock": action("view", "view", null, ({ screen }) => screen.toggleDock()),

  "lanes.group": action("view", "view", "filter", ({ desk }) =>
    desk.view.setState((now) => ({ laneGroups: !now.laneGroups, laneScroll: 0 })),
  ),
  "lanes.fold": action(
    "view",
    "view",
    null,
    ({ desk }) => {
      const { tracks } = desk.session.state.getState().document;
      const labels = new Set([...tracks.values()].map(({ info }) => info.label));
      desk.view.setState((now) => ({
        foldedGroups: now.foldedGroups.size > 0 ? new Set() : labels,
        laneScroll: 0,
      }));
    },
    {
      blocked: ({ desk }) => (desk.view.getState().laneGroups ? null : (w) => w.why.noGroups),
    },
  ),
  "lanes.fit": action("view", "view", null, ({ desk }) =>
    desk.view.setState((now) => ({ lanesFit: !now.lanesFit, laneScroll: 0 })),
  ),

  undo: action("edit", "none", "undo", ({ desk }) => desk.undo(), {
    blocked: ({ desk }) =>
      desk.session.state.getState().history.done.length > 0 ? null : (w) => w.why.noUndo,
  }),
  redo: action("edit", "none", "redo", ({ desk }) => desk.redo(), {
    blocked: ({ desk }) =>
      desk.session.state.getState().history.undone.length > 0 ? null : (w) => w.why.noRedo,
  }),
  escape: action("edit", "none", null, letGo, { keyOnly: true }),
  confirm: action("edit", "none", null, confirm, { keyOnly: true }),

  palette: action("app", "none", "search", ({ screen }) => screen.openPalette(), { keyOnly: true }),
  keys: action("app", "none", "help", ({ screen }) => screen.openKeys()),
  export: action("app", "none", "export", ({ screen }) => screen.openExport()),
  "regions.next": action("app", "none", null, ({ screen }) => screen.nextRegion(1), {
    keyOnly: true,
  }),
  "regions.previous": action("app", "none", null, ({ screen }) => screen.nextRegion(-1), {
    keyOnly: true,
  }),
  "label.1": label("1"),
  "label.2": label("2"),
  "label.3": label("3"),
  "label.4": label("4"),
  "label.5": label("5"),
  "label.6": label("6"),
  "label.7": label("7"),
  "label.8": label("8"),
  "label.9": label("9"),
} satisfies Record<ActionId, Omit<Action, "id">>;

function trackBlocked({ desk }: ActionContext): Why | null {
  const why = desk.tracking.blocked();
  return why === null ? null : () => why;
}

export const actions = Object.fromEntries(
  (Object.keys(table) as ActionId[]).map((id) => [id, { id, ...table[id] }]),
) as Readonly<Record<ActionId, Action>>;

/** An action's name and what it does, in words. */
export function textOf(id: ActionId, words: Words): ActionText {
  return actionTexts[words.language][id];
}

/** Runs an action unless something stands in its way. True when it ran. */
export function perform(id: ActionId, context: ActionContext): boolean {
  const one = actions[id];
  if (one.blocked(context)) return false;
  one.run(context);
  return true;
}
