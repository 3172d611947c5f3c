// Objects as a whole: select, name, label, hide, lock, delete, split, join, swap, move a range.
import {
  type AttributeValue,
  deleteRange,
  deleteTrack,
  joinTracks,
  type LabelId,
  labelId,
  splitTrack,
  swapTracks,
  type TrackId,
  type TrackInfo,
  trackId,
} from "@masklet/annotation";
import { call } from "../link/call.ts";
import { PALETTE } from "../style/palette.ts";
import { type Core, nameOf, seenFrame, stateOn, trackOf } from "./core.ts";
import type { Span } from "./view.ts";

export interface Objects {
  select(track: TrackId | null): void;
  /** The next or previous object of the list. */
  selectNext(direction: 1 | -1): void;
  rename(track: TrackId, name: string): void;
  setLabel(track: TrackId, label: LabelId | null): void;
  setLabelByKey(key: string): void;
  /** Adds a label to the project and gives it to the object once it has arrived in the document. */
  createLabel(track: TrackId, name: string): Promise<void>;
  setColour(track: TrackId, colour: string | null): void;
  setAttribute(track: TrackId, name: string, value: AttributeValue, perFrame: boolean): void;
  remove(track: TrackId): void;
  removeRange(track: TrackId, span: Span): void;
  split(): void;
  join(other: TrackId): void;
  swap(other: TrackId): void;
  toggleHidden(track: TrackId): void;
  toggleLocked(track: TrackId): void;
  toggleSolo(track: TrackId): void;
  toggleAllHidden(): void;
  toggleAllLocked(): void;
  raise(track: TrackId): void;
}

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

export function createObjects(core: Core): Objects {
  const { session, view } = core;
  const document = () => session.state.getState().document;

  function putInfo(track: TrackId, change: Partial<TrackInfo>, title: string): void {
    const before = trackOf(core, track)?.info;
    if (!before) return;
    session.commit({
      title,
      steps: [{ type: "putTrack", track, before, after: { ...before, ...change } }],
    });
  }

  function toggled(set: ReadonlySet<TrackId>, track: TrackId): ReadonlySet<TrackId> {
    const next = new Set(set);
    if (!next.delete(track)) next.add(track);
    return next;
  }

  const objects: Objects = {
    select: (selected) =>
      view.setState({ selected, candidates: null, preview: null, focusedPrompt: null }),
    selectNext(direction) {
      const ids = [...document().tracks.keys()].sort((a, b) => a - b);
      if (ids.length === 0) return;
      const { selected } = view.getState();
      const here = selected === null ? -1 : ids.indexOf(selected);
      const next = here < 0 && direction < 0 ? ids.length - 1 : here + direction;
      objects.select(ids[(next + ids.length) % ids.length] ?? null);
    },
    rename(track, name) {
      const trimmed = name.trim();
      if ((trackOf(core, track)?.info.name ?? "") === trimmed) return;
      putInfo(track, { name: trimmed || null }, core.words().did.rename(trimmed));
    },
    setLabel(track, label) {
      if (view.getState().locked.has(track)) return;
      const info = trackOf(core, track)?.info;
      if (!info || info.label === label) return;
      const name =
        label === null ? core.words().noLabel : (document().labels.get(label)?.name ?? "");
      core.did("label", track, seenFrame(core));
      putInfo(track, { label, attributes: {} }, core.words().did.label(nameOf(core, track), name));
    },
    setLabelByKey(key) {
      const { selected } = view.getState();
      const labels = [...document().labels].sort((a, b) => a[0] - b[0]);
      const byKey = labels.find(([, label]) => label.key === key);
      const byPlace = labels[Number(key) - 1];
      const chosen = byKey ?? (byPlace && byPlace[1].key === null ? byPlace : undefined);
      if (selected !== null && chosen) objects.setLabel(selected, chosen[0]);
    },
    async createLabel(track, name) {
      try {
        const at = { project: core.project.id };
        const project = await call("GET /api/projects/:project", { at });
        const known = project.labels.find(({ label }) => label.name === name);
        const id = known?.id ?? Math.max(0, ...project.labels.map((one) => one.id)) + 1;
        if (!known) {
          const taken = new Set(project.labels.map(({ label }) => label.key));
          const key = DIGITS.find((digit) => !taken.has(digit)) ?? null;
          const colour = PALETTE[project.labels.length % PALETTE.length] ?? null;
          const label = { name, parent: null, colour, key, attributes: [] };
          const labels = [...project.labels, { id, label }];
          await call("PATCH /api/projects/:project", { at, body: { labels } });
          await session.catchUp();
        }
        objects.setLabel(track, labelId(id));
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        core.toast({ tone: "error", title: core.words().newLabel, text, action: null });
      }
    },
    setColour: (track, colour) =>
      putInfo(track, { colour }, core.words().did.colour(nameOf(core, track))),
    setAttribute(track, name, value, perFrame) {
      const title = core.words().did.attribute(name, String(value));
      const info = trackOf(core, track)?.info;
      if (!info) return;
      if (!perFrame) {
        putInfo(track, { attributes: { ...info.attributes, [name]: value } }, title);
        return;
      }
      const frame = seenFrame(core);
      const state = stateOn(core, track, frame);
      if (!state) return;
      const before = trackOf(core, track)?.states.get(frame) ?? null;
      const after = { ...state, attributes: { ...state.attributes, [name]: value } };
      session.commit({ title, steps: [{ type: "putState", track, frame, before, after }] });
    },
    remove(track) {
      if (view.getState().locked.has(track) || !trackOf(core, track)) return;
      const words = core.words();
      const name = nameOf(core, track);
      const count = trackOf(core, track)?.states.size ?? 0;
      const steps = deleteTrack(document(), track);
      if (!session.commit({ title: words.did.remove(name), steps })) return;
      if (view.getState().selected === track) objects.select(null);
      const action = { label: words.undo, run: () => void session.undo() };
      core.toast({ tone: "plain", title: words.deleted(name, count), text: null, action });
    },
    removeRange(track, span) {
      if (view.getState().locked.has(track)) return;
      const steps = deleteRange(document(), track, span);
      session.commit({
        title: core.words().did.removeRange(nameOf(core, track), span.from, span.to),
        steps,
      });
    },
    split() {
      const { selected } = view.getState();
      const frame = seenFrame(core);
      if (selected === null || !trackOf(core, selected)) return;
      const newTrack = freshTrack();
      const steps = splitTrack(document(), selected, { at: frame, newTrack });
      // A track without a state on one side would be empty: nothing to split.
      const moved = steps.filter(
        (step) => step.type === "putState" && step.track === newTrack,
      ).length;
      if (moved === 0 || moved === (trackOf(core, selected)?.states.size ?? 0)) return;
      core.did("split", selected, frame);
      if (session.commit({ title: core.words().did.split(nameOf(core, selected), frame), steps }))
        objects.select(newTrack);
    },
    join(other) {
      const { selected } = view.getState();
      if (selected === null || selected === other) return;
      const steps = joinTracks(document(), { kept: selected, gone: other });
      core.did("join", selected, seenFrame(core));
      const title = core.words().did.join(nameOf(core, other), nameOf(core, selected));
      session.commit({ title, steps });
    },
    swap(other) {
      const { selected } = view.getState();
      const frame = seenFrame(core);
      if (selected === null || selected === other) return;
      const steps = swapTracks(document(), { one: selected, other }, { from: frame });
      core.did("swap", selected, frame);
      const title = core.words().did.swap(nameOf(core, selected), nameOf(core, other), frame);
      session.commit({ title, steps });
    },
    toggleHidden: (track) => view.setState((now) => ({ hidden: toggled(now.hidden, track) })),
    toggleLocked: (track) => view.setState((now) => ({ locked: toggled(now.locked, track) })),
    toggleSolo: (track) => view.setState((now) => ({ solo: now.solo === track ? null : track })),
    toggleAllHidden() {
      const ids = [...document().tracks.keys()];
      view.setState((now) => ({ hidden: now.hidden.size > 0 ? new Set() : new Set(ids) }));
    },
    toggleAllLocked() {
      const ids = [...document().tracks.keys()];
      view.setState((now) => ({ locked: now.locked.size > 0 ? new Set() : new Set(ids) }));
    },
    raise(track) {
      const highest = Math.max(0, ...[...document().tracks.values()].map(({ info }) => info.order));
      putInfo(track, { order: highest + 1 }, core.words().did.raise(nameOf(core, track)));
    },
  };
  return objects;

  function freshTrack(): TrackId {
    return trackId(Math.max(0, ...document().tracks.keys()) + 1);
  }
}
