// Options of every command that is told where objects are, and the prompts they make.
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Prompt } from "@masklet/workbench";
import { repeated, text, type ValuesOf } from "../command.ts";
import { readBox, readMask, readPoint } from "../prompt-texts.ts";

export const promptOptions = {
  point: repeated(
    "OBJ,FRAME,X,Y[,1|0]",
    "click on object OBJ: pixel indices of the displayed frame; 0 at the end excludes",
    readPoint,
  ),
  box: repeated("OBJ,FRAME,X0,Y0,X1,Y1", "box around object OBJ", readBox),
  mask: repeated("OBJ,FRAME,FILE.png", "mask of object OBJ, the size of the frame", readMask),
  prompts: text("FILE.json", "prompts from a file"),
} as const;

/** All prompts of a command line, joined by object and frame. Throws a WorkbenchError (`prompt` or `input`). */
export async function promptsOf(asked: ValuesOf<typeof promptOptions>): Promise<readonly Prompt[]> {
  const { checkSomethingIsNamed, joinPrompts } = await import("@masklet/workbench");
  const prompts = joinPrompts([
    ...asked.point,
    ...asked.box,
    ...asked.mask,
    ...(asked.prompts === undefined ? [] : await promptsFromFile(asked.prompts)),
  ]);
  checkSomethingIsNamed(prompts);
  return prompts;
}

/** Prompts of a file; mask paths count from the file's own folder. */
async function promptsFromFile(path: string) {
  const [{ readPrompts, WorkbenchError }, { systemReason }] = await Promise.all([
    import("@masklet/workbench"),
    import("@masklet/disk"),
  ]);
  const content = await readFile(path, "utf8").catch((error: unknown) => {
    throw new WorkbenchError("input", `Cannot read ${path}: ${systemReason(error)}.`);
  });
  return readPrompts(content, { name: path, resolvePath: (mask) => resolve(dirname(path), mask) });
}
