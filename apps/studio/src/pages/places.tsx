// Places of the studio and settings that the palette offers everywhere.
import type { Project, Video } from "@masklet/protocol";
import { settings } from "../desk/settings.ts";
import { rankOf } from "../panels/matching.ts";
import { type Entry, plainEntry } from "../panels/palette-box.tsx";
import { Icon } from "../panels/parts.tsx";
import type { IconName } from "../style/icons.ts";
import { allWords, type Words } from "../words/words.ts";
import { go } from "./router.tsx";

/** Pages, videos of the project and ways to change the studio's looks, that match what was typed. */
export function placeEntries(
  words: Words,
  query: string,
  near: { readonly project: Project | null; readonly videos: readonly Video[] },
): readonly Entry[] {
  const wanted = query.trim().toLowerCase();
  return [...pages(words, near.project), ...videos(words, near), ...looks(words)].filter(
    (entry) => rankOf(entry.text.toLowerCase(), wanted) > (wanted === "" ? 0 : 1),
  );
}

function pages(words: Words, project: Project | null): Entry[] {
  const page = (icon: IconName, pick: (words: Words) => string, to: string): Entry => ({
    ...plainEntry,
    key: `page-${to.replaceAll("/", "-")}`,
    group: words.groups.app,
    name: pick(words),
    text: allWords.map(pick).join(" "),
    icon: <Icon name={icon} />,
    run: () => go(to),
  });
  const ofProject = project
    ? [
        page("film", (w) => w.videos, `/p/${project.id}`),
        page("tag", (w) => w.labels, `/p/${project.id}/labels`),
        page("book", (w) => w.guidelines, `/p/${project.id}/guidelines`),
        page("list", (w) => w.exports, `/p/${project.id}/exports`),
      ]
    : [];
  return [
    page("home", (w) => w.projects, "/"),
    ...ofProject,
    page("cpu", (w) => w.models, "/models"),
    page("gear", (w) => w.settings, "/settings"),
  ];
}

function videos(
  words: Words,
  near: { readonly project: Project | null; readonly videos: readonly Video[] },
): Entry[] {
  return near.videos
    .filter((video) => video.state === "ready")
    .map((video) => ({
      ...plainEntry,
      key: `video-${video.id}`,
      group: words.videos,
      name: words.openVideo(video.name),
      text: allWords.map((each) => each.openVideo(video.name)).join(" "),
      icon: <Icon name="film" />,
      run: () => go(`/p/${video.project}/v/${video.id}`),
    }));
}

function looks(words: Words): Entry[] {
  const { theme, language } = settings.getState();
  const other = theme === "light" ? "dark" : "light";
  const naming = (pick: (words: Words) => string) => ({
    name: pick(words),
    text: allWords.map(pick).join(" "),
  });
  return [
    {
      ...plainEntry,
      key: "theme",
      group: words.settings,
      ...naming((w) => `${w.theme}: ${w.themes[other]}`),
      icon: <Icon name="sun" />,
      run: () => settings.setState({ theme: other }),
    },
    {
      ...plainEntry,
      key: "language",
      group: words.settings,
      name: language === "en" ? "Русский язык" : "English",
      text: "язык русский language english",
      icon: <Icon name="gear" />,
      run: () => settings.setState({ language: language === "en" ? "ru" : "en" }),
    },
  ];
}
