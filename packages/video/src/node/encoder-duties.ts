// What the encoder's process does: writes a video and proves it. Importing it begins the work.
import { AV_LOG_QUIET } from "node-av/constants";
import { Log } from "node-av/lib";
import { VideoError } from "../error.ts";
import { type Encoder, openEncoder } from "./encode.ts";
import type { EncoderAnswer, EncoderQuestion } from "./encoder-messages.ts";
import { scanVideo } from "./scan.ts";
import { serve } from "./worker-serve.ts";

const done = { count: 0, expected: null };
let open: { readonly path: string; readonly encoder: Encoder; frames: number } | null = null;

Log.setLevel(AV_LOG_QUIET);
serve<EncoderQuestion, never, EncoderAnswer>(
  {
    failure: "cannot-write",
    lane: () => "all",
    hear: () => undefined,
    async answer(question) {
      if (question.kind === "begin") {
        const { path, size, timing } = question;
        open = {
          path,
          encoder: await openEncoder(path, { size, timing, purpose: "watching" }),
          frames: 0,
        };
        return { frames: 0 };
      }
      if (!open) throw new VideoError("closed", "No video is being written.");
      if (question.kind === "picture") {
        await open.encoder.add(question.rgb);
        open.frames++;
        done.count++;
        return { frames: open.frames };
      }
      await open.encoder.finish();
      const written = await scanVideo(open.path, 2, (frames) => {
        done.count = frames;
      });
      return { frames: written.table.frames.length };
    },
  },
  done,
);
