// The rows of a loss report in words: by the code of the loss, in both languages.
import type { LossRow } from "@masklet/protocol";
import { grouped, type Language } from "./plural.ts";

interface LossText {
  readonly topic: string;
  /** Follows the number. */
  readonly counted: string;
}

const texts: Readonly<Record<Language, Readonly<Record<string, LossText>>>> = {
  en: {
    "overlaps-flattened": {
      topic: "Overlaps",
      counted: "pixels lie under another object and go to the upper one",
    },
    "holes-filled": { topic: "Holes", counted: "holes are filled" },
    "parts-dropped": { topic: "Parts", counted: "parts beyond the first are not written" },
    "parts-bridged": { topic: "Parts", counted: "shapes of several parts become one outline" },
    "shapes-converted": { topic: "Shapes", counted: "shapes are written as another kind" },
    "shapes-reduced-to-boxes": { topic: "Shapes", counted: "shapes become the boxes around them" },
    "shapes-vanished": { topic: "Shapes", counted: "shapes have no pixel left" },
    "coordinates-rounded": {
      topic: "Coordinates",
      counted: "shapes have their coordinates rounded",
    },
    "identities-renumbered": { topic: "Object numbers", counted: "objects get another number" },
    "identities-dropped": {
      topic: "Identity",
      counted: "objects lose their identity: each shape stands alone",
    },
    "empty-videos-dropped": {
      topic: "Empty videos",
      counted: "videos without objects are not written",
    },
    "empty-objects-dropped": {
      topic: "Empty objects",
      counted: "objects that are visible nowhere are not written",
    },
    "in-betweens-baked": {
      topic: "In-betweens",
      counted: "in-betweens are written as if measured",
    },
    "key-frames-dropped": {
      topic: "Key frames",
      counted: "states lose that they are key frames or pinned",
    },
    "absence-dropped": { topic: "Not in view", counted: "frames say the same as not labelled" },
    "unknown-as-absent": { topic: "Not labelled", counted: "frames say the same as not in view" },
    "occlusion-dropped": { topic: "Occluded flags", counted: "flags have no place in the format" },
    "scores-dropped": { topic: "Scores", counted: "scores are not written" },
    "prompts-dropped": { topic: "Prompts", counted: "frames lose their prompts" },
    "provenance-dropped": { topic: "Provenance", counted: "states lose who or what made them" },
    "attributes-dropped": { topic: "Attributes", counted: "values have no place in the format" },
    "attributes-as-text": { topic: "Attributes", counted: "values are written as text" },
    "labels-dropped": { topic: "Labels", counted: "objects lose their label" },
    "label-facts-dropped": {
      topic: "Label details",
      counted: "labels lose colour, key or attributes",
    },
    "labels-invented": { topic: "Labels", counted: "objects without a label get one" },
    "track-facts-dropped": {
      topic: "Object details",
      counted: "objects lose name, colour or order",
    },
    "reviews-dropped": { topic: "Reviews", counted: "reviews are not written" },
    "video-facts-dropped": {
      topic: "Video details",
      counted: "facts of the video are not written",
    },
    "names-changed": { topic: "Names", counted: "names are changed to fit the format" },
    "frames-skipped": {
      topic: "Skipped frames",
      counted: "states lie on frames that are left out",
    },
    "not-understood": { topic: "Not understood", counted: "parts of the input are left out" },
    "kept-objects": { topic: "Objects", counted: "objects are written" },
    "kept-shapes": { topic: "Masks and shapes", counted: "are written as they are" },
    "kept-absences": { topic: "Not in view", counted: "frames are marked" },
    "kept-labels": { topic: "Labels", counted: "objects keep their label" },
    "kept-scores": { topic: "Scores", counted: "scores are written" },
    "kept-prompts": { topic: "Prompts", counted: "frames keep their prompts" },
    "kept-provenance": { topic: "Provenance", counted: "states keep who or what made them" },
    "kept-occlusions": { topic: "Occluded flags", counted: "flags are written" },
    "kept-attributes": { topic: "Attributes", counted: "values are written as they are" },
    "kept-reviews": { topic: "Reviews", counted: "reviews are written" },
    "kept-as-pictures": { topic: "Masks", counted: "masks are seen in the pictures" },
    "pictures-only": {
      topic: "Objects",
      counted: "objects are not read back from pictures: numbers, labels and edits stay here",
    },
  },
  ru: {
    "overlaps-flattened": {
      topic: "Наложения",
      counted: "пикселей лежат под другим объектом и отойдут верхнему",
    },
    "holes-filled": { topic: "Дыры", counted: "дыр будут залиты" },
    "parts-dropped": { topic: "Части", counted: "частей, кроме первых, не попадут в файл" },
    "parts-bridged": { topic: "Части", counted: "фигур из частей станут одним контуром" },
    "shapes-converted": { topic: "Фигуры", counted: "фигур станут другого вида" },
    "shapes-reduced-to-boxes": { topic: "Фигуры", counted: "фигур станут рамками вокруг них" },
    "shapes-vanished": { topic: "Фигуры", counted: "фигур останутся без пикселей" },
    "coordinates-rounded": { topic: "Координаты", counted: "фигур получат округлённые координаты" },
    "identities-renumbered": { topic: "Номера объектов", counted: "объектов получат другой номер" },
    "identities-dropped": {
      topic: "Тождество объекта",
      counted: "объектов потеряют тождество: каждая фигура сама по себе",
    },
    "empty-videos-dropped": {
      topic: "Пустые видео",
      counted: "видео без объектов не попадут в файл",
    },
    "empty-objects-dropped": {
      topic: "Пустые объекты",
      counted: "нигде не видимых объектов не попадут в файл",
    },
    "in-betweens-baked": { topic: "Промежутки", counted: "промежутков запишутся как измеренные" },
    "key-frames-dropped": {
      topic: "Опорные кадры",
      counted: "состояний потеряют пометку опорных или закреплённых",
    },
    "absence-dropped": { topic: "Нет в кадре", counted: "кадров неотличимы от «не размечено»" },
    "unknown-as-absent": { topic: "Не размечено", counted: "кадров неотличимы от «нет в кадре»" },
    "occlusion-dropped": { topic: "Пометки «заслонён»", counted: "пометкам нет места в формате" },
    "scores-dropped": { topic: "Оценки", counted: "оценок не попадут в файл" },
    "prompts-dropped": { topic: "Подсказки", counted: "кадров потеряют подсказки" },
    "provenance-dropped": {
      topic: "Происхождение",
      counted: "состояний потеряют, кто или что их создало",
    },
    "attributes-dropped": { topic: "Атрибуты", counted: "значениям нет места в формате" },
    "attributes-as-text": { topic: "Атрибуты", counted: "значений запишутся текстом" },
    "labels-dropped": { topic: "Классы", counted: "объектов потеряют класс" },
    "label-facts-dropped": {
      topic: "Свойства классов",
      counted: "классов потеряют цвет, клавишу или атрибуты",
    },
    "labels-invented": { topic: "Классы", counted: "объектов без класса получат его" },
    "track-facts-dropped": {
      topic: "Свойства объектов",
      counted: "объектов потеряют имя, цвет или порядок",
    },
    "reviews-dropped": { topic: "Проверки", counted: "проверок не попадут в файл" },
    "video-facts-dropped": {
      topic: "Сведения о видео",
      counted: "сведений о видео не попадут в файл",
    },
    "names-changed": { topic: "Имена", counted: "имён изменятся под формат" },
    "frames-skipped": {
      topic: "Пропущенные кадры",
      counted: "состояний лежат на пропущенных кадрах",
    },
    "not-understood": { topic: "Не понято", counted: "частей файла пропущены" },
    "kept-objects": { topic: "Объекты", counted: "объектов попадут в файл" },
    "kept-shapes": { topic: "Маски и фигуры", counted: "попадут в файл как есть" },
    "kept-absences": { topic: "Нет в кадре", counted: "кадров помечены" },
    "kept-labels": { topic: "Классы", counted: "объектов сохранят класс" },
    "kept-scores": { topic: "Оценки", counted: "оценок попадут в файл" },
    "kept-prompts": { topic: "Подсказки", counted: "кадров сохранят подсказки" },
    "kept-provenance": {
      topic: "Происхождение",
      counted: "состояний сохранят, кто или что их создало",
    },
    "kept-occlusions": { topic: "Пометки «заслонён»", counted: "пометок попадут в файл" },
    "kept-attributes": { topic: "Атрибуты", counted: "значений попадут в файл как есть" },
    "kept-reviews": { topic: "Проверки", counted: "проверок попадут в файл" },
    "kept-as-pictures": { topic: "Маски", counted: "масок видны на картинках" },
    "pictures-only": {
      topic: "Объекты",
      counted: "объектов не прочитать из картинок: номера, классы и правки остаются здесь",
    },
  },
};

const OF: Readonly<Record<Language, string>> = { en: "of", ru: "из" };

/** Topic and sentence of a row; the server's own words where the code is not known here. */
export function lossText(row: LossRow, language: Language): { topic: string; sentence: string } {
  const text = texts[language][row.code];
  const [count, all] = row.numbers;
  if (!text || count === undefined) return { topic: row.topic, sentence: row.sentence };
  const of = all === undefined || all === count ? "" : ` ${OF[language]} ${grouped(language, all)}`;
  return { topic: text.topic, sentence: `${grouped(language, count)}${of} ${text.counted}` };
}
