// Large JSON files written piece by piece.
import type { OutputFile } from "./files.ts";

/** Text is gathered to pieces of about this many characters. */
const PIECE = 64 * 1024;

/** Writes text in larger pieces; lists inside of it get their commas. */
export class JsonWriter {
  readonly #file: OutputFile;
  #held = "";
  #first = true;

  constructor(file: OutputFile) {
    this.#file = file;
  }

  async text(text: string): Promise<void> {
    this.#held += text;
    if (this.#held.length >= PIECE) await this.#flush();
  }

  /** Begins a list: `before` ends with what stands before its bracket. */
  async open(before: string): Promise<void> {
    this.#first = true;
    await this.text(`${before}[`);
  }

  /** One item of the list that was opened last. */
  async item(value: unknown): Promise<void> {
    await this.between(JSON.stringify(value));
  }

  /** The beginning of an item whose rest follows as text. */
  async between(start: string): Promise<void> {
    const comma = this.#first ? "\n" : ",\n";
    this.#first = false;
    await this.text(comma + start);
  }

  async close(after = ""): Promise<void> {
    await this.text(`]${after}`);
  }

  async end(): Promise<void> {
    await this.#flush();
    await this.#file.close();
  }

  async #flush(): Promise<void> {
    if (this.#held !== "") await this.#file.write(this.#held);
    this.#held = "";
  }
}
