// The frame of every page that is not the annotator: top bar, navigation, main, palette.
import type { Project, Video } from "@masklet/protocol";
import { type ReactNode, useCallback, useEffect, useState } from "react";
import { ModelChip } from "../panels/model-chip.tsx";
import { PaletteBox } from "../panels/palette-box.tsx";
import { Icon } from "../panels/parts.tsx";
import { useWords } from "../words/words.ts";
import { placeEntries } from "./places.tsx";
import { Link } from "./router.tsx";
import { useModels } from "./use-models.ts";

export function PageFrame(props: {
  crumb: ReactNode;
  actions?: ReactNode;
  nav?: ReactNode;
  /** What the palette can lead to from here. */
  project?: Project | null;
  videos?: readonly Video[];
  children: ReactNode;
}) {
  const words = useWords();
  const [models, setModels] = useModels();
  const [searching, setSearching] = useState(false);
  const { project = null, videos = NONE } = props;
  const find = useCallback(
    (text: string) => placeEntries(words, text, { project, videos }),
    [words, project, videos],
  );
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.code !== "KeyK" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      setSearching(true);
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);
  return (
    <div className={`page ${props.nav ? "" : "no-nav"}`}>
      <header className="top">
        <Link to="/" className="logo" title={words.projects}>
          <Icon name="logo" />
          <span>masklet</span>
        </Link>
        <span className="vsep inset" />
        <nav className="crumb cut" aria-label={words.youAreHere}>
          {props.crumb}
        </nav>
        <span className="grow" />
        {models && <ModelChip models={models} onModels={setModels} />}
        <button
          type="button"
          className="btn ghost s"
          title={words.search}
          aria-label={`${words.search} Ctrl K`}
          onClick={() => setSearching(true)}
        >
          <Icon name="search" />
          <kbd>Ctrl K</kbd>
        </button>
        {props.actions}
        {!props.nav && (
          <Link className="ib" to="/settings" title={words.settings} aria-label={words.settings}>
            <Icon name="gear" />
          </Link>
        )}
      </header>
      {props.nav}
      <main className="main">{props.children}</main>
      {searching && (
        <PaletteBox
          start=""
          hint={words.placesHint}
          foot={null}
          find={find}
          nearest={() => null}
          close={() => setSearching(false)}
          changeKey={null}
          onRun={() => {}}
        />
      )}
    </div>
  );
}

const NONE: readonly Video[] = [];
