// The annotator's palette: every command, object, label, place and frame by typing; says what the choice will do.

import type { Video } from "@masklet/protocol";
import { useCallback } from "react";
import { type ActionContext, actions, perform, textOf } from "../actions/actions.ts";
import { describe } from "../actions/describe.ts";
import { keysOf } from "../actions/keyboard.ts";
import { type ActionId, actionTexts } from "../actions/texts.ts";
import { nameOf } from "../desk/core.ts";
import { settings } from "../desk/settings.ts";
import { placeEntries } from "../pages/places.tsx";
import type { IconName } from "../style/icons.ts";
import { colourOf } from "../style/palette.ts";
import { useWords, type Words } from "../words/words.ts";
import { useContextOfActions } from "./context.ts";
import { nearestWord, rankOf } from "./matching.ts";
import { type Entry, PaletteBox, plainEntry } from "./palette-box.tsx";
import { Icon, Swatch } from "./parts.tsx";

const SHOWN_MAX = 60;

export function Palette(props: {
  start: string;
  siblings: readonly Video[];
  close: () => void;
  changeKey: (action: ActionId) => void;
}) {
  const context = useContextOfActions();
  const words = useWords();
  const { siblings } = props;
  const find = useCallback(
    (text: string) => found(context, words, siblings, text),
    [context, words, siblings],
  );
  const nearest = useCallback(
    (text: string) =>
      nearestWord(
        text,
        offered().map((id) => textOf(id, words).name),
      ),
    [words],
  );
  return (
    <PaletteBox
      start={props.start}
      hint={words.paletteHint}
      foot={words.paletteFoot}
      find={find}
      nearest={nearest}
      close={props.close}
      changeKey={props.changeKey}
      onRun={({ action }) => {
        if (!action) return;
        const { used } = settings.getState();
        settings.setState({ used: { ...used, [action]: (used[action] ?? 0) + 1 } });
      }}
    />
  );
}

const offered = () => (Object.keys(actions) as ActionId[]).filter((id) => !actions[id].keyOnly);

function found(
  context: ActionContext,
  words: Words,
  siblings: readonly Video[],
  text: string,
): readonly Entry[] {
  const query = text.trim().toLowerCase();
  const near = {
    project: context.desk.project,
    videos: siblings.filter((video) => video.id !== context.desk.video.id),
  };
  if (/^\d+$/.test(query))
    return [frameEntry(context, words, Number(query)), ...commands(context, words, query)];
  if (query.startsWith("@")) return objectEntries(context, words, query.slice(1));
  if (query.startsWith("#")) return labelEntries(context, words, query.slice(1));
  const all = commands(context, words, query);
  const able = all.filter((entry) => entry.why === null);
  const unable = all.filter((entry) => entry.why !== null);
  const places = placeEntries(words, query, near);
  if (query === "") return [...able.slice(0, SHOWN_MAX), ...places];
  return [
    ...able,
    ...objectEntries(context, words, query),
    ...labelEntries(context, words, query),
    ...places,
    ...unable,
  ].slice(0, SHOWN_MAX);
}

/** Commands by match, then by use; groups stay together in the order of their best match. */
function commands(context: ActionContext, words: Words, query: string): Entry[] {
  const { used } = settings.getState();
  const ranked = offered()
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
  const groups = [...new Set(ranked.map((entry) => entry.group))];
  return groups.flatMap((group) => ranked.filter((entry) => entry.group === group));
}

function commandEntry(context: ActionContext, words: Words, id: ActionId): Entry {
  const one = actions[id];
  const why = one.blocked(context);
  return {
    key: id,
    group: words.groups[one.group],
    name: textOf(id, words).name,
    text: `${textOf(id, words).name} ${actionTexts.en[id].name} ${actionTexts.ru[id].name}`.toLowerCase(),
    does: describe(id, context, words),
    undone: words.undoneWith[one.undone],
    chord: keysOf(id)[0] ?? null,
    why: why ? why(words) : null,
    icon: <Icon name={(one.icon ?? "chev") as IconName} tone="t3" />,
    action: id,
    run: () => perform(id, context),
  };
}

function frameEntry({ desk }: ActionContext, words: Words, frame: number): Entry {
  return {
    ...plainEntry,
    key: "frame",
    group: words.groups.player,
    name: words.goToFrame(Math.min(frame, desk.video.frames - 1)),
    text: String(frame),
    icon: <Icon name="stepf" tone="t3" />,
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
      ...plainEntry,
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
      ...plainEntry,
      key: `label-${id}`,
      group: words.labels,
      name: words.giveLabel(label.name),
      text: label.name,
      why: selected === null ? words.why.noObject : null,
      icon: <Icon name="tag" tone="t3" />,
      run: () => {
        if (selected !== null) desk.objects.setLabel(selected, id);
      },
    }));
}
