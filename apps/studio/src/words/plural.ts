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

const relative = {
  en: new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" }),
  ru: new Intl.RelativeTimeFormat("ru", { numeric: "auto", style: "short" }),
};
const UNITS = [
  ["minute", 60],
  ["hour", 3600],
  ["day", 86_400],
  ["month", 2_629_800],
  ["year", 31_557_600],
] as const;

/** How long ago a moment was, as one says it: just now, 5 min. ago, yesterday. */
export function ago(language: Language, moment: Date, now = new Date()): string {
  const seconds = Math.max(0, (now.getTime() - moment.getTime()) / 1000);
  const unit = UNITS.findLast(([, length]) => seconds >= length);
  if (!unit) return relative[language].format(0, "second");
  return relative[language].format(-Math.floor(seconds / unit[1]), unit[0]);
}

/** Seconds left, as one says it: 51 s, 4 min, 2 h. */
export function timeLeft(language: Language, seconds: number): string {
  const [s, min, h] = language === "ru" ? ["с", "мин", "ч"] : ["s", "min", "h"];
  if (seconds < 90) return `${Math.ceil(seconds)} ${s}`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} ${min}`;
  return `${Math.round(seconds / 3600)} ${h}`;
}
