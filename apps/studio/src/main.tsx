// The studio starts here.
import { createRoot } from "react-dom/client";
import { applySettings, settings } from "./desk/settings.ts";
import { App } from "./pages/app.tsx";
import "./style/tokens.css";
import "./style/base.css";
import "./style/controls.css";
import "./style/annotator.css";
import "./style/dock.css";
import "./style/dialogs.css";
import "./style/page-frame.css";
import "./style/pages.css";

applySettings();
settings.subscribe(applySettings);
matchMedia("(prefers-color-scheme: light)").addEventListener("change", applySettings);

createRoot(document.getElementById("root")!).render(<App />);
