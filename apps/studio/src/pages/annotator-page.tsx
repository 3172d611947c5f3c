// The annotator's page: opens the desk of a video and puts the panels around it.
import type { Hello, Video } from "@masklet/protocol";
import { useEffect, useMemo, useState } from "react";
import { useStore } from "zustand";
import { type ActionContext, perform, type Screen } from "../actions/actions.ts";
import { listenToKeys } from "../actions/keyboard.ts";
import type { ActionId } from "../actions/texts.ts";
import { type Desk, openDesk } from "../desk/desk.ts";
import { applySettings, settings } from "../desk/settings.ts";
import { call, LinkError } from "../link/call.ts";
import { DeskContext, useView } from "../panels/context.ts";
import { Dock } from "../panels/dock.tsx";
import { ExportDialog } from "../panels/export-dialog.tsx";
import { Inspector } from "../panels/inspector.tsx";
import { KeysDialog } from "../panels/keys-sheet.tsx";
import { Palette } from "../panels/palette.tsx";
import { ResizeGrip } from "../panels/resize-grip.tsx";
import { StageView } from "../panels/stage-view.tsx";
import { Toast } from "../panels/toast.tsx";
import { ToolRail } from "../panels/tool-rail.tsx";
import { TopBar } from "../panels/top-bar.tsx";
import { useWords } from "../words/words.ts";
import { goRound, rememberPlaces } from "./regions.ts";
import { Link } from "./router.tsx";

const PREPARING_MS = 400;

/** Waits until the server has prepared the video. Throws an Error with the server's sentence where it cannot. */
async function whenReady(first: Video, onProgress: (share: number) => void): Promise<Video> {
  let video = first;
  while (video.state !== "ready") {
    if (video.state === "failed") throw new Error(video.problem ?? "");
    onProgress(video.prepared);
    await new Promise((done) => setTimeout(done, PREPARING_MS));
    video = await call("GET /api/videos/:video", { at: { video: first.id } });
  }
  return video;
}

export function AnnotatorPage(props: {
  hello: Hello;
  project: string;
  video: string;
  search: string;
}) {
  const words = useWords();
  const { hello, project, video } = props;
  const [desk, setDesk] = useState<Desk | null>(null);
  const [siblings, setSiblings] = useState<readonly Video[]>([]);
  const [problem, setProblem] = useState<string | null>(null);
  const [preparing, setPreparing] = useState<{ name: string; share: number } | null>(null);
  // The address is read once: from then on the desk writes it.
  const [search] = useState(props.search);
  useEffect(() => {
    let opened: Desk | null = null;
    let left = false;
    const query = new URLSearchParams(search);
    const number = (name: string) => (query.has(name) ? Number(query.get(name)) : null);
    (async () => {
      const [ofProject, ofVideo, all] = await Promise.all([
        call("GET /api/projects/:project", { at: { project } }),
        call("GET /api/videos/:video", { at: { video } }),
        call("GET /api/projects/:project/videos", { at: { project } }),
      ]);
      const ready = await whenReady(ofVideo, (share) => {
        if (!left) setPreparing({ name: ofVideo.name, share });
      });
      if (left) return;
      opened = await openDesk({
        hello,
        project: ofProject,
        video: ready,
        place: { frame: number("f"), object: number("o") },
      });
      if (left) return opened.close();
      setSiblings(all.filter((one) => one.state === "ready"));
      setDesk(opened);
      document.title = `${ready.name} · masklet`;
    })().catch((error: unknown) => {
      if (!left)
        setProblem(
          error instanceof LinkError || error instanceof Error ? error.message : String(error),
        );
    });
    return () => {
      left = true;
      opened?.close();
    };
  }, [hello, project, video, search]);
  if (problem)
    return (
      <main className="blank">
        <h1 className="lead">{words.failedToOpen}</h1>
        <p className="t2">{problem}</p>
        <Link className="btn" to={`/p/${project}`}>
          {words.videos}
        </Link>
      </main>
    );
  if (!desk)
    return (
      <main className="blank t2" aria-busy="true">
        {preparing === null ? (
          words.loading
        ) : (
          <>
            <h1 className="lead b">{preparing.name}</h1>
            <span className="bar progress info">
              <i style={{ width: `${preparing.share * 100}%` }} />
            </span>
            <span className="num">{words.preparing(Math.round(preparing.share * 100))}</span>
            <span className="small t3">{words.preparingWhy}</span>
          </>
        )}
      </main>
    );
  return <Annotator desk={desk} siblings={siblings} />;
}

type Over =
  | { kind: "palette"; start: string }
  | { kind: "keys"; change: ActionId | null }
  | { kind: "export" }
  | null;

function Annotator({ desk, siblings }: { desk: Desk; siblings: readonly Video[] }) {
  const [over, setOver] = useState<Over>(null);
  const context = useMemo((): ActionContext => ({ desk, screen: screenOf(setOver) }), [desk]);
  useEffect(() => listenToKeys(context), [context]);
  useEffect(() => rememberPlaces(), []);
  useEffect(() => {
    // For tests and for people who script their browser: what the desk sees.
    Object.assign(globalThis, {
      masklet: { desk, perform: (id: ActionId) => perform(id, context) },
    });
  }, [desk, context]);
  const close = () => setOver(null);
  return (
    <DeskContext value={context}>
      <Frame>
        <TopBar siblings={siblings} />
        <ToolRail />
        <StageView />
        <ResizeGrip what="inspector" />
        <Inspector />
        <Dock />
        <Toast />
      </Frame>
      {over?.kind === "palette" && (
        <Palette
          start={over.start}
          siblings={siblings}
          close={close}
          changeKey={(change) => setOver({ kind: "keys", change })}
        />
      )}
      {over?.kind === "keys" && <KeysDialog close={close} change={over.change} />}
      {over?.kind === "export" && (
        <ExportDialog
          project={desk.project}
          videos={[desk.video]}
          close={close}
          settle={desk.session.settled}
          show={({ frame, object }) => {
            close();
            if (frame !== null) desk.playback.go(frame);
            if (object !== null) desk.objects.select(object as never);
          }}
        />
      )}
    </DeskContext>
  );
}

function Frame({ children }: { children: React.ReactNode }) {
  const folded = useView((view) => view.inspectorFolded);
  const focus = useView((view) => view.focusMode);
  const dragged = useStore(settings, (now) => now.dock !== null);
  // In the first minute the picture is as large as it goes, and stays: nothing moves from under the pointer.
  const [first] = useState(useView((view) => view.steps !== null));
  const states = [
    folded ? "folded" : "",
    focus ? "focus-mode" : "",
    first && !dragged ? "first-minute" : "",
  ];
  return <div className={`app ${states.filter(Boolean).join(" ")}`}>{children}</div>;
}

function screenOf(setOver: (over: Over) => void): Screen {
  const focusOn = (selector: string) => document.querySelector<HTMLElement>(selector)?.focus();
  return {
    openPalette: (start = "") => setOver({ kind: "palette", start }),
    openKeys: () => setOver({ kind: "keys", change: null }),
    openExport: () => setOver({ kind: "export" }),
    openDirections: () => document.querySelector<HTMLElement>("#directions")?.click(),
    renameSelected: () => focusOn("#object-name"),
    goToFrame: () => document.querySelector<HTMLElement>("#frame-box")?.click(),
    toggleDock() {
      const large = Math.round(innerHeight * 0.6);
      settings.setState((now) => ({ dock: now.dock === large ? null : large }));
      applySettings();
    },
    nextRegion: goRound,
  };
}
