// The one card over the picture: a question that concerns this frame, answered by one key.
import { useEffect, useState } from "react";
import { nameOf } from "../desk/core.ts";
import { doubtIcon, doubtText } from "../desk/doubt-words.ts";
import { useWords } from "../words/words.ts";
import { runBefore } from "./comparison.tsx";
import { useDesk, useSession, useView } from "./context.ts";
import { Icon, KeyOf } from "./parts.tsx";

/** A click unanswered for so long says that the frame is being made ready. */
const SLOW_MS = 2000;

export function Card() {
  const card = useView((view) => view.card);
  const slow = useSlowAnswer();
  const proposals = useView((view) => view.proposals);
  const proposing = useView((view) => view.proposing);
  const comparing = useView((view) => view.comparison !== null);
  const words = useWords();
  if (slow) return <Line text={words.gettingReady} />;
  if (proposing) return <Line text={words.proposing} />;
  if (proposals) return <ProposalsCard count={proposals.list.length} />;
  if (comparing) return <ComparisonCard />;
  switch (card?.kind) {
    case undefined:
      return null;
    case "need-include":
      return <Line text={words.needInclude} />;
    case "nothing-found":
      return <Line text={words.nothingFound} />;
    case "pick":
      return <Line text={card.what === "join" ? words.pickJoin : words.pickSwap} />;
    case "cut":
      return <CutCard job={card.job} frame={card.frame} />;
    case "lost":
      return <LostCard />;
    case "doubt":
      return <DoubtCard />;
    case "conflict":
      return <ConflictCard />;
    case "compare-offer":
      return <OfferCard run={card.run} />;
  }
}

function useSlowAnswer(): boolean {
  const since = useView((view) => view.asking?.since ?? null);
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    setSlow(false);
    if (since === null) return;
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, [since]);
  return slow && since !== null;
}

function Frame({ children, wide }: { children: React.ReactNode; wide?: boolean }) {
  return (
    <section className={`card ${wide ? "wide" : ""}`} aria-live="polite" data-region="card">
      {children}
    </section>
  );
}

function Line({ text }: { text: string }) {
  return (
    <Frame>
      <span className="t2">
        <Icon name="info" />
      </span>
      <span className="cut pad-right">{text}</span>
    </Frame>
  );
}

function CutCard({ job, frame }: { job: string; frame: number }) {
  const desk = useDesk();
  const words = useWords();
  return (
    <Frame wide>
      <Icon name="cut" tone="doubt" />
      <span className="grow">
        <div className="m cut">{words.cutTitle(frame)}</div>
        <div className="small t2 cut">{words.cutText(Math.max(0, frame - 1))}</div>
      </span>
      <button type="button" className="btn" onClick={() => desk.tracking.answer(job, "end")}>
        {words.endHere}
      </button>
      <button
        type="button"
        className="btn primary"
        onClick={() => desk.tracking.answer(job, "go-on")}
      >
        {words.goOn}
        <kbd>Enter</kbd>
      </button>
    </Frame>
  );
}

function LostCard() {
  const desk = useDesk();
  const words = useWords();
  const card = useView((view) => view.card);
  if (card?.kind !== "lost") return null;
  return (
    <Frame wide>
      <Icon name="vanish" tone="doubt" />
      <span className="grow">
        <div className="m cut">{words.lostTitle(nameOf(desk, card.track), card.frame)}</div>
        <div className="small t2 cut">{words.lostText}</div>
      </span>
      <button type="button" className="btn" onClick={desk.tracking.showLost}>
        {words.show}
        <kbd>Enter</kbd>
      </button>
      <button type="button" className="btn" onClick={desk.tracking.markLostAbsent}>
        {words.absentFromHere}
        <KeyOf action="presence.absent" />
      </button>
    </Frame>
  );
}

function DoubtCard() {
  const desk = useDesk();
  const words = useWords();
  const at = useView((view) => view.doubtAt);
  const doubts = useView((view) => view.doubts);
  if (!at) return null;
  const { doubt } = at;
  const index = doubts.findIndex((one) => one.track === at.track && one.frame === at.frame);
  return (
    <Frame>
      <Icon name={doubtIcon(doubt.reason)} tone="doubt" />
      <span className="m cut">{doubtText(doubt, words, (id) => nameOf(desk, id))}</span>
      <span className="small t3 num">
        {words.frame.toLowerCase()} {at.frame}
      </span>
      {index >= 0 && <span className="small t3 num">{words.nthOf(index + 1, doubts.length)}</span>}
      <span className="vsep inset" />
      <span className="small t2 cut">{words.clickToCorrect}</span>
      <button type="button" className="btn" onClick={() => desk.doubting.looksRight()}>
        {words.looksRight}
        <KeyOf action="doubt.right" />
      </button>
      <button type="button" className="btn" onClick={() => desk.doubting.next()}>
        {words.next}
        <KeyOf action="doubt.next" />
      </button>
    </Frame>
  );
}

function ConflictCard() {
  const desk = useDesk();
  const words = useWords();
  const conflict = useSession((session) => session.conflicts[0]);
  const left = useSession((session) => session.conflicts.length);
  if (!conflict) return null;
  const answer = (deed: () => void) => () => {
    deed();
    if (left <= 1) desk.view.setState({ card: null });
  };
  return (
    <Frame wide>
      <Icon name="user" tone="doubt" />
      <span className="grow">
        <div className="m cut">{words.conflict(conflict.author)}</div>
        <div className="small t2 cut">{conflict.transaction.title}</div>
      </span>
      <button type="button" className="btn" onClick={answer(desk.session.keepTheirs)}>
        {words.keepTheirs}
      </button>
      <button type="button" className="btn" onClick={answer(desk.session.keepMine)}>
        {words.keepMine}
      </button>
    </Frame>
  );
}

function OfferCard({ run }: { run: string }) {
  const desk = useDesk();
  const words = useWords();
  const runs = useView((view) => view.runs);
  useEffect(() => {
    const timer = setTimeout(() => {
      if (desk.view.getState().card?.kind === "compare-offer") desk.view.setState({ card: null });
    }, OFFERED_MS);
    return () => clearTimeout(timer);
  }, [desk]);
  const number = runs.find((one) => one.id === run)?.number ?? 0;
  return (
    <Frame>
      <Icon name="swap" />
      <span className="m cut">{words.runDiffers(number)}</span>
      <button type="button" className="btn" onClick={() => desk.tracking.compare(run)}>
        {words.compare}
        <kbd>Enter</kbd>
      </button>
    </Frame>
  );
}

const OFFERED_MS = 8000;

function ComparisonCard() {
  const desk = useDesk();
  const words = useWords();
  const comparison = useView((view) => view.comparison);
  const before = useView((view) => runBefore(view.runs, comparison?.run));
  if (!comparison) return null;
  return (
    <Frame>
      <Icon name="swap" />
      <span className="m cut">{words.compareTitle(comparison.run.number, before)}</span>
      <span className="vsep inset" />
      <span className="small t2 cut">{words.holdBefore}</span>
      <KeyOf action="view.before" />
      <button
        type="button"
        className="btn"
        onClick={() => desk.tracking.takeBack(comparison.run.id, null)}
      >
        {words.takeBack}
        <kbd>⌫</kbd>
      </button>
      <button type="button" className="btn primary" onClick={() => desk.tracking.endComparison()}>
        {words.keepNew}
        <kbd>Enter</kbd>
      </button>
    </Frame>
  );
}

function ProposalsCard({ count }: { count: number }) {
  const desk = useDesk();
  const words = useWords();
  return (
    <Frame>
      <Icon name="all" />
      <span className="cut">{words.proposals(count)}</span>
      <button type="button" className="btn" onClick={() => desk.view.setState({ proposals: null })}>
        {words.done}
        <kbd>Esc</kbd>
      </button>
    </Frame>
  );
}
