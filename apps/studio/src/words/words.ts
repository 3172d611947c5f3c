// The language chosen now, for React and for code that draws.
import { useStore } from "zustand";
import { settings } from "../desk/settings.ts";
import { en, type Words } from "./en.ts";
import { ru } from "./ru.ts";

export type { Words } from "./en.ts";

const catalogues = { en, ru };

/** Both catalogues: the palette searches in either language. */
export const allWords: readonly Words[] = [en, ru];

export function currentWords(): Words {
  return catalogues[settings.getState().language];
}

export function useWords(): Words {
  return catalogues[useStore(settings, (now) => now.language)];
}
