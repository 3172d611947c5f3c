// Memories of what people said on a frame, made while the frame's features are at hand.
import { type Features, rememberObjects } from "./frame-step.ts";
import { withOutput } from "./memory/bank.ts";
import { BATCH_DEFAULT, batches, type SessionOptions, type VideoFrame } from "./session-options.ts";
import type { TrackingModel } from "./tracking-model.ts";
import type { ObjectTrack } from "./video-session-state.ts";

/** Those of the objects whose outputs wait on this frame without a memory, with it. */
export async function promptsRemembered(
  tracks: readonly ObjectTrack[],
  at: {
    readonly frame: VideoFrame;
    readonly features: Features;
    readonly model: TrackingModel;
    readonly options: SessionOptions;
  },
): Promise<readonly ObjectTrack[]> {
  const { frame, features, model, options } = at;
  const remembered = new Map<number, ObjectTrack>();
  for (const kind of ["tracked", "conditioning"] as const) {
    const waiting = tracks
      .map((track) => remembered.get(track.object) ?? track)
      .filter((track) => track.pending[kind].get(frame.index)?.memory === null);
    for (const batch of batches(waiting, options.batch ?? BATCH_DEFAULT)) {
      const outputs = batch.map((track) => track.pending[kind].get(frame.index)!);
      const memories = await rememberObjects(model, features, outputs, { prompted: true });
      for (const [index, track] of batch.entries()) {
        const { object } = track;
        const memory = memories[index]!;
        const pending = withOutput(track.pending, kind, frame.index, {
          ...outputs[index]!,
          memory,
        });
        remembered.set(object, { ...track, pending });
        options.onEvent?.({ kind: "remembered", frame: frame.index, object, of: "prompt", memory });
      }
    }
  }
  return [...remembered.values()];
}
