// The frame of every page that is not the annotator: top bar, navigation, main.
import type { ReactNode } from "react";
import { Icon } from "../panels/parts.tsx";
import { useWords } from "../words/words.ts";
import { Link } from "./router.tsx";

export function PageFrame(props: {
  crumb: ReactNode;
  actions?: ReactNode;
  nav?: ReactNode;
  children: ReactNode;
}) {
  const words = useWords();
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
        {props.actions}
        <Link className="ib" to="/settings" title={words.settings} aria-label={words.settings}>
          <Icon name="gear" />
        </Link>
      </header>
      {props.nav}
      <main className="main">{props.children}</main>
    </div>
  );
}
