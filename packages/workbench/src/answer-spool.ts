// Answers of a tracking run kept on disk, so that memory does not grow with the clip: append while tracking, read afterwards.
import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemReason } from "@masklet/disk";
import { type Mask, maskFromRleString, rleString, type Size } from "@masklet/vision";
import { WorkbenchError } from "./errors.ts";
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
  /** What was kept of a frame, of all objects or of one; nothing for a frame that never came. */
  read(frame: number, object?: number): Promise<readonly SpooledObject[]>;
  /** Takes the file away. */
  close(): Promise<void>;
}

/** Where one object on one frame lies in the file. */
interface Line {
  readonly object: number;
  readonly offset: number;
  readonly length: number;
}

/** Opens an empty spool in the system's folder for temporary files. Throws a WorkbenchError (`output`). */
export async function openAnswerSpool(size: Size): Promise<AnswerSpool> {
  const { folder, file } = await openFile();
  const lines = new Map<number, readonly Line[]>();
  let end = 0;
  return {
    frames: () => [...lines.keys()].sort((a, b) => a - b),
    async append(answer) {
      const texts = answer.objects.map((own) => Buffer.from(textOf(own)));
      const places = texts.map(({ length }, at): Line => {
        const line = { object: answer.objects[at]!.object, offset: end, length };
        end += length;
        return line;
      });
      try {
        // Not `write`, which on a full disk may write a part of it and say so only in its count.
        await file.writeFile(Buffer.concat(texts));
      } catch (error) {
        throw cannotKeep(folder, error);
      }
      lines.set(answer.frame, places);
    },
    async read(frame, object) {
      const asked = (lines.get(frame) ?? []).filter(
        (line) => object === undefined || line.object === object,
      );
      return Promise.all(
        asked.map(async ({ offset, length }) => {
          const bytes = Buffer.alloc(length);
          await file.read(bytes, 0, length, offset);
          return objectOf(bytes.toString(), size);
        }),
      );
    },
    async close() {
      await file.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function textOf({ object, predictedIou, provenance, mask }: ObjectAnswer): string {
  return JSON.stringify({ object, predictedIou, provenance, rle: rleString(mask) });
}

function objectOf(text: string, size: Size): SpooledObject {
  const { rle, ...rest } = JSON.parse(text) as Omit<SpooledObject, "mask"> & {
    readonly rle: string;
  };
  return { ...rest, mask: maskFromRleString(rle, size) };
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
