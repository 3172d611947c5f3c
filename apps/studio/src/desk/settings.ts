// What a person set on this machine: language, theme, keys, sizes. Kept in local storage.
import { createStore } from "zustand/vanilla";
import type { ProfileName } from "../actions/profiles.ts";
import type { Language } from "../words/plural.ts";

export interface Settings {
  readonly language: Language;
  readonly theme: "dark" | "light" | "system";
  readonly profile: ProfileName;
  /** Keys changed by hand, by action id. */
  readonly keys: Readonly<Record<string, readonly string[]>>;
  readonly laneHeight: 20 | 26 | 32;
  /** Sizes the user dragged, px; null follows the window. */
  readonly dock: number | null;
  readonly inspector: number | null;
  readonly heads: number | null;
  readonly fill: number;
  readonly brush: number;
  readonly firstRunOver: boolean;
  /** How often each command was chosen in the palette. */
  readonly used: Readonly<Record<string, number>>;
}

const KEPT = "masklet.settings";

const standard: Settings = {
  language: navigator.language.startsWith("ru") ? "ru" : "en",
  theme: "dark",
  profile: "cvat",
  keys: {},
  laneHeight: 26,
  dock: null,
  inspector: null,
  heads: null,
  fill: 26,
  brush: 24,
  firstRunOver: false,
  used: {},
};

function kept(): Partial<Settings> {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "{}") as Partial<Settings>;
  } catch {
    return {};
  }
}

export const settings = createStore<Settings>(() => ({ ...standard, ...kept() }));

settings.subscribe((now) => localStorage.setItem(KEPT, JSON.stringify(now)));

/** The theme in force: the system's where the user left it to the system. */
export function themeInForce(): "dark" | "light" {
  const { theme } = settings.getState();
  if (theme !== "system") return theme;
  return matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
}

/** Writes theme, language and sizes where style sheets read them. */
export function applySettings(): void {
  const root = document.documentElement;
  const { language, dock, inspector, heads, laneHeight } = settings.getState();
  root.dataset.theme = themeInForce();
  root.lang = language;
  const sizes = { "--dock": dock, "--inspector": inspector, "--head": heads };
  for (const [name, value] of Object.entries(sizes)) {
    if (value === null) root.style.removeProperty(name);
    else root.style.setProperty(name, `${value}px`);
  }
  if (laneHeight === 26) root.style.removeProperty("--lane");
  else root.style.setProperty("--lane", `${laneHeight}px`);
}
