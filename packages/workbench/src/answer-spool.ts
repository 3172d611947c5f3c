// Answers of a tracking run kept on disk, so that memory does not grow with the clip: append while tracking, read afterwards.
import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Mask, maskFromRleString, rleString, type Size } from "@masklet/vision";
import { systemReason, WorkbenchError } from "./errors.ts";
import type { FrameAnswer, ObjectAnswer } from "./tracker.ts";

/** What is kept of one object on one frame. */
export type SpooledObject = Pick<ObjectAnswer, "object" | "predictedIou" | "provenance"> & {
  readonly mask: Mask;
};

export interface AnswerSpool {
  /** Frames that were appended, rising. */
  frames(): readonly number[];
  /** Keeps a frame; each comes once. Throws a WorkbenchError (`output`). */
  append(answer: FrameAnswer): Promise<void>;
  /** What was kept of a frame; nothing for one that never came. */
  read(frame: number): Promise<readonly SpooledObject[]>;
  /** Takes the file away. */
  close(): Promise<void>;
}

interface Line {
  readonly offset: number;
  readonly length: number;
}

/** Opens an empty spool in the system's folder for temporary files. Throws a WorkbenchError (`output`). */
export async function openAnswerSpool(size: Size): Promise<AnswerSpool> {
  const { folder, file } = await openFile();
  const lines = new Map<number, Line>();
  let end = 0;
  return {
    frames: () => [...lines.keys()].sort((a, b) => a - b),
    async append(answer) {
      const kept = answer.objects.map(({ object, predictedIou, provenance, mask }) => ({
        object,
        predictedIou,
        provenance,
        rle: rleString(mask),
      }));
      const bytes = Buffer.from(JSON.stringify(kept));
      try {
        await file.write(bytes, 0, bytes.length, end);
      } catch (error) {
        throw cannotKeep(folder, error);
      }
      lines.set(answer.frame, { offset: end, length: bytes.length });
      end += bytes.length;
    },
    async read(frame) {
      const line = lines.get(frame);
      if (line === undefined) return [];
      const bytes = Buffer.alloc(line.length);
      await file.read(bytes, 0, line.length, line.offset);
      const kept = JSON.parse(bytes.toString()) as readonly (Omit<SpooledObject, "mask"> & {
        readonly rle: string;
      })[];
      return kept.map(({ rle, ...rest }) => ({ ...rest, mask: maskFromRleString(rle, size) }));
    },
    async close() {
      await file.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function openFile(): Promise<{ readonly folder: string; readonly file: FileHandle }> {
  let folder = tmpdir();
  try {
    folder = await mkdtemp(join(folder, "masklet-answers-"));
    return { folder, file: await open(join(folder, "answers.jsonl"), "wx+") };
  } catch (error) {
    throw cannotKeep(folder, error);
  }
}

function cannotKeep(folder: string, error: unknown): WorkbenchError {
  return new WorkbenchError(
    "output",
    `Cannot keep the masks found so far in ${folder}: ${systemReason(error)}; make room there or set TMPDIR.`,
    { cause: error },
  );
}
