// Models by the names people know them by, and one honest sentence about each, in both languages.
import type { Language } from "./plural.ts";

const SIZES = { tiny: "Tiny", small: "Small", base_plus: "Base+", large: "Large" } as const;
type Size = keyof typeof SIZES;

const sentences: Readonly<
  Record<Language, Readonly<Record<Size | "masklet-nano", string>> & { readonly older: string }>
> = {
  en: {
    "masklet-nano":
      "Our own small model: made for a first try without a network. Good for plain objects; SAM 2.1 is much surer.",
    tiny: "The smallest of Meta's SAM 2: much surer than the embedded model.",
    small: "A little surer than Tiny, a little slower.",
    base_plus: "Surer on hard objects; slow without a GPU.",
    large: "The surest; very slow without a GPU.",
    older: "The release before 2.1: for results that must match it.",
  },
  ru: {
    "masklet-nano":
      "Наша маленькая модель: для первой пробы без сети. Хороша на простых объектах; SAM 2.1 намного увереннее.",
    tiny: "Самая маленькая из SAM 2 от Meta: намного увереннее встроенной.",
    small: "Чуть увереннее Tiny, чуть медленнее.",
    base_plus: "Увереннее на трудных объектах; без видеокарты медленная.",
    large: "Самая уверенная; без видеокарты очень медленная.",
    older: "Выпуск до 2.1: когда результат должен совпасть с ним.",
  },
};

/** `sam2.1_hiera_base_plus` as release and size; null for other names. */
function released(name: string): { readonly release: string; readonly size: Size } | null {
  const parts = /^sam(2(?:\.1)?)[_-]hiera[_-](tiny|small|base_plus|large)$/.exec(name);
  return parts ? { release: parts[1]!, size: parts[2] as Size } : null;
}

/** `SAM 2.1 Tiny` for `sam2.1_hiera_tiny`; other names as they are. */
export function modelTitle(name: string): string {
  const known = released(name);
  return known ? `SAM ${known.release} ${SIZES[known.size]}` : name;
}

/** What a model is good for, in the language chosen; the server's own sentence where it is not known here. */
export function modelSentence(
  model: { readonly name: string; readonly summary: string },
  language: Language,
): string {
  const texts = sentences[language];
  if (model.name === "masklet-nano") return texts["masklet-nano"];
  const known = released(model.name);
  if (!known) return model.summary;
  return known.release === "2" ? texts.older : texts[known.size];
}
