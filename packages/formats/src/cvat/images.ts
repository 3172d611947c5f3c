// CVAT for images 1.1: pictures with shapes; what belongs together has one group_id.
import { type Document, type State, visible } from "@masklet/annotation";
import { clipped } from "@masklet/annotation/reading";
import { Builder, checkedFrame, checkedFrameCount, checkedSize, type Where } from "../builder.ts";
import { FormatError } from "../error.ts";
import type { InputFiles, OutputFiles } from "../files.ts";
import { type Format, HOLDS_LITTLE, type WriteOptions } from "../format.ts";
import { fileName, uniqueNames } from "../names.ts";
import { checkpoint } from "../progress.ts";
import type { LossReport } from "../report.ts";
import { listedFrames, type Source } from "../source.ts";
import { element, readXml, type XmlEvent, xmlText } from "../xml.ts";
import { attributeElements, MetaReader, withDefinitions, writeMeta } from "./meta.ts";
import {
  type Attributes,
  CVAT_DIGITS,
  elementOfShape,
  flagOf,
  numberOf,
  OTHER_ELEMENTS,
  SHAPE_ELEMENTS,
  shapeOfElement,
} from "./shape.ts";

const IMPORTED = { by: "imported", format: "cvat-images", source: null } as const;

export const cvatImages: Format = {
  name: "cvat-images",
  holds: {
    ...HOLDS_LITTLE,
    shapes: {
      kinds: ["mask", "box", "rotated-box", "polygon"],
      holes: false,
      parts: false,
      digits: CVAT_DIGITS,
    },
    presence: "visible",
    // Group 0 says "no group".
    tracks: { from: 1, to: Number.MAX_SAFE_INTEGER },
    occluded: true,
    stateAttributes: "text",
    label: "required",
    labelNumbers: "listed",
    labelFacts: ["colour", "attributes"],
    trackFacts: ["order"],
    videoFacts: ["annotated", "pictures", "frameCount"],
  },
  prepare: withDefinitions,
  read,
  write,
};

async function* read(files: InputFiles, report: LossReport): AsyncIterable<Document> {
  const names = (await files.list()).filter((name) => /\.xml$/i.test(name));
  if (names.length === 0)
    throw new FormatError("missing", { file: files.name }, "there is no .xml file");
  for (const file of names) {
    const meta = new MetaReader();
    let inMeta = false;
    const reader = new ImageReader(meta, file, report);
    for await (const event of readXml(files, file)) {
      if (event.name === "meta") inMeta = event.kind === "open";
      else if (inMeta) meta.take(event);
      else reader.take(event);
    }
    yield reader.finish();
  }
}

interface OpenShape {
  readonly name: string;
  readonly attributes: Attributes;
  readonly values: Record<string, string>;
  readonly where: Where;
}

class ImageReader {
  readonly #meta: MetaReader;
  readonly #file: string;
  readonly #report: LossReport;
  readonly #pictures = new Map<number, string>();
  #builder: Builder | null = null;
  #frame = -1;
  #shape: OpenShape | null = null;
  #attribute: string | null = null;
  readonly #alone: {
    readonly frame: number;
    readonly label: number;
    readonly state: State;
    readonly where: Where;
  }[] = [];

  constructor(meta: MetaReader, file: string, report: LossReport) {
    this.#meta = meta;
    this.#file = file;
    this.#report = report;
  }

  take(event: XmlEvent): void {
    const where = { file: this.#file, place: `line ${event.line}` };
    if (event.kind === "open") {
      const { name, attributes } = event;
      if (name === "track")
        throw new FormatError("unsupported", where, "it is CVAT for video; read it as cvat-video");
      if (name === "image") this.#image(attributes, where);
      else if (name === "attribute") this.#attribute = attributes.name ?? "";
      else if (SHAPE_ELEMENTS.has(name)) this.#shape = { name, attributes, values: {}, where };
      else if (OTHER_ELEMENTS.has(name))
        this.#report.add("not-understood", {
          video: this.#name,
          place: `line ${event.line}: ${name}`,
        });
    } else if (event.name === "attribute" && this.#attribute !== null) {
      if (this.#shape) this.#shape.values[this.#attribute] = event.text;
      this.#attribute = null;
    } else if (this.#shape?.name === event.name) {
      this.#finishShape(this.#shape);
      this.#shape = null;
    }
  }

  get #name(): string {
    return this.#meta.value("name") || this.#file.replace(/^.*\//, "").replace(/\.xml$/i, "");
  }

  #image(attributes: Attributes, where: Where): void {
    const size = checkedSize(
      numberOf(attributes, "width", where),
      numberOf(attributes, "height", where),
      where,
    );
    this.#frame = checkedFrame(numberOf(attributes, "id", where), where);
    if (this.#pictures.has(this.#frame))
      throw new FormatError("malformed", where, `image ${this.#frame} is there twice`);
    this.#pictures.set(this.#frame, attributes.name ?? "");
    this.#start(size, where);
    const { width, height } = this.#builder!.size;
    if (width !== size.width || height !== size.height) {
      throw new FormatError(
        "unsupported",
        where,
        `the image is ${size.width} × ${size.height}, those before it ${width} × ${height}; pictures of one video have one size`,
      );
    }
  }

  #start(size: { width: number; height: number }, where: Where): void {
    if (this.#builder !== null) return;
    const builder = new Builder(size);
    this.#meta.labels.forEach((label, i) => {
      builder.label(i + 1, label, where);
    });
    this.#builder = builder;
  }

  #finishShape({ name, attributes, values, where }: OpenShape): void {
    const builder = this.#builder;
    if (builder === null)
      throw new FormatError("malformed", where, "a shape stands outside of an image");
    const label = this.#meta.labels.findIndex((one) => one.name === attributes.label) + 1;
    if (label === 0)
      throw new FormatError(
        "malformed",
        where,
        `the label ${JSON.stringify(clipped(attributes.label ?? ""))} is not in the list of labels`,
      );
    const shape = shapeOfElement(name, attributes, builder.size, where);
    if (shape === null) return;
    const state = visible(shape, IMPORTED, {
      occluded: flagOf(attributes, "occluded"),
      attributes: values,
    });
    const group = Number(attributes.group_id ?? 0) || 0;
    if (group < 1) {
      this.#alone.push({ frame: this.#frame, label, state, where });
      return;
    }
    if (!builder.hasTrack(group))
      builder.track(
        group,
        { label: label as never, order: Number(attributes.z_order ?? 0) || 0 },
        where,
      );
    builder.state(group, this.#frame, state, where);
  }

  finish(): Document {
    const where = { file: this.#file };
    if (this.#builder === null) {
      const [width, height] = [this.#meta.number("width"), this.#meta.number("height")];
      if (width === null || height === null)
        throw new FormatError("malformed", where, "there is no image in it");
      this.#start(checkedSize(width, height, where), where);
    }
    const builder = this.#builder!;
    let free = Math.max(0, ...builder.tracks.keys()) + 1;
    for (const { frame, label, state, where: at } of this.#alone) {
      builder.track(free, { label: label as never }, at);
      builder.state(free++, frame, state, at);
    }
    const pairs = [...this.#pictures].sort(([a], [b]) => a - b);
    const annotated = pairs.map(([frame]) => frame as never);
    const frameCount = checkedFrameCount(
      Math.max((pairs.at(-1)?.[0] ?? -1) + 1, this.#meta.number("size") ?? 0),
      { ...where, place: "meta, size" },
    );
    return builder.finish(
      { name: this.#name, frameCount, annotated, pictures: pairs.map(([, name]) => name) },
      where,
    );
  }
}

async function write(
  sources: readonly Source[],
  files: OutputFiles,
  options: WriteOptions,
): Promise<void> {
  const names = uniqueNames(sources.map(({ head }) => fileName(head.video.name)));
  for (const [i, { head, byFrame }] of sources.entries()) {
    const { video, tracks, labels } = head;
    const { width, height } = video.size;
    const file = await files.open(`${names[i]}.xml`);
    await writeMeta(file, head, "annotation");
    const pictures = new Map(listedFrames(video).map((frame, at) => [frame, video.pictures![at]!]));
    for await (const { frame, states } of byFrame("derived")) {
      const shapes = [...states].flatMap(([id, state]) => {
        if (state.presence === "absent") return [];
        const { info } = tracks.get(id)!;
        const { name, attributes } = elementOfShape(state.shape);
        const facts = {
          label: labels.get(info.label!)!.name,
          source: "manual",
          occluded: state.occluded ? 1 : 0,
        };
        return [
          `\n${element(name, { ...facts, ...attributes, z_order: info.order, group_id: id }, attributeElements(state.attributes))}`,
        ];
      });
      await file.write(
        `${element("image", { id: frame, name: xmlText(pictures.get(frame)!), width, height }, shapes.join(""))}\n`,
      );
      checkpoint(options, frame + 1, video.frameCount);
    }
    await file.write("</annotations>\n");
    await file.close();
  }
}
