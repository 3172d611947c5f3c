// XML read as a stream of elements, and text made safe for XML. Entities other than XML's own five are errors.
import { clipped } from "@masklet/annotation/reading";
import { SaxesParser } from "saxes";
import { FormatError } from "./error.ts";
import type { InputFiles } from "./files.ts";

export type XmlEvent =
  | {
      readonly kind: "open";
      readonly name: string;
      readonly attributes: Readonly<Record<string, string>>;
      readonly line: number;
    }
  | { readonly kind: "close"; readonly name: string; readonly text: string; readonly line: number };

/** The most bytes between two tags: the runs of a mask of the largest frame, with room. */
const TEXT_BYTES_MAX = 64 * 2 ** 20;
/** Elements within elements; CVAT needs seven. */
const DEPTH_MAX = 64;

/**
 * The elements of a file as they open and close; a closing one carries the text directly inside of it
 * (only leaves have any that matters). Memory is bounded by the largest element's text. Document type
 * declarations are passed over, so that their entities are unknown: a bomb is a syntax error.
 * Throws FormatError `malformed` with the line, `too-large` for text beyond a limit.
 */
export async function* readXml(files: InputFiles, file: string): AsyncIterable<XmlEvent> {
  const parser = new SaxesParser();
  const decoder = new TextDecoder("utf-8");
  let events: XmlEvent[] = [];
  const texts: string[] = [];
  let sinceTag = 0;
  const fail = (cause: string, code: "malformed" | "too-large" = "malformed"): never => {
    throw new FormatError(code, { file, place: `line ${parser.line}` }, cause);
  };
  parser.on("error", (error) =>
    fail(`it is not XML (${clipped(error.message.replace(/^\d+:\d+: /, "").replace(/\.$/, ""))})`),
  );
  parser.on("opentag", ({ name, attributes }) => {
    if (texts.length >= DEPTH_MAX) fail(`elements lie more than ${DEPTH_MAX} deep`, "too-large");
    sinceTag = 0;
    texts.push("");
    events.push({
      kind: "open",
      name,
      attributes: attributes as Record<string, string>,
      line: parser.line,
    });
  });
  parser.on("text", (text) => {
    if (texts.length > 0) texts[texts.length - 1] += text;
  });
  parser.on("closetag", ({ name }) => {
    sinceTag = 0;
    events.push({ kind: "close", name, text: texts.pop() ?? "", line: parser.line });
  });
  for await (const piece of files.read(file)) {
    sinceTag += piece.length;
    parser.write(decoder.decode(piece, { stream: true }));
    if (sinceTag > TEXT_BYTES_MAX)
      fail(`more than ${TEXT_BYTES_MAX} bytes lie between two tags`, "too-large");
    yield* events;
    events = [];
  }
  parser.write(decoder.decode()).close();
  yield* events;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

/** Text for an element or an attribute. Characters that XML cannot hold become U+FFFD. */
export function escapeXml(text: string): string {
  return xmlText(text).replace(/[&<>"\t\n\r]/g, (c) => ESCAPES[c]!);
}

/** Characters below the space that XML 1.0 holds. */
const HELD_CONTROLS = "\t\n\r";

/** A text as XML 1.0 can hold it: other control characters and non-characters become U+FFFD. */
export function xmlText(text: string): string {
  const held = (c: string): boolean => {
    const code = c.codePointAt(0)!;
    return code < 32 ? HELD_CONTROLS.includes(c) : code !== 0xfffe && code !== 0xffff;
  };
  return Array.from(text.toWellFormed(), (c) => (held(c) ? c : "\ufffd")).join("");
}

/** `<name a="1"/>`, or with content `<name a="1">content</name>`; attributes that are undefined are left out. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  content?: string,
): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escapeXml(String(value))}"`)
    .join("");
  return content === undefined ? `<${name}${written}/>` : `<${name}${written}>${content}</${name}>`;
}
