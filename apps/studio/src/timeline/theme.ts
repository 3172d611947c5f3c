// The colours a canvas needs, read once from the style sheet for each theme.

export interface Theme {
  readonly light: boolean;
  readonly panel: string;
  readonly app: string;
  readonly line: string;
  readonly line2: string;
  readonly text: string;
  readonly text2: string;
  readonly text3: string;
  readonly lane: string;
  readonly hatch: string;
  readonly playhead: string;
  readonly spark: string;
  readonly focus: string;
  readonly amber: string;
  readonly font: string;
  readonly micro: number;
}

export function themeNow(): Theme {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string) => style.getPropertyValue(name).trim();
  const light = document.documentElement.dataset.theme === "light";
  return {
    light,
    panel: of("--panel"),
    app: of("--app"),
    line: of("--line"),
    line2: of("--line-2"),
    text: of("--text"),
    text2: of("--text-2"),
    text3: of("--text-3"),
    lane: of("--lane-sel"),
    hatch: of("--hatch"),
    playhead: of("--playhead"),
    spark: of("--spark"),
    focus: of("--focus"),
    amber: light ? "#d98a00" : "#f5b54a",
    font: of("--font"),
    micro: Number.parseFloat(of("--fs-micro")) || 11,
  };
}
