// The rows of a loss report in words: by the code of the loss, in both languages.
import type { LossRow } from "@masklet/protocol";
import { grouped, type Language } from "./plural.ts";

interface LossText {
  readonly topic: string;
  /** Follows the number. */
  readonly counted: string;
  /** Follows the number one, where it reads otherwise. */
  readonly one?: string;
}

const texts: Readonly<Record<Language, Readonly<Record<string, LossText>>>> = {
  en: {
    "overlaps-flattened": {
      topic: "Overlaps",
      counted: "pixels lie under another object and go to the upper one",
      one: "pixel lies under another object and goes to the upper one",
    },
    "holes-filled": { topic: "Holes", counted: "holes are filled", one: "hole is filled" },
    "parts-dropped": {
      topic: "Parts",
      counted: "parts beyond the first are not written",
      one: "part beyond the first is not written",
    },
    "parts-bridged": {
      topic: "Parts",
      counted: "shapes of several parts become one outline",
      one: "shape of several parts becomes one outline",
    },
    "shapes-converted": {
      topic: "Shapes",
      counted: "shapes are written as another kind",
      one: "shape is written as another kind",
    },
    "shapes-reduced-to-boxes": {
      topic: "Shapes",
      counted: "shapes become the boxes around them",
      one: "shape becomes the box around it",
    },
    "shapes-vanished": {
      topic: "Shapes",
      counted: "shapes have no pixel left",
      one: "shape has no pixel left",
    },
    "coordinates-rounded": {
      topic: "Coordinates",
      counted: "shapes have their coordinates rounded",
      one: "shape has its coordinates rounded",
    },
    "identities-renumbered": {
      topic: "Object numbers",
      counted: "objects get another number",
      one: "object gets another number",
    },
    "identities-dropped": {
      topic: "Identity",
      counted: "objects lose their identity: each shape stands alone",
      one: "object loses its identity: each shape stands alone",
    },
    "empty-videos-dropped": {
      topic: "Empty videos",
      counted: "videos without objects are not written",
      one: "video without objects is not written",
    },
    "empty-objects-dropped": {
      topic: "Empty objects",
      counted: "objects that are visible nowhere are not written",
      one: "object that is visible nowhere is not written",
    },
    "in-betweens-baked": {
      topic: "In-betweens",
      counted: "in-betweens are written as if measured",
      one: "in-between is written as if measured",
    },
    "key-frames-dropped": {
      topic: "Key frames",
      counted: "states lose that they are key frames or pinned",
      one: "state loses that it is a key frame or pinned",
    },
    "absence-dropped": {
      topic: "Not in view",
      counted: "frames say the same as not labelled",
      one: "frame says the same as not labelled",
    },
    "unknown-as-absent": {
      topic: "Not labelled",
      counted: "frames say the same as not in view",
      one: "frame says the same as not in view",
    },
    "occlusion-dropped": {
      topic: "Occluded flags",
      counted: "flags have no place in the format",
      one: "flag has no place in the format",
    },
    "scores-dropped": {
      topic: "Scores",
      counted: "scores are not written",
      one: "score is not written",
    },
    "prompts-dropped": {
      topic: "Prompts",
      counted: "frames lose their prompts",
      one: "frame loses its prompts",
    },
    "provenance-dropped": {
      topic: "Provenance",
      counted: "states lose who or what made them",
      one: "state loses who or what made it",
    },
    "attributes-dropped": {
      topic: "Attributes",
      counted: "values have no place in the format",
      one: "value has no place in the format",
    },
    "attributes-as-text": {
      topic: "Attributes",
      counted: "values are written as text",
      one: "value is written as text",
    },
    "labels-dropped": {
      topic: "Labels",
      counted: "objects lose their label",
      one: "object loses its label",
    },
    "label-facts-dropped": {
      topic: "Label details",
      counted: "labels lose colour, key or attributes",
      one: "label loses colour, key or attributes",
    },
    "labels-invented": {
      topic: "Labels",
      counted: "objects without a label get one",
      one: "object without a label gets one",
    },
    "track-facts-dropped": {
      topic: "Object details",
      counted: "objects lose name, colour or order",
      one: "object loses name, colour or order",
    },
    "reviews-dropped": {
      topic: "Reviews",
      counted: "reviews are not written",
      one: "review is not written",
    },
    "video-facts-dropped": {
      topic: "Video details",
      counted: "facts of the video are not written",
      one: "fact of the video is not written",
    },
    "names-changed": {
      topic: "Names",
      counted: "names are changed to fit the format",
      one: "name is changed to fit the format",
    },
    "frames-skipped": {
      topic: "Skipped frames",
      counted: "states lie on frames that are left out",
      one: "state lies on a frame that is left out",
    },
    "not-understood": {
      topic: "Not understood",
      counted: "parts of the input are left out",
      one: "part of the input is left out",
    },
    "kept-objects": { topic: "Objects", counted: "objects are written", one: "object is written" },
    "kept-shapes": {
      topic: "Masks and shapes",
      counted: "are written as they are",
      one: "is written as it is",
    },
    "kept-absences": { topic: "Not in view", counted: "frames are marked", one: "frame is marked" },
    "kept-labels": {
      topic: "Labels",
      counted: "objects keep their label",
      one: "object keeps its label",
    },
    "kept-scores": { topic: "Scores", counted: "scores are written", one: "score is written" },
    "kept-prompts": {
      topic: "Prompts",
      counted: "frames keep their prompts",
      one: "frame keeps its prompts",
    },
    "kept-provenance": {
      topic: "Provenance",
      counted: "states keep who or what made them",
      one: "state keeps who or what made it",
    },
    "kept-occlusions": {
      topic: "Occluded flags",
      counted: "flags are written",
      one: "flag is written",
    },
    "kept-attributes": {
      topic: "Attributes",
      counted: "values are written as they are",
      one: "value is written as it is",
    },
    "kept-reviews": { topic: "Reviews", counted: "reviews are written", one: "review is written" },
    "kept-as-pictures": {
      topic: "Masks",
      counted: "masks are seen in the pictures",
      one: "mask is seen in the pictures",
    },
    "pictures-only": {
      topic: "Objects",
      counted: "objects are not read back from pictures: numbers, labels and edits stay here",
      one: "object is not read back from pictures: number, label and edits stay here",
    },
  },
  ru: {
    "overlaps-flattened": {
      topic: "Наложения",
      counted: "пикселей лежат под другим объектом и отойдут верхнему",
      one: "пиксель лежит под другим объектом и отойдёт верхнему",
    },
    "holes-filled": { topic: "Дыры", counted: "дыр будут залиты", one: "дыра будет залита" },
    "parts-dropped": {
      topic: "Части",
      counted: "частей, кроме первых, не попадут в файл",
      one: "часть, кроме первой, не попадёт в файл",
    },
    "parts-bridged": {
      topic: "Части",
      counted: "фигур из частей станут одним контуром",
      one: "фигура из частей станет одним контуром",
    },
    "shapes-converted": {
      topic: "Фигуры",
      counted: "фигур станут другого вида",
      one: "фигура станет другого вида",
    },
    "shapes-reduced-to-boxes": {
      topic: "Фигуры",
      counted: "фигур станут рамками вокруг них",
      one: "фигура станет рамкой вокруг неё",
    },
    "shapes-vanished": {
      topic: "Фигуры",
      counted: "фигур останутся без пикселей",
      one: "фигура останется без пикселей",
    },
    "coordinates-rounded": {
      topic: "Координаты",
      counted: "фигур получат округлённые координаты",
      one: "фигура получит округлённые координаты",
    },
    "identities-renumbered": {
      topic: "Номера объектов",
      counted: "объектов получат другой номер",
      one: "объект получит другой номер",
    },
    "identities-dropped": {
      topic: "Тождество объекта",
      counted: "объектов потеряют тождество: каждая фигура сама по себе",
      one: "объект потеряет тождество: каждая фигура сама по себе",
    },
    "empty-videos-dropped": {
      topic: "Пустые видео",
      counted: "видео без объектов не попадут в файл",
      one: "видео без объектов не попадёт в файл",
    },
    "empty-objects-dropped": {
      topic: "Пустые объекты",
      counted: "нигде не видимых объектов не попадут в файл",
      one: "нигде не видимый объект не попадёт в файл",
    },
    "in-betweens-baked": {
      topic: "Промежутки",
      counted: "промежутков запишутся как измеренные",
      one: "промежуток запишется как измеренный",
    },
    "key-frames-dropped": {
      topic: "Опорные кадры",
      counted: "состояний потеряют пометку опорных или закреплённых",
      one: "состояние потеряет пометку опорного или закреплённого",
    },
    "absence-dropped": {
      topic: "Нет в кадре",
      counted: "кадров неотличимы от «не размечено»",
      one: "кадр неотличим от «не размечено»",
    },
    "unknown-as-absent": {
      topic: "Не размечено",
      counted: "кадров неотличимы от «нет в кадре»",
      one: "кадр неотличим от «нет в кадре»",
    },
    "occlusion-dropped": {
      topic: "Пометки «заслонён»",
      counted: "пометкам нет места в формате",
      one: "пометке нет места в формате",
    },
    "scores-dropped": {
      topic: "Оценки",
      counted: "оценок не попадут в файл",
      one: "оценка не попадёт в файл",
    },
    "prompts-dropped": {
      topic: "Подсказки",
      counted: "кадров потеряют подсказки",
      one: "кадр потеряет подсказки",
    },
    "provenance-dropped": {
      topic: "Происхождение",
      counted: "состояний потеряют, кто или что их создало",
      one: "состояние потеряет, кто или что его создало",
    },
    "attributes-dropped": {
      topic: "Атрибуты",
      counted: "значениям нет места в формате",
      one: "значению нет места в формате",
    },
    "attributes-as-text": {
      topic: "Атрибуты",
      counted: "значений запишутся текстом",
      one: "значение запишется текстом",
    },
    "labels-dropped": {
      topic: "Классы",
      counted: "объектов потеряют класс",
      one: "объект потеряет класс",
    },
    "label-facts-dropped": {
      topic: "Свойства классов",
      counted: "классов потеряют цвет, клавишу или атрибуты",
      one: "класс потеряет цвет, клавишу или атрибуты",
    },
    "labels-invented": {
      topic: "Классы",
      counted: "объектов без класса получат его",
      one: "объект без класса получит его",
    },
    "track-facts-dropped": {
      topic: "Свойства объектов",
      counted: "объектов потеряют имя, цвет или порядок",
      one: "объект потеряет имя, цвет или порядок",
    },
    "reviews-dropped": {
      topic: "Проверки",
      counted: "проверок не попадут в файл",
      one: "проверка не попадёт в файл",
    },
    "video-facts-dropped": {
      topic: "Сведения о видео",
      counted: "сведений о видео не попадут в файл",
    },
    "names-changed": {
      topic: "Имена",
      counted: "имён изменятся под формат",
      one: "имя изменится под формат",
    },
    "frames-skipped": {
      topic: "Пропущенные кадры",
      counted: "состояний лежат на пропущенных кадрах",
      one: "состояние лежит на пропущенном кадре",
    },
    "not-understood": {
      topic: "Не понято",
      counted: "частей файла пропущены",
      one: "часть файла пропущена",
    },
    "kept-objects": {
      topic: "Объекты",
      counted: "объектов попадут в файл",
      one: "объект попадёт в файл",
    },
    "kept-shapes": {
      topic: "Маски и фигуры",
      counted: "попадут в файл как есть",
      one: "попадёт в файл как есть",
    },
    "kept-absences": { topic: "Нет в кадре", counted: "кадров помечены", one: "кадр помечен" },
    "kept-labels": {
      topic: "Классы",
      counted: "объектов сохранят класс",
      one: "объект сохранит класс",
    },
    "kept-scores": {
      topic: "Оценки",
      counted: "оценок попадут в файл",
      one: "оценка попадёт в файл",
    },
    "kept-prompts": {
      topic: "Подсказки",
      counted: "кадров сохранят подсказки",
      one: "кадр сохранит подсказки",
    },
    "kept-provenance": {
      topic: "Происхождение",
      counted: "состояний сохранят, кто или что их создало",
      one: "состояние сохранит, кто или что его создало",
    },
    "kept-occlusions": {
      topic: "Пометки «заслонён»",
      counted: "пометок попадут в файл",
      one: "пометка попадёт в файл",
    },
    "kept-attributes": {
      topic: "Атрибуты",
      counted: "значений попадут в файл как есть",
      one: "значение попадёт в файл как есть",
    },
    "kept-reviews": {
      topic: "Проверки",
      counted: "проверок попадут в файл",
      one: "проверка попадёт в файл",
    },
    "kept-as-pictures": {
      topic: "Маски",
      counted: "масок видны на картинках",
      one: "маска видна на картинках",
    },
    "pictures-only": {
      topic: "Объекты",
      counted: "объектов не прочитать из картинок: номера, классы и правки остаются здесь",
      one: "объект не прочитать из картинок: номер, класс и правки остаются здесь",
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
  const rest = count === 1 && of === "" && text.one ? text.one : text.counted;
  return { topic: text.topic, sentence: `${grouped(language, count)}${of} ${rest}` };
}
