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
  /** Eight colours that stay apart for every kind of sight, and dashes after them. */
  readonly colourBlind: boolean;
  /** A pause longer than this many seconds counts as this many. */
  readonly idleSeconds: (typeof IDLE_CHOICES)[number];
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

/** Idle cut-offs to choose from, seconds. */
export const IDLE_CHOICES = [10, 20, 30, 60] as const;

const standard: Settings = {
  language: navigator.language.startsWith("ru") ? "ru" : "en",
  theme: "dark",
  profile: "cvat",
  keys: {},
  laneHeight: 26,
  colourBlind: false,
  idleSeconds: 20,
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

settings.subscribe((now) => {
  try {
    localStorage.setItem(KEPT, JSON.stringify(now));
  } catch {
    // A browser that keeps nothing, or is full: the settings last as long as the page.
  }
});

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
