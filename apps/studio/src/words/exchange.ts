// Words of import and export beside the catalogues: progress, pictures for editors, removing a video.
import { decimal, grouped, type Language, timeLeft } from "./plural.ts";

const en = {
  post: "For editors",
  edge: "Edge",
  edges: { soft: "Soft, smoothed over two pixels", hard: "Hard, the mask as it is" },
  crop: "Picture",
  crops: { frame: "Whole frame", object: "Box around the object" },
  frame: (frame: number) => `Frame ${frame}`,
  places: "Show",
  morePlaces: (count: string) => `and ${count} more`,
  waiting: "Waits for its turn",
  reading: (share: number) => `Reading ${share} %`,
  copying: (share: number) => `Copy for the browser ${share} %`,
  copyingWhy:
    "The browser cannot play this file. A copy with the same frame numbers is being made; labelling works meanwhile, stepping is slower.",
  copyFailed: "Copy failed",
  copyAgain: "Try again",
  noCopyWhy:
    "The browser cannot play this file and there is no copy of it: frames come from the server one by one, labelling works.",
  makeCopy: "Make a copy",
  rate: (perSecond: string, left: string) => `${perSecond} frames/s, ${left} left`,
  removeTitle: (name: string) => `Remove ${name}?`,
  removeText: (objects: string, frames: string) =>
    `${objects} objects on ${frames} frames go with it. This cannot be undone; export the masklet archive first to keep them.`,
  keep: "Keep",
};

const ru: typeof en = {
  post: "Для монтажа",
  edge: "Край",
  edges: { soft: "Мягкий, на два пикселя", hard: "Резкий, как маска" },
  crop: "Картинка",
  crops: { frame: "Весь кадр", object: "Рамка вокруг объекта" },
  frame: (frame) => `Кадр ${frame}`,
  places: "Показать",
  morePlaces: (count) => `и ещё ${count}`,
  waiting: "Ждёт очереди",
  reading: (share) => `Чтение ${share} %`,
  copying: (share) => `Копия для браузера ${share} %`,
  copyingWhy:
    "Браузер не показывает этот файл. Готовится копия с теми же номерами кадров; размечать можно уже сейчас, листание пока медленнее.",
  copyFailed: "Копия не вышла",
  copyAgain: "Повторить",
  noCopyWhy:
    "Браузер не показывает этот файл, и копии нет: кадры приходят с сервера по одному, размечать можно.",
  makeCopy: "Сделать копию",
  rate: (perSecond, left) => `${perSecond} кадр/с, осталось ${left}`,
  removeTitle: (name) => `Убрать ${name}?`,
  removeText: (objects, frames) =>
    `Вместе с видео уйдут объекты (${objects}) на кадрах (${frames}). Вернуть их нельзя; чтобы сохранить, сначала выгрузите архив masklet.`,
  keep: "Оставить",
};

const catalogues: Readonly<Record<Language, typeof en>> = { en, ru };

export function exchangeWords(language: Language): typeof en {
  return catalogues[language];
}

/** `120 frames/s, 12 s left`; empty while the rate is not known. */
export function paceOf(
  language: Language,
  {
    done,
    total,
    rate,
  }: { readonly done: number; readonly total: number; readonly rate: number | null },
): string {
  if (rate === null || rate <= 0 || total <= done) return "";
  const perSecond = rate < 10 ? decimal(language, rate, 1) : grouped(language, Math.round(rate));
  return exchangeWords(language).rate(perSecond, timeLeft(language, (total - done) / rate));
}
