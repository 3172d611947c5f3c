// News over the lower right panel: one at a time, six seconds, errors until closed.
import { useEffect, useState } from "react";
import { useWords } from "../words/words.ts";
import { useDesk, useView } from "./context.ts";
import { Icon } from "./parts.tsx";

const SHOWN_MS = 6000;

/** News in amber is of the server: away, or ahead of this window. */
const ICONS = { plain: "info", doubt: "wifi", error: "warn" } as const;

export function Toast() {
  const desk = useDesk();
  const words = useWords();
  const toast = useView((view) => view.toast);
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (!toast || held || toast.tone === "error") return;
    // "The server does not answer" stays for as long as that is true.
    if (toast.tone === "doubt" && toast.action) return;
    const timer = setTimeout(() => desk.view.setState({ toast: null }), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [toast, held, desk]);
  if (!toast) return null;
  const close = () => desk.view.setState({ toast: null });
  const tone = toast.tone === "error" ? "err" : toast.tone === "doubt" ? "doubt" : "t2";
  const { action } = toast;
  return (
    <div
      className="toast"
      role={toast.tone === "error" ? "alert" : "status"}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
    >
      <Icon name={ICONS[toast.tone]} tone={tone} />
      <div className="grow">
        <div className="m">
          {toast.title}
          {toast.count > 1 && <span className="t3"> ×{toast.count}</span>}
        </div>
        {toast.text && <div className="t2">{toast.text}</div>}
        {action && (
          <div className="acts">
            <button
              type="button"
              className="btn s"
              onClick={() => {
                action.run();
                close();
              }}
            >
              {action.label}
            </button>
          </div>
        )}
      </div>
      <button type="button" className="ib s" aria-label={words.close} onClick={close}>
        <Icon name="x" />
      </button>
    </div>
  );
}
