// The rows of the lane headers: which there are, and how the keyboard walks them.
import { type KeyboardEvent, type RefObject, useMemo, useState } from "react";
import { useStore } from "zustand";
import { settings } from "../desk/settings.ts";
import { type GroupRow, type Row, rowsOf, withFolded } from "../timeline/geometry.ts";
import { laneHeights } from "../timeline/timeline.ts";
import { useDesk, useDocument, useView } from "./context.ts";

/** What names a row: its object, or its label. */
export const keyOf = (row: Row) =>
  row.kind === "track" ? `object ${row.track}` : `label ${row.group.label ?? "none"}`;

/** The rows there are now, in their order; `fit` is the height of a lane in force. */
export function useRows(fit: number): readonly Row[] {
  const document = useDocument();
  const selected = useView((view) => view.selected);
  const filter = useView((view) => view.filter);
  const doubts = useView((view) => view.doubts);
  const comparison = useView((view) => view.comparison);
  const filterFrame = useView((view) => (view.filter.startsWith("@") ? view.frame : -1));
  const density = useStore(settings, (now) => now.laneHeight);
  const laneOrder = useView((view) => view.laneOrder);
  const laneGroups = useView((view) => view.laneGroups);
  const foldedGroups = useView((view) => view.foldedGroups);
  return useMemo(() => {
    const view = {
      selected,
      filter,
      laneOrder,
      laneGroups,
      foldedGroups,
      doubts,
      comparison,
      frame: (filterFrame < 0 ? 0 : filterFrame) as never,
    };
    // The density is read through the style sheet.
    return density && fit > 0 ? rowsOf(document, view, laneHeights()) : [];
  }, [
    document,
    selected,
    filter,
    laneOrder,
    laneGroups,
    foldedGroups,
    doubts,
    comparison,
    filterFrame,
    density,
    fit,
  ]);
}

/** The arrows walk the rows, fold and unfold groups; Enter goes on in the picture. */
export function useKeysOfRows(rows: readonly Row[], scroller: RefObject<HTMLDivElement | null>) {
  const desk = useDesk();
  const selected = useView((view) => view.selected);
  const [wanted, setWanted] = useState<string | null>(null);
  const has = (key: string | null) => rows.some((row) => keyOf(row) === key);
  const own = `object ${selected}`;
  const at = has(wanted) ? wanted : has(own) ? own : rows[0] ? keyOf(rows[0]) : null;
  return useMemo(() => {
    const bringInView = (row: Row) => {
      const { laneScroll } = desk.view.getState();
      const room = scroller.current?.clientHeight ?? 0;
      if (row.y < laneScroll) desk.view.setState({ laneScroll: row.y });
      else if (row.y + row.height > laneScroll + room)
        desk.view.setState({ laneScroll: row.y + row.height - room });
    };
    const fold = ({ group }: GroupRow, folds?: boolean) =>
      desk.view.setState((now) => ({
        foldedGroups: withFolded(now.foldedGroups, group.label, folds),
      }));
    const focus = (row: Row) => {
      setWanted(keyOf(row));
      bringInView(row);
      if (row.kind === "track") desk.objects.select(row.track);
      // Rows off the screen are not in the page yet.
      requestAnimationFrame(() =>
        scroller.current?.querySelector<HTMLElement>(`[data-row="${keyOf(row)}"]`)?.focus(),
      );
    };
    const onKeyDown = (event: KeyboardEvent) => {
      const index = rows.findIndex((row) => keyOf(row) === at);
      const row = rows[index];
      if (!row || event.ctrlKey || event.altKey || event.shiftKey) return;
      const up = rows.findLast((one, i) => i < index && one.kind === "group");
      const deeds: Readonly<Record<string, (() => void) | undefined>> = {
        ArrowDown: () => rows[index + 1] && focus(rows[index + 1]!),
        ArrowUp: () => rows[index - 1] && focus(rows[index - 1]!),
        ArrowRight: row.kind === "group" ? () => fold(row, false) : undefined,
        ArrowLeft: row.kind === "group" ? () => fold(row, true) : up && (() => focus(up)),
        Enter:
          row.kind === "group"
            ? () => fold(row)
            : () => document.querySelector<HTMLElement>("[data-stage]")?.focus(),
      };
      const deed = deeds[event.code];
      if (!deed) return;
      event.preventDefault();
      event.stopPropagation();
      deed();
    };
    return { at, bringInView, fold, onKeyDown };
  }, [desk, rows, at, scroller]);
}
