// Settings of this machine: language, theme, lane height, keys, time, storage.
import type { Hello } from "@masklet/protocol";
import { useStore } from "zustand";
import { settings } from "../desk/settings.ts";
import { KeysList, ProfileChoice } from "../panels/keys-sheet.tsx";
import { useWords } from "../words/words.ts";
import { PageFrame } from "./page-frame.tsx";

export function SettingsPage({ hello }: { hello: Hello }) {
  const words = useWords();
  const now = useStore(settings);
  return (
    <PageFrame crumb={<b>{words.settings}</b>}>
      <div className="narrow scroll">
        <h1 className="title">{words.settings}</h1>
        <div className="kv form">
          <label htmlFor="language">{words.languageName}</label>
          <select
            id="language"
            className="select"
            value={now.language}
            onChange={(event) => settings.setState({ language: event.target.value as "en" })}
          >
            <option value="en" lang="en">
              English
            </option>
            <option value="ru" lang="ru">
              Русский
            </option>
          </select>
          <label htmlFor="theme">{words.theme}</label>
          <select
            id="theme"
            className="select"
            value={now.theme}
            onChange={(event) => settings.setState({ theme: event.target.value as "dark" })}
          >
            {(["dark", "light", "system"] as const).map((theme) => (
              <option key={theme} value={theme}>
                {words.themes[theme]}
              </option>
            ))}
          </select>
          <label htmlFor="density">{words.density}</label>
          <select
            id="density"
            className="select"
            value={now.laneHeight}
            onChange={(event) =>
              settings.setState({ laneHeight: Number(event.target.value) as 26 })
            }
          >
            {[20, 26, 32].map((height) => (
              <option key={height} value={height}>
                {words.pixels(height)}
              </option>
            ))}
          </select>
          <span>{words.timeSetting}</span>
          <span className="t2">{words.timeText}</span>
          <span>{words.storage}</span>
          <span className="t2">{words.storageText(hello.allowedFolders.join(", "))}</span>
        </div>
        <div className="row keys-title">
          <h2 className="lead b grow">{words.keysTitle}</h2>
          <ProfileChoice />
        </div>
        <KeysList start={null} />
      </div>
    </PageFrame>
  );
}
