// Settings of this machine: language, looks, time, storage, keys.
import type { Hello } from "@masklet/protocol";
import { type ReactNode, useEffect, useState } from "react";
import { useStore } from "zustand";
import { IDLE_CHOICES, type Settings, settings } from "../desk/settings.ts";
import { KeysList, ProfileChoice } from "../panels/keys-sheet.tsx";
import { PALETTE } from "../style/palette.ts";
import { bytes } from "../words/plural.ts";
import { useWords } from "../words/words.ts";
import { PageFrame } from "./page-frame.tsx";

export function SettingsPage({ hello }: { hello: Hello }) {
  const words = useWords();
  const now = useStore(settings);
  return (
    <PageFrame crumb={<b>{words.settings}</b>}>
      <div className="settings scroll">
        <h1 className="title">{words.settings}</h1>
        <Section title={words.looksTitle}>
          <Field name={words.languageName}>
            <Choice
              name={words.languageName}
              setting="language"
              values={["en", "ru"]}
              text={(one) => (one === "en" ? "English" : "Русский")}
            />
          </Field>
          <Field name={words.theme}>
            <Choice
              name={words.theme}
              setting="theme"
              values={["dark", "light", "system"]}
              text={(one) => words.themes[one]}
            />
          </Field>
          <Field name={words.density}>
            <Choice
              name={words.density}
              setting="laneHeight"
              values={[20, 26, 32]}
              text={(one) => words.laneHeights[one]}
            />
          </Field>
          <Field name={words.colourBlind}>
            <label className="row check">
              <input
                type="checkbox"
                checked={now.colourBlind}
                aria-label={words.colourBlind}
                onChange={(event) => settings.setState({ colourBlind: event.target.checked })}
              />
              <span className="small t2">{words.colourBlindText}</span>
            </label>
            <Colours few={now.colourBlind} />
          </Field>
        </Section>
        <Section title={words.timeSetting}>
          <Field name={words.idleAfter}>
            <select
              className="select"
              aria-label={words.idleAfter}
              value={now.idleSeconds}
              onChange={(event) =>
                settings.setState({
                  idleSeconds: Number(event.target.value) as Settings["idleSeconds"],
                })
              }
            >
              {IDLE_CHOICES.map((seconds) => (
                <option key={seconds} value={seconds}>
                  {words.secondsIdle(seconds)}
                </option>
              ))}
            </select>
            <p className="small t2">{words.timeText}</p>
          </Field>
        </Section>
        <Section title={words.storage}>
          <Field name={words.allowedFolders}>
            {hello.allowedFolders.map((folder) => (
              <code key={folder}>{folder}</code>
            ))}
            <p className="small t2">{words.allowedText}</p>
          </Field>
          <Field name={words.keptHere}>
            <KeptHere />
          </Field>
        </Section>
        <section className="settings-keys">
          <div className="row">
            <h2 className="lead b grow">{words.keysTitle}</h2>
            <ProfileChoice />
          </div>
          <KeysList start={null} />
        </section>
      </div>
    </PageFrame>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="settings-section">
      <h2 className="lead b">{title}</h2>
      <div className="settings-fields">{children}</div>
    </section>
  );
}

function Field({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="settings-field">
      <span className="t2">{name}</span>
      <div className="col">{children}</div>
    </div>
  );
}

/** A setting with a few values, all of them in sight. */
function Choice<Name extends "language" | "theme" | "laneHeight">(props: {
  name: string;
  setting: Name;
  values: readonly Settings[Name][];
  text: (value: Settings[Name]) => string;
}) {
  const now = useStore(settings, (all) => all[props.setting]);
  return (
    <div className="seg" role="radiogroup" aria-label={props.name}>
      {props.values.map((value) => (
        <button
          type="button"
          role="radio"
          key={value}
          aria-checked={value === now}
          className={value === now ? "on" : ""}
          onClick={() => settings.setState({ [props.setting]: value })}
        >
          {props.text(value)}
        </button>
      ))}
    </div>
  );
}

/** The colours handed out, in their order. */
function Colours({ few }: { few: boolean }) {
  return (
    <div className="row colours" aria-hidden="true">
      {(few ? PALETTE.slice(0, 8) : PALETTE).map((colour) => (
        <span key={colour} className="sw s" style={{ background: colour }} />
      ))}
    </div>
  );
}

function KeptHere() {
  const words = useWords();
  const [used, setUsed] = useState<number | null>(null);
  useEffect(() => {
    void navigator.storage
      ?.estimate()
      .then(({ usage }) => setUsed(usage ?? null))
      .catch(() => {});
  }, []);
  return (
    <span className="small t2">
      {used === null ? "…" : words.keptHereText(bytes(words.language, used))}
    </span>
  );
}
