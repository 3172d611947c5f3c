// Numbers and plurals of both languages, by the browser's own rules.

const rules = { en: new Intl.PluralRules("en"), ru: new Intl.PluralRules("ru") };
const numbers = { en: new Intl.NumberFormat("en"), ru: new Intl.NumberFormat("ru") };

export type Language = keyof typeof rules;

/** "3 frames", "3 кадра": the number in the language's digits and the fitting form. */
export function counted(
  language: Language,
  count: number,
  forms: { readonly one: string; readonly few?: string; readonly many: string },
): string {
  const rule = rules[language].select(count);
  const form = rule === "one" ? forms.one : rule === "few" ? (forms.few ?? forms.many) : forms.many;
  return `${numbers[language].format(count)} ${form}`;
}

/** Grouped digits: 18,204 and 18 204. */
export function grouped(language: Language, value: number): string {
  return numbers[language].format(value);
}

const fixed = new Map<string, Intl.NumberFormat>();

/** A fixed number of decimals: 0.93 and 0,93. */
export function decimal(language: Language, value: number, digits: number): string {
  const key = `${language}${digits}`;
  let format = fixed.get(key);
  if (!format) {
    format = new Intl.NumberFormat(language, {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
    fixed.set(key, format);
  }
  return format.format(value);
}

/** Bytes in the unit a person would choose: 38 MB. */
export function bytes(language: Language, value: number): string {
  const units = language === "ru" ? ["Б", "кБ", "МБ", "ГБ"] : ["B", "kB", "MB", "GB"];
  let at = 0;
  let rest = value;
  while (rest >= 1000 && at < units.length - 1) {
    rest /= 1000;
    at++;
  }
  const digits = rest < 10 && at > 0 ? 1 : 0;
  return `${decimal(language, rest, digits)} ${units[at]}`;
}

/** Seconds as a clock: 12:41, 1:02:07. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(whole % 60)}`
    : `${minutes}:${two(whole % 60)}`;
}

/** Seconds left, as one says it: 51 s, 4 min, 2 h. */
export function timeLeft(language: Language, seconds: number): string {
  const [s, min, h] = language === "ru" ? ["с", "мин", "ч"] : ["s", "min", "h"];
  if (seconds < 90) return `${Math.ceil(seconds)} ${s}`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} ${min}`;
  return `${Math.round(seconds / 3600)} ${h}`;
}
