// Where a command prints: results on stdout, sentences and progress on stderr, one JSON document when asked for.
/** Told how far a long piece of work is; `done` counts units, `total` is null where nobody knows. */
export interface Progress {
  update(done: number, note?: string): void;
  end(): void;
}

export interface Terminal {
  /** True where the caller asked for one JSON document on stdout. */
  readonly json: boolean;
  /** Aborted by the first interrupt. */
  readonly signal: AbortSignal;
  /** A line of the result, on stdout; nothing when JSON is asked for. */
  print(line: string): void;
  /** The result as one JSON document, on stdout; nothing when JSON is not asked for. */
  result(document: unknown): void;
  /** A sentence for the person, on stderr. */
  say(sentence: string): void;
  /** Starts a progress line on stderr. */
  progress(title: string, total: number | null, unit: string): Progress;
}

/** A standard stream, as far as it is used. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

// A person's eye follows five changes a second; a log file should not fill.
const REDRAW_MS = 200;
const PLAIN_LINE_MS = 10_000;

export interface TerminalOptions {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly json: boolean;
  readonly signal: AbortSignal;
  /** Milliseconds of a steady clock. */
  readonly now: () => number;
}

export function createTerminal(options: TerminalOptions): Terminal {
  const { stdout, stderr } = options;
  return {
    json: options.json,
    signal: options.signal,
    print(line) {
      if (!options.json) stdout.write(`${printable(line, "lines")}\n`);
    },
    result(document) {
      if (options.json) stdout.write(`${JSON.stringify(document, null, 1)}\n`);
    },
    say(sentence) {
      stderr.write(`${printable(sentence, "one line")}\n`);
    },
    progress(title, total, unit) {
      const draw = stderr.isTTY === true ? redrawn(stderr) : appended(stderr);
      return meter({ title, total, unit, now: options.now, draw });
    },
  };
}

/**
 * Text with its control characters spelled out: names of files and bytes of damaged ones reach people, and must neither
 * break a sentence into lines nor command the terminal.
 */
export function printable(text: string, shape: "one line" | "lines"): string {
  return text.replace(CONTROL, (character) => {
    if (character === "\n") return shape === "lines" ? character : "\\n";
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** Control characters of both halves of Latin-1, and the two other ends of lines. */
const CONTROL = /[\p{Cc}\u2028\u2029]/gu;

interface Drawing {
  readonly everyMs: number;
  draw(line: string): void;
  end(line: string): void;
}

function redrawn(stderr: Output): Drawing {
  const put = (line: string): void => {
    // The last column stays free: a full line would wrap and could not be overwritten.
    stderr.write(`\r\u001b[2K${line.slice(0, (stderr.columns ?? 80) - 1)}`);
  };
  return {
    everyMs: REDRAW_MS,
    draw: put,
    end(line) {
      put(line);
      stderr.write("\n");
    },
  };
}

function appended(stderr: Output): Drawing {
  const put = (line: string): void => {
    stderr.write(`${line}\n`);
  };
  return { everyMs: PLAIN_LINE_MS, draw: put, end: put };
}

function meter(told: {
  readonly title: string;
  readonly total: number | null;
  readonly unit: string;
  readonly now: () => number;
  readonly draw: Drawing;
}): Progress {
  const start = told.now();
  let drawn = start;
  let last = { done: 0, note: "" };
  const line = (): string => {
    const seconds = (told.now() - start) / 1000;
    return progressLine({ ...told, ...last, seconds });
  };
  return {
    update(done, note = "") {
      last = { done, note };
      if (told.now() - drawn < told.draw.everyMs) return;
      drawn = told.now();
      told.draw.draw(line());
    },
    end() {
      if (last.done > 0) told.draw.end(line());
    },
  };
}

/** One line of progress: title, count, share, rate and time left. */
export function progressLine(told: {
  readonly title: string;
  readonly done: number;
  readonly total: number | null;
  readonly unit: string;
  readonly seconds: number;
  readonly note: string;
}): string {
  const { done, total, seconds } = told;
  const rate = seconds > 0 ? done / seconds : 0;
  const parts = [
    total === null
      ? `${told.title} ${done} ${told.unit}`
      : `${told.title} ${done}/${total} ${told.unit} (${Math.floor((100 * done) / Math.max(total, 1))} %)`,
  ];
  if (rate > 0) parts.push(`${rate < 10 ? rate.toFixed(1) : Math.round(rate)} ${told.unit}/s`);
  if (total !== null && rate > 0 && done < total) {
    parts.push(`${duration((total - done) / rate)} left`);
  } else if (done === total) {
    parts.push(`in ${duration(seconds)}`);
  }
  if (told.note !== "") parts.push(told.note);
  return parts.join(", ");
}

/** "45 s", "3 min 05 s", "2 h 10 min". */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
