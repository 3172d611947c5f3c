// A session's state as bytes: saved, sent, resumed elsewhere.
import { EngineError } from "./errors.ts";
import type { FrameOutput, MemoryBank } from "./memory/bank.ts";
import type { Visits } from "./memory/visits.ts";
import type { ObjectTrack, SessionState, StoredPrompt } from "./video-session-state.ts";

const MAGIC = "masklet session 2\n";
const HEADER_BYTES_MAX = 1 << 26;

/** Where numbers lie in the part after the header: first byte and count. */
interface Place {
  readonly at: number;
  readonly count: number;
}

interface SavedOutput extends Omit<FrameOutput, "logits" | "detail" | "pointer" | "memory"> {
  readonly logits: Place;
  readonly detail?: Place;
  readonly pointer: Place;
  readonly memory: (Place & { readonly channels: number }) | null;
}

type SavedBank = {
  readonly [kind in keyof MemoryBank]: readonly (readonly [number, SavedOutput])[];
};

interface SavedTrack {
  readonly object: number;
  readonly prompts: readonly (readonly [
    number,
    (
      | { readonly kind: "mask" }
      | {
          readonly kind: "points";
          readonly coordinates: readonly number[];
          readonly labels: readonly number[];
        }
    ),
  ])[];
  readonly bank: SavedBank;
  readonly pending: SavedBank;
  readonly visits: Visits;
  readonly carries: boolean;
  readonly sights: ObjectTrack["sights"];
  readonly foundIn: ObjectTrack["foundIn"];
}

interface Header {
  readonly weights: string;
  readonly frameSize: SessionState["frameSize"];
  readonly frameCount: number | null;
  readonly objects: readonly SavedTrack[];
}

/** The state in one piece of bytes. `weights` names the network (`LoadedModel.fingerprint`): memories mean nothing to another. */
export function sessionToBytes(state: SessionState, weights: string): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  const place = (numbers: Float32Array | Uint16Array): Place => {
    const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
    const placed = { at, count: numbers.length };
    // Every part begins at a multiple of four, as Float32Array needs.
    const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
    padded.set(bytes);
    parts.push(padded);
    at += padded.length;
    return placed;
  };
  const saveBank = (bank: MemoryBank): SavedBank => {
    const save = (outputs: ReadonlyMap<number, FrameOutput>) =>
      [...outputs].map(([frame, { logits, detail, pointer, memory, ...rest }]) => {
        const places = {
          logits: place(logits),
          ...(detail !== undefined && { detail: place(detail) }),
          pointer: place(pointer),
          memory: memory && { ...place(memory.data), channels: memory.channels },
        };
        return [frame, { ...rest, ...places }] as const;
      });
    return { conditioning: save(bank.conditioning), tracked: save(bank.tracked) };
  };
  const header: Header = {
    weights,
    frameSize: state.frameSize,
    frameCount: state.frameCount,
    objects: [...state.objects.values()].map((track) => ({
      ...track,
      prompts: [...track.prompts].map(([frame, prompt]) => [frame, savedPrompt(prompt)] as const),
      bank: saveBank(track.bank),
      pending: saveBank(track.pending),
    })),
  };
  return joined(header, parts, at);
}

function savedPrompt(prompt: StoredPrompt): SavedTrack["prompts"][number][1] {
  if (prompt.kind === "mask") return prompt;
  return {
    kind: "points",
    coordinates: [...prompt.points.coordinates],
    labels: [...prompt.points.labels],
  };
}

function joined(header: Header, parts: readonly Uint8Array[], length: number): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = dataStart(text.length);
  const bytes = new Uint8Array(start + length);
  bytes.set(new TextEncoder().encode(MAGIC));
  new DataView(bytes.buffer).setUint32(MAGIC.length, text.length, true);
  bytes.set(text, MAGIC.length + 4);
  let at = start;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function dataStart(headerLength: number): number {
  return Math.ceil((MAGIC.length + 4 + headerLength) / 8) * 8;
}

/** The state that was saved. Throws state-unreadable when it is damaged or belongs to other weights. */
export function sessionFromBytes(saved: Uint8Array, weights: string): SessionState {
  const bytes = saved.slice(); // aligned, and ours
  const refuse = (cause: string) =>
    new EngineError("state-unreadable", `The saved session cannot be resumed: ${cause}.`);
  if (new TextDecoder().decode(bytes.subarray(0, MAGIC.length)) !== MAGIC)
    throw refuse("it is not a session of this engine");
  const length = new DataView(bytes.buffer).getUint32(MAGIC.length, true);
  if (length > HEADER_BYTES_MAX || MAGIC.length + 4 + length > bytes.length)
    throw refuse("it is cut short");
  const header: Header = JSON.parse(
    new TextDecoder().decode(bytes.subarray(MAGIC.length + 4, MAGIC.length + 4 + length)),
  );
  if (header.weights !== weights) throw refuse("it was made with another model");
  const data = bytes.subarray(dataStart(length));
  const numbers = <T>(
    type: {
      new (buffer: ArrayBuffer, at: number, count: number): T;
      readonly BYTES_PER_ELEMENT: number;
    },
    { at, count }: Place,
  ): T => {
    if (at + count * type.BYTES_PER_ELEMENT > data.length) throw refuse("it is cut short");
    return new type(data.buffer, data.byteOffset + at, count);
  };
  const outputs = (entries: SavedBank["tracked"]) =>
    new Map(
      entries.map(([frame, { detail, ...output }]): [number, FrameOutput] => [
        frame,
        {
          ...output,
          logits: numbers(Float32Array, output.logits),
          ...(detail !== undefined && { detail: numbers(Float32Array, detail) }),
          pointer: numbers(Float32Array, output.pointer),
          memory: output.memory && {
            channels: output.memory.channels,
            data: numbers(Uint16Array, output.memory),
          },
        },
      ]),
    );
  const bank = (entries: SavedBank): MemoryBank => ({
    conditioning: outputs(entries.conditioning),
    tracked: outputs(entries.tracked),
  });
  const objects = header.objects.map((track): [number, ObjectTrack] => [
    track.object,
    {
      ...track,
      prompts: new Map(track.prompts.map(([frame, prompt]) => [frame, restoredPrompt(prompt)])),
      bank: bank(track.bank),
      pending: bank(track.pending),
    },
  ]);
  return { frameSize: header.frameSize, frameCount: header.frameCount, objects: new Map(objects) };
}

function restoredPrompt(prompt: SavedTrack["prompts"][number][1]): StoredPrompt {
  if (prompt.kind === "mask") return prompt;
  const { coordinates, labels } = prompt;
  return {
    kind: "points",
    points: { coordinates: Float32Array.from(coordinates), labels: Float32Array.from(labels) },
  };
}
