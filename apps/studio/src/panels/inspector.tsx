// The inspector: track first, then the selected object, this frame, and where to look next.
import { Menu } from "@base-ui/react/menu";
import { useRef, useState } from "react";
import { perform, textOf } from "../actions/actions.ts";
import { nameOf } from "../desk/core.ts";
import { doubtIcon, doubtText } from "../desk/doubt-words.ts";
import { isTracking } from "../desk/view.ts";
import { expectedWrong, framesIn } from "../edit/doubts.ts";
import { untracked } from "../edit/present.ts";
import { colourOf } from "../style/palette.ts";
import { useWords } from "../words/words.ts";
import { ComparisonPanel } from "./comparison.tsx";
import {
  useContextOfActions,
  useDesk,
  useDocument,
  useSelected,
  useSession,
  useView,
} from "./context.ts";
import { FirstRunSteps } from "./first-run.tsx";
import { Mouse } from "./mouse.tsx";
import { Attributes, LabelField } from "./object-fields.tsx";
import { ActionButton, Icon, KeyOf, Swatch } from "./parts.tsx";
import { RunsSection } from "./runs.tsx";
import { ThisFrame } from "./this-frame.tsx";
import { TrackingProgress } from "./tracking-progress.tsx";

export function Inspector() {
  const words = useWords();
  const selected = useSelected();
  const comparing = useView((view) => view.comparison !== null);
  const tracking = useView(isTracking);
  const objects = useSession((session) => session.document.tracks.size);
  return (
    <aside className="insp" aria-label={words.inspector} data-region="inspector">
      <FirstRunSteps />
      {comparing ? (
        <ComparisonPanel />
      ) : (
        <>
          {tracking ? <TrackingProgress /> : objects > 0 && <TrackSection />}
          {selected ? <ObjectSection /> : <NothingSelected />}
          {selected && <ThisFrame />}
        </>
      )}
      {objects > 0 && <DoubtSection />}
      {objects === 0 && <span className="grow" />}
      <OwnVideo />
    </aside>
  );
}

const DIRECTIONS = ["both", "forward", "backward"] as const;

function TrackSection() {
  const desk = useDesk();
  const words = useWords();
  const direction = useView((view) => view.direction);
  const selected = useView((view) => view.selected);
  useSession((session) => session.link);
  useSession((session) => session.document);
  const why = desk.tracking.blocked();
  const what = selected === null ? words.trackAll : words.trackOne(nameOf(desk, selected));
  return (
    <div className="sec">
      <div className="split">
        <button
          type="button"
          className={`btn l primary grow ${why ? "off" : ""}`}
          aria-disabled={why !== null}
          title={why ?? `${what}. ${words.directions[direction]}`}
          onClick={() => desk.tracking.track()}
        >
          <Icon
            name={direction === "both" ? "track" : "trackf"}
            tone={direction === "backward" ? "flip" : ""}
          />
          <span className="grow cut left-text">{what}</span>
          <KeyOf action="track.run" />
        </button>
        <Menu.Root>
          <Menu.Trigger className="btn l primary" aria-label={words.direction} id="directions">
            <Icon name="down" />
          </Menu.Trigger>
          <Menu.Portal>
            <Menu.Positioner sideOffset={4} align="end">
              <Menu.Popup className="pop menu">
                {DIRECTIONS.map((one) => (
                  <Menu.Item key={one} className="mi" onClick={() => desk.tracking.track(one)}>
                    <span className="tickroom">{one === direction && <Icon name="check" />}</span>
                    {words.directions[one]}
                  </Menu.Item>
                ))}
                <Menu.Item className="mi" onClick={() => desk.tracking.trackAll()}>
                  <span className="tickroom" />
                  <span className="grow">{words.trackAll}</span>
                  <KeyOf action="track.all" />
                </Menu.Item>
              </Menu.Popup>
            </Menu.Positioner>
          </Menu.Portal>
        </Menu.Root>
      </div>
      <Untracked />
    </div>
  );
}

/** Says which objects were left on their one frame while others were tracked. */
function Untracked() {
  const desk = useDesk();
  const words = useWords();
  const document = useDocument();
  const selected = useView((view) => view.selected);
  const ids = untracked(document);
  const others = ids.filter((id) => id !== selected);
  const [first] = others;
  if (first === undefined || ids.length === document.tracks.size) return null;
  return (
    <div className="row small t2" role="status">
      <span className="grow">{words.untracked(nameOf(desk, first), others.length - 1)}</span>
      <button type="button" className="btn s" onClick={() => desk.tracking.trackAll(others)}>
        {words.trackThem(others.length)}
      </button>
    </div>
  );
}

function ObjectSection() {
  const desk = useDesk();
  const words = useWords();
  const selected = useSelected();
  const hidden = useView((view) => view.hidden);
  const locked = useView((view) => view.locked);
  const solo = useView((view) => view.solo);
  if (!selected) return null;
  const { id, track } = selected;
  return (
    <div className="sec">
      <div className="row">
        <Swatch track={id} colour={colourOf(id, track.info)} />
        <NameField key={id} />
        <ActionButton action="object.solo" className="ib s" pressed={solo === id} />
        <ActionButton
          action="object.hide"
          icon={hidden.has(id) ? "eyeoff" : "eye"}
          className="ib s"
          pressed={hidden.has(id)}
        />
        <ActionButton action="object.lock" className="ib s" pressed={locked.has(id)} />
      </div>
      <div className="kv">
        <label htmlFor="label">{words.label}</label>
        <LabelField id={id} track={track} />
        <Attributes id={id} />
      </div>
      {desk.view.getState().locked.has(id) && <div className="small t3">{words.why.locked}</div>}
    </div>
  );
}

/** The object's name: a text that becomes a field. */
function NameField() {
  const desk = useDesk();
  const words = useWords();
  const selected = useSelected();
  const input = useRef<HTMLInputElement>(null);
  const [draft, setDraft] = useState<string | null>(null);
  if (!selected) return null;
  const name = selected.track.info.name ?? "";
  return (
    <input
      ref={input}
      id="object-name"
      className="plain b grow cut"
      aria-label={words.renamePrompt}
      placeholder={words.object(selected.id)}
      value={draft ?? name}
      maxLength={200}
      onFocus={(event) => {
        setDraft(name);
        event.target.select();
      }}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={() => {
        if (draft !== null) desk.objects.rename(selected.id, draft);
        setDraft(null);
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter") input.current?.blur();
        if (event.key === "Escape") {
          setDraft(name);
          requestAnimationFrame(() => input.current?.blur());
        }
      }}
    />
  );
}

const HINTS = [
  ["include", "l"],
  ["exclude", "r"],
  ["box", "d"],
] as const;

function NothingSelected() {
  const words = useWords();
  return (
    <div className="sec">
      <h2>{words.nothingSelected}</h2>
      <div className="small t2">{words.emptyHint}</div>
      <div>
        {HINTS.map(([hint, button]) => (
          <div className="row small hint" key={hint}>
            <span className="grow cut t2">{words.hints[hint]}</span>
            <Mouse button={button} />
          </div>
        ))}
        {(["mask.all", "keys"] as const).map((action) => (
          <div className="row small hint" key={action}>
            <span className="grow cut t2">
              {action === "keys" ? words.hints.keys : words.hints.all}
            </span>
            <KeyOf action={action} />
          </div>
        ))}
      </div>
    </div>
  );
}

function DoubtSection() {
  const desk = useDesk();
  const words = useWords();
  const context = useContextOfActions();
  const doubts = useView((view) => view.doubts);
  const tracking = useView(isTracking);
  const at = useView((view) => view.doubtAt);
  const document = useDocument();
  const expected = expectedWrong(document);
  if (doubts.length === 0 && expected.frames === 0) return <span className="grow" />;
  return (
    <div className="sec doubts">
      <div className="pad-x">
        {doubts.length > 0 ? (
          <button
            type="button"
            className="btn l grow"
            onClick={() => perform("doubt.next", context)}
            title={textOf("doubt.next", words).does}
          >
            <Icon name="warn" tone="doubt" />
            <span className="grow cut left-text">{words.nextDoubt}</span>
            <span className="doubt num b">{doubts.length}</span>
            <KeyOf action="doubt.next" />
          </button>
        ) : (
          <span className="small t2">{tracking ? words.noDoubtsYet : words.nothingDoubtful}</span>
        )}
      </div>
      <div className="list scroll">
        {doubts.map((doubt) => {
          const track = document.tracks.get(doubt.track);
          const here = at?.track === doubt.track && at.frame === doubt.frame;
          if (!track) return null;
          return (
            <button
              type="button"
              key={`${doubt.track}.${doubt.frame}.${doubt.reason}`}
              className={`li ${here ? "on" : ""}`}
              aria-current={here || undefined}
              onClick={() => desk.doubting.open(doubt)}
            >
              <Icon name={doubtIcon(doubt.reason)} tone="doubt" />
              <span className="f">{doubt.frame}</span>
              <Swatch track={doubt.track} colour={colourOf(doubt.track, track.info)} />
              <span className="cut grow left-text">{doubtText(doubt, words, String)}</span>
              {doubt.to > doubt.from && (
                <span className="small t3 num">{words.frames(doubt.to - doubt.from + 1)}</span>
              )}
            </button>
          );
        })}
        <RunsSection />
      </div>
      <div className="micro t3 foot">
        {doubts.length > 0 && (
          <div className="cut">{words.doubtSpans(doubts.length, framesIn(doubts))}</div>
        )}
        <div className="cut">{words.expected(expected.wrong, expected.frames)}</div>
      </div>
    </div>
  );
}

/** The way to one's own video, from the first second, in the sample project. */
function OwnVideo() {
  const desk = useDesk();
  const words = useWords();
  const steps = useView((view) => view.steps);
  if (!desk.project.sample || (!steps && desk.session.state.getState().document.tracks.size > 0))
    return null;
  return (
    <div className="sec top-line">
      <a className="btn l" href={`/p/${desk.project.id}?add=1`}>
        <Icon name="plus" />
        {words.ownVideo}
      </a>
    </div>
  );
}
