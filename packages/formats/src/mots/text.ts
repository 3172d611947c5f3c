// MOTS as text: a line a mask, `frame number class height width rle`, run lengths as COCO packs them.
import type { Document } from "@masklet/annotation";
import { type Mask, maskFromRleString, rleString, type Size } from "@masklet/vision";
import { Builder, checkedSize, type Where } from "../builder.ts";
import { FormatError, inFile } from "../error.ts";
import { type InputFiles, type OutputFiles, readLines } from "../files.ts";
import { type Format, HOLDS_LITTLE, type ReadOptions, type WriteOptions } from "../format.ts";
import { importedMask, visibleMasks } from "../label-maps.ts";
import {
  readClassNames,
  readSequenceInfo,
  writeClassNames,
  writeSequenceInfo,
} from "../mot/sequence.ts";
import { checkpoint } from "../progress.ts";
import type { LossReport } from "../report.ts";
import type { Source } from "../source.ts";
import { addObjects, checkClasses, classOf, IGNORE, INSTANCES } from "./values.ts";

export const motsText: Format = {
  name: "mots-txt",
  holds: {
    ...HOLDS_LITTLE,
    overlaps: false,
    presence: "visible",
    tracks: { from: 0, to: INSTANCES - 1 },
    label: "required",
    labelNumbers: "listed",
    videoFacts: ["frameCount", "rate"],
    videoName: "file-name",
  },
  read,
  write,
};

async function* read(
  files: InputFiles,
  report: LossReport,
  options: ReadOptions,
): AsyncIterable<Document> {
  const names = await files.list();
  const tables = names.filter((name) => /\.txt$/i.test(name) && !/(?:^|\/)labels\.txt$/.test(name));
  if (tables.length === 0)
    throw new FormatError(
      "missing",
      { file: files.name },
      "there is no .txt file such as instances_txt/0002.txt",
    );
  for (const file of tables) yield await readSequence(files, file, { names, report, options });
}

interface Reading {
  readonly names: readonly string[];
  readonly report: LossReport;
  readonly options: ReadOptions;
}

interface Row {
  readonly frame: number;
  readonly value: number;
  readonly mask: Mask;
  readonly where: Where;
}

async function readSequence(
  files: InputFiles,
  file: string,
  { names, report, options }: Reading,
): Promise<Document> {
  const path = file.split("/");
  const inGt = path.at(-1) === "gt.txt";
  const folder = path.slice(0, path.at(-2) === "gt" ? -2 : -1);
  const name = inGt ? (folder.at(-1) ?? "video") : path.at(-1)!.replace(/\.txt$/i, "");
  const infoFile = inGt
    ? names.find((one) => one === [...folder, "seqinfo.ini"].join("/"))
    : undefined;
  const info = infoFile ? await readSequenceInfo(files, infoFile) : null;
  const labels = names.find((one) => one === [...path.slice(0, -1), "labels.txt"].join("/"));
  const classes = labels ? await readClassNames(files, labels) : [];
  // MOTSChallenge, which has seqinfo.ini, counts from 1; KITTI MOTS from 0.
  const first = options.firstFrame ?? (info ? 1 : 0);
  const rows: Row[] = [];
  for await (const { line, text } of readLines(files, file)) {
    const row = rowOf(text, { file, place: `line ${line}` });
    if (row.value === IGNORE)
      report.add("not-understood", { video: name, place: `line ${line}: ignored region` });
    else rows.push(row);
  }
  const size: Size | undefined = info?.size ?? rows[0]?.mask.size ?? options.video?.size;
  if (!size)
    throw new FormatError(
      "missing",
      { file },
      "it is empty and does not say the size of its pictures; give the video with --video",
    );
  const builder = new Builder(size);
  const values = [...new Set(rows.map(({ value }) => value))].sort((a, b) => a - b);
  const numbers = addObjects(builder, values, classes, { file });
  for (const { frame, value, mask, where } of rows) {
    builder.state(numbers.get(value)!, frame - first, importedMask(mask, "mots-txt"), where);
  }
  const facts = info ? { frameCount: info.frameCount, rate: info.rate } : {};
  return builder.finish({ name, ...facts }, { file });
}

function rowOf(text: string, where: Where): Row {
  const cells = text.trim().split(/ +/);
  const [frame, value, , height, width] = cells.map(Number);
  const rle = cells[5];
  if (
    cells.length !== 6 ||
    rle === undefined ||
    !Number.isInteger(frame) ||
    !Number.isInteger(value) ||
    value! < 0
  ) {
    throw new FormatError(
      "malformed",
      where,
      "a line is frame, number, class, height, width and run lengths, with spaces between",
    );
  }
  const size = checkedSize(width!, height!, where);
  return {
    frame: frame!,
    value: value!,
    where,
    mask: inFile(where.file, () => maskFromRleString(rle, size), where.place),
  };
}

async function write(
  sources: readonly Source[],
  files: OutputFiles,
  options: WriteOptions,
): Promise<void> {
  const first = options.firstFrame ?? 1;
  for (const { head, byFrame } of sources) {
    const { name, size, frameCount } = head.video;
    checkClasses(head.labels.size, name);
    await writeSequenceInfo(files, `${name}/seqinfo.ini`, head);
    await writeClassNames(files, `${name}/gt/labels.txt`, head);
    const file = await files.open(`${name}/gt/gt.txt`);
    for await (const frame of byFrame("derived")) {
      for (const [id, mask] of visibleMasks(frame, size)) {
        const label = classOf(head.tracks.get(id)!.info.label!);
        await file.write(
          `${frame.frame + first} ${label * INSTANCES + id} ${label} ${size.height} ${size.width} ${rleString(mask)}\n`,
        );
      }
      checkpoint(options, frame.frame + 1, frameCount);
    }
    await file.close();
  }
}
