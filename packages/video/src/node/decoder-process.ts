// A decoder for one file, in a process of its own.
import type { ScanProgress } from "../clip.ts";
import type {
  DecoderAnswer,
  DecoderQuestion,
  DecoderRemark,
  Lane,
  ReadableVideo,
  ScannedVideo,
} from "./decoder-messages.ts";
import { WORKER_SILENCE_MAX } from "./limits.ts";
import type { AskedFrame } from "./read-ahead.ts";
import { workerProcess } from "./worker-process.ts";

/** Scans a file, then gives its frames; goes on with a new process where one crashed. */
export interface Decoder {
  /** Scans the file. Throws a `VideoError`. */
  scan(progress: ScanProgress): Promise<ScannedVideo>;
  /** Takes up a scan that was made before; no process starts until a frame is asked for. */
  resume(video: ReadableVideo): void;
  /** Asks for a frame of the scanned file. Fails with a `VideoError`. */
  frame(number: number, lane: Lane): AskedFrame;
  /** The running process, if there is one. */
  readonly processId: number | null;
  close(): Promise<void>;
}

/** A decoder for the file at `path`. `silence`: milliseconds without progress that count as hanging. */
export function decoder(path: string, { silence = WORKER_SILENCE_MAX } = {}): Decoder {
  let remark: DecoderRemark | null = null;
  let progress: ScanProgress = () => undefined;
  const worker = workerProcess<DecoderQuestion, DecoderAnswer, DecoderRemark>({
    program: "./decoder-duties.ts",
    role: "The video decoder",
    path,
    died: "decoder-died",
    hung: "decoder-hung",
    silence,
    briefing: () => remark,
    busy: (done, expected) => progress(done, expected),
  });
  return {
    async scan(onProgress) {
      progress = onProgress;
      const answer = await worker.ask({ kind: "scan", path }).answer;
      progress = () => undefined;
      if (answer.kind !== "scanned") throw new TypeError(`A scan was answered by ${answer.kind}.`);
      const { table, index } = answer.video;
      remark = { path, video: { table, index } };
      worker.tell(remark);
      return answer.video;
    },
    resume({ table, index }) {
      remark = { path, video: { table, index } };
    },
    frame(number, lane) {
      const { answer, forget } = worker.ask({ kind: "frame", frame: number, lane });
      const rgb = answer.then((given) => {
        if (given.kind !== "frame") throw new TypeError(`A frame was answered by ${given.kind}.`);
        return given.rgb;
      });
      return { rgb, forget };
    },
    get processId() {
      return worker.processId;
    },
    close: () => worker.close(),
  };
}
