// The head of CVAT's files: name, frames, size, labels with their attributes.
import type { AttributeDefinition, AttributeValue, Label, TrackInfo } from "@masklet/annotation";
import type { OutputFile } from "../files.ts";
import type { Head, Source } from "../source.ts";
import { element, escapeXml, type XmlEvent, xmlText } from "../xml.ts";

/** What `<meta>` says, gathered while its elements close. */
export class MetaReader {
  readonly #path: string[] = [];
  readonly #values = new Map<string, string>();
  readonly labels: Omit<Label, "parent" | "key">[] = [];
  #label: { name: string; colour: string | null; attributes: AttributeDefinition[] } | null = null;
  #attribute: Map<string, string> | null = null;

  /** The text of a leaf by its name, first one wins: `size` of the task comes before those of its segments. */
  value(name: string): string | undefined {
    return this.#values.get(name);
  }

  number(name: string): number | null {
    const value = Number(this.#values.get(name) || Number.NaN);
    return Number.isFinite(value) ? value : null;
  }

  take(event: XmlEvent): void {
    if (event.kind === "open") {
      this.#path.push(event.name);
      if (event.name === "label") this.#label = { name: "", colour: null, attributes: [] };
      if (event.name === "attribute" && this.#label) this.#attribute = new Map();
      return;
    }
    this.#path.pop();
    const { name, text } = event;
    if (name === "label" && this.#label) {
      this.labels.push(this.#label);
      this.#label = null;
    } else if (name === "attribute" && this.#label && this.#attribute) {
      this.#label.attributes.push(definition(this.#attribute));
      this.#attribute = null;
    } else if (this.#attribute) this.#attribute.set(name, text);
    else if (this.#label && name === "name") this.#label.name = text;
    else if (this.#label && name === "color") this.#label.colour = text || null;
    else if (!this.#values.has(name)) this.#values.set(name, text);
  }
}

const INPUT_TYPES = {
  text: "text",
  number: "number",
  boolean: "checkbox",
  choice: "select",
} as const;

function definition(said: ReadonlyMap<string, string>): AttributeDefinition {
  const input = said.get("input_type");
  const type =
    input === "number"
      ? "number"
      : input === "checkbox"
        ? "boolean"
        : input === "select" || input === "radio"
          ? "choice"
          : "text";
  const values = said.get("values") ?? "";
  const initial = said.get("default_value") ?? "";
  return {
    name: said.get("name") ?? "",
    type,
    choices: type === "choice" && values !== "" ? values.split("\n") : [],
    mutable: said.get("mutable")?.toLowerCase() === "true",
    initial: initial === "" ? null : attributeValue(initial, type),
  };
}

function attributeValue(text: string, type: AttributeDefinition["type"]): AttributeValue {
  if (type === "number" && Number.isFinite(Number(text))) return Number(text);
  return type === "boolean" ? text.toLowerCase() === "true" : text;
}

/**
 * Labels with a definition for each attribute in use: CVAT knows no other ones. Those that are not
 * defined become text.
 */
export async function withDefinitions(source: Source): Promise<Source> {
  const wanted = new Map<number, Map<string, boolean>>();
  const want = (info: TrackInfo, names: readonly string[], mutable: boolean): void => {
    const known = wanted.get(info.label ?? -1) ?? new Map<string, boolean>();
    for (const name of names)
      known.set(xmlText(name), mutable || (known.get(xmlText(name)) ?? false));
    wanted.set(info.label ?? -1, known);
  };
  for await (const { track, states } of source.byTrack("left-out")) {
    const { info } = source.head.tracks.get(track)!;
    want(info, Object.keys(info.attributes), false);
    for await (const [, state] of states) want(info, Object.keys(state.attributes), true);
  }
  const labels = new Map(
    [...source.head.labels].map(([id, label]) => {
      const defined = new Set(label.attributes.map(({ name }) => name));
      const more = [...(wanted.get(id) ?? [])]
        .filter(([name]) => !defined.has(name))
        .map(
          ([name, mutable]): AttributeDefinition => ({
            name,
            type: "text",
            choices: [],
            mutable,
            initial: null,
          }),
        );
      return [
        id,
        more.length > 0 ? { ...label, attributes: [...label.attributes, ...more] } : label,
      ];
    }),
  );
  return {
    ...source,
    head: { ...source.head, labels, tracks: withWholeOrders(source.head.tracks) },
  };
}

/** CVAT's z_order is a whole number: where some are not, the places in drawing order stand for them. */
function withWholeOrders(tracks: Head["tracks"]): Head["tracks"] {
  if ([...tracks.values()].every(({ info }) => Number.isInteger(info.order))) return tracks;
  return new Map(
    [...tracks].map(([id, { info, review }], order) => [id, { info: { ...info, order }, review }]),
  );
}

/** Writes the opening of the file up to the end of `<meta>`. */
export async function writeMeta(
  file: OutputFile,
  head: Head,
  mode: "interpolation" | "annotation",
): Promise<void> {
  const { video, labels } = head;
  const task = [
    leaf("name", video.name),
    leaf("size", String(video.frameCount)),
    leaf("mode", mode),
    leaf("start_frame", "0"),
    leaf("stop_frame", String(Math.max(0, video.frameCount - 1))),
    leaf("frame_filter", ""),
    element("labels", {}, [...labels.values()].map(labelElement).join("")),
    element(
      "original_size",
      {},
      leaf("width", String(video.size.width)) + leaf("height", String(video.size.height)),
    ),
    leaf("source", video.name),
  ];
  await file.write(
    '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n<version>1.1</version>\n',
  );
  await file.write(`<meta><task>${task.join("\n")}</task></meta>\n`);
}

function leaf(name: string, text: string): string {
  return `<${name}>${escapeXml(text)}</${name}>`;
}

function labelElement({ name, colour, attributes }: Label): string {
  const definitions = attributes.map((one) => {
    const parts = [
      leaf("name", one.name),
      leaf("mutable", one.mutable ? "True" : "False"),
      leaf("input_type", INPUT_TYPES[one.type]),
      leaf("default_value", one.initial === null ? "" : String(one.initial)),
      leaf("values", one.choices.join("\n")),
    ];
    return element("attribute", {}, parts.join(""));
  });
  return element(
    "label",
    {},
    leaf("name", name) +
      leaf("color", colour ?? "") +
      leaf("type", "any") +
      element("attributes", {}, definitions.join("")),
  );
}

/** `<attribute name="…">…</attribute>` for each value. */
export function attributeElements(values: Readonly<Record<string, AttributeValue>>): string {
  return Object.entries(values)
    .map(([name, value]) => element("attribute", { name }, escapeXml(String(value))))
    .join("");
}
