// What is known of the selected object on this frame, and the operations on its mask.
import { Menu } from "@base-ui/react/menu";
import type { Provenance, State } from "@masklet/annotation";
import { useEffect, useRef } from "react";
import { actions, perform, textOf } from "../actions/actions.ts";
import type { ActionId } from "../actions/texts.ts";
import { isStale, laneOf, SCORE_THRESHOLD } from "../edit/lanes.ts";
import { measureOf } from "../edit/measure.ts";
import { channels, colourOf } from "../style/palette.ts";
import { decimal } from "../words/plural.ts";
import { useWords, type Words } from "../words/words.ts";
import { useContextOfActions, useDesk, useSelected, useView } from "./context.ts";
import { ActionButton, Icon, KeyOf, useTip } from "./parts.tsx";

const PRESENCES = ["visible", "occluded", "absent"] as const;

export function ThisFrame() {
  const desk = useDesk();
  const words = useWords();
  const selected = useSelected();
  if (!selected) return null;
  const { state, id, track, frame } = selected;
  const presence = presenceOf(state);
  const stale = isStale(laneOf(track.states, desk.video.frames), frame);
  return (
    <div className="sec">
      <h2>
        {words.thisFrame}
        <span className="grow" />
        <ActionButton
          action="key.toggle"
          icon="pin"
          className="ib s"
          pressed={state?.pinned === true}
        />
      </h2>
      <div className="seg" role="radiogroup" aria-label={words.presenceGroup}>
        {PRESENCES.map((one) => (
          <PresenceButton key={one} presence={one} on={presence === one} />
        ))}
      </div>
      {state ? (
        <div className="kv">
          <span>{words.source}</span>
          <span className="cut">
            <Source state={state} words={words} />
            {stale && <span className="doubt"> {words.sources.stale}</span>}
          </span>
          {state.score !== null && (
            <>
              <span>{words.score}</span>
              <Score value={state.score} />
            </>
          )}
          {state.presence === "visible" && (
            <>
              <span>{words.prompts}</span>
              <PromptLine state={state} />
            </>
          )}
          <CandidateChips />
        </div>
      ) : (
        <div className="small t3">{words.unknown}</div>
      )}
      <CandidatePictures key={`${id}.${frame}`} />
      {state?.presence === "visible" && <Operations isMask={state.shape.kind === "mask"} />}
    </div>
  );
}

function presenceOf(state: State | null): (typeof PRESENCES)[number] | null {
  if (!state) return null;
  if (state.presence === "absent") return "absent";
  return state.occluded ? "occluded" : "visible";
}

function PresenceButton({ presence, on }: { presence: (typeof PRESENCES)[number]; on: boolean }) {
  const desk = useDesk();
  const words = useWords();
  const tip = useTip(`presence.${presence}` as ActionId);
  return (
    <button
      type="button"
      role="radio"
      aria-checked={on}
      className={on ? "on" : ""}
      title={tip}
      onClick={() => desk.drawing.setPresence(presence)}
    >
      {words.presence[presence]}
    </button>
  );
}

function Source({ state, words }: { state: State; words: Words }) {
  const desk = useDesk();
  const runs = useView((view) => view.runs);
  const { provenance, prompts } = state;
  const quiet = (text: string) => <span className="t3">{text}</span>;
  const by = (one: Provenance): React.ReactNode => {
    switch (one.by) {
      case "person":
        return (
          <>
            {words.sources.hand} {one.person === desk.hello.user.id && quiet(words.sources.byYou)}
          </>
        );
      case "interpolated":
        return (
          <>
            {words.sources.between} {quiet(words.sources.betweenOf(one.from, one.to))}
          </>
        );
      case "imported":
        return (
          <>
            {words.sources.imported} {quiet(one.format)}
          </>
        );
      case "model": {
        if (prompts)
          return (
            <>
              {words.sources.clicks} {quiet(words.sources.byYou)}
            </>
          );
        const run = runs.find((each) => each.id === one.run);
        const keys = one.prompted.slice(0, 3);
        return (
          <>
            {words.sources.model} {quiet(words.sources.run(run?.number ?? null, keys))}
          </>
        );
      }
    }
  };
  return by(provenance);
}

function Score({ value }: { value: number }) {
  const words = useWords();
  return (
    <span className="row num">
      <span className="bar grow score">
        <i style={{ width: `${value * 100}%` }} className={value < SCORE_THRESHOLD ? "low" : ""} />
      </span>
      {decimal(words.language, value, 2)}
    </span>
  );
}

function PromptLine({ state }: { state: Extract<State, { presence: "visible" }> }) {
  const words = useWords();
  const { prompts } = state;
  const count = (sign: "include" | "exclude") =>
    prompts?.points.filter((point) => point.sign === sign).length ?? 0;
  const text = words.promptCount(count("include"), count("exclude"), prompts?.box != null);
  return <span className="cut">{text || <span className="t3">{words.noneHere}</span>}</span>;
}

function CandidateChips() {
  const desk = useDesk();
  const words = useWords();
  const candidates = useView((view) => view.candidates);
  if (!candidates || candidates.list.length < 2) return null;
  return (
    <>
      <span className="cut-l">{words.candidates}</span>
      <span className="seg cand-l">
        {candidates.list.map((one, i) => (
          <button
            type="button"
            // biome-ignore lint/suspicious/noArrayIndexKey: candidates are known by their place
            key={i}
            className={i === candidates.chosen ? "on" : ""}
            aria-pressed={i === candidates.chosen}
            title={`${words.candidate(i + 1)}, ${words.score.toLowerCase()} ${decimal(words.language, one.score, 2)}`}
            aria-label={words.candidate(i + 1)}
            onClick={() => desk.prompting.choose(i)}
            onPointerEnter={() => desk.view.setState({ candidateHover: i })}
            onPointerLeave={() => desk.view.setState({ candidateHover: null })}
          >
            {i + 1}
          </button>
        ))}
      </span>
    </>
  );
}

/** On tall screens the candidates are pictures. */
function CandidatePictures() {
  const candidates = useView((view) => view.candidates);
  if (!candidates || candidates.list.length < 2) return null;
  return (
    <div className="cand">
      {candidates.list.map((_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: candidates are known by their place
        <CandidatePicture key={i} index={i} />
      ))}
    </div>
  );
}

function CandidatePicture({ index }: { index: number }) {
  const desk = useDesk();
  const words = useWords();
  const canvas = useRef<HTMLCanvasElement>(null);
  const candidates = useView((view) => view.candidates);
  useEffect(() => {
    const one = candidates?.list[index];
    const bitmap = candidates && desk.frames.peek(candidates.frame);
    const context = canvas.current?.getContext("2d");
    if (!one || !candidates || !bitmap || !context) return;
    const track = desk.session.state.getState().document.tracks.get(candidates.track);
    if (track) drawCandidate(context, bitmap, one.mask, colourOf(candidates.track, track.info));
  }, [candidates, desk, index]);
  if (!candidates) return null;
  return (
    <button
      type="button"
      className={index === candidates.chosen ? "on" : ""}
      aria-pressed={index === candidates.chosen}
      aria-label={words.candidate(index + 1)}
      onClick={() => desk.prompting.choose(index)}
    >
      <canvas ref={canvas} width={160} height={100} />
      <span>{index + 1}</span>
    </button>
  );
}

function drawCandidate(
  context: CanvasRenderingContext2D,
  bitmap: ImageBitmap,
  mask: Parameters<typeof measureOf>[0],
  colour: string,
): void {
  const { box } = measureOf(mask);
  const height = Math.max(box.height * 1.15, box.width * 0.72, 16);
  const width = height * 1.6;
  const [x, y] = [box.x + box.width / 2 - width / 2, box.y + box.height / 2 - height / 2];
  context.drawImage(bitmap, x, y, width, height, 0, 0, 160, 100);
  const [r, g, b] = channels(colour).map((value) => value * 255) as [number, number, number];
  const pixels = context.getImageData(0, 0, 160, 100);
  const columns = columnsOf(mask);
  for (let row = 0; row < 100; row++) {
    for (let column = 0; column < 160; column++) {
      const [px, py] = [
        Math.floor(x + (column / 160) * width),
        Math.floor(y + (row / 100) * height),
      ];
      if (!columns(px, py)) continue;
      const at = (row * 160 + column) * 4;
      pixels.data[at] = pixels.data[at]! * 0.45 + r * 0.55;
      pixels.data[at + 1] = pixels.data[at + 1]! * 0.45 + g * 0.55;
      pixels.data[at + 2] = pixels.data[at + 2]! * 0.45 + b * 0.55;
    }
  }
  context.putImageData(pixels, 0, 0);
}

/** A test of pixels of a mask that reads the runs once. */
function columnsOf(mask: Parameters<typeof measureOf>[0]): (x: number, y: number) => boolean {
  const ends = new Float64Array(mask.counts.length);
  let sum = 0;
  mask.counts.forEach((count, i) => {
    sum += count;
    ends[i] = sum;
  });
  const { width, height } = mask.size;
  return (x, y) => {
    if (x < 0 || y < 0 || x >= width || y >= height) return false;
    const at = x * height + y;
    let [low, high] = [0, ends.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[middle]! > at) high = middle;
      else low = middle + 1;
    }
    return low % 2 === 1;
  };
}

const OPERATIONS = ["mask.grow", "mask.shrink", "mask.smooth", "mask.fill", "mask.under"] as const;
const MORE: readonly ActionId[] = [
  "mask.toBox",
  "mask.toPolygon",
  "mask.toMask",
  "mask.fromBox",
  "object.split",
  "object.join",
  "object.swap",
  "object.raise",
  "delete.frame",
  "delete.range",
  "delete.object",
];

function Operations({ isMask }: { isMask: boolean }) {
  const words = useWords();
  const context = useContextOfActions();
  return (
    <div className="row tight">
      {isMask ? (
        OPERATIONS.map((one) => <ActionButton key={one} action={one} />)
      ) : (
        <ActionButton action="mask.fromBox" className="btn s">
          {textOf("mask.fromBox", words).name}
        </ActionButton>
      )}
      <span className="grow" />
      <Menu.Root>
        <Menu.Trigger className="ib" aria-label={words.more} title={words.more}>
          <Icon name="more" />
        </Menu.Trigger>
        <Menu.Portal>
          <Menu.Positioner sideOffset={4} align="end">
            <Menu.Popup className="pop menu">
              {MORE.map((one) => {
                const why = actions[one].blocked(context);
                return (
                  <Menu.Item
                    key={one}
                    className="mi"
                    disabled={why !== null}
                    title={why ? why(words) : textOf(one, words).does}
                    onClick={() => perform(one, context)}
                  >
                    <span className="grow">{textOf(one, words).name}</span>
                    <KeyOf action={one} />
                  </Menu.Item>
                );
              })}
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
    </div>
  );
}
