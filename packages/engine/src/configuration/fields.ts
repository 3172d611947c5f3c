// Reading fields of a parsed JSON or YAML document, with errors that name the place.
import { clipped, EngineError } from "../errors.ts";

/** One object of a document: takes fields by name, and at the end refuses those nobody asked for. */
export interface Fields {
  readonly place: string;
  integer(name: string, limits: { min: number; max: number }, fallback?: number): number;
  number(name: string, fallback?: number): number;
  flag(name: string, fallback?: boolean): boolean;
  integers(name: string, limits: Lengths, fallback?: readonly number[]): readonly number[];
  numbers(name: string, count: number, fallback?: readonly number[]): readonly number[];
  text(name: string, fallback?: string): string;
  object(name: string): Fields;
  has(name: string): boolean;
  /** Accepts fields that describe nothing a network of this engine depends on. */
  ignore(...names: string[]): void;
  /** Refuses any value but the one this engine builds. */
  only(name: string, value: string | number | boolean | null, fallback?: unknown): void;
  /** Throws if the document holds fields that were never asked for. */
  finish(): void;
}

interface Lengths {
  readonly count?: number;
  readonly max: number;
}

/** A refusal of a configuration: one sentence with file, place and cause. */
export function invalid(place: string, cause: string): EngineError {
  return new EngineError("configuration-invalid", `Configuration ${place}: ${cause}.`);
}

/** Opens an object of a document for reading. Throws configuration-invalid when it is not an object. */
export function openFields(value: unknown, place: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid(place, "an object is needed here");
  }
  const record = value as Record<string, unknown>;
  const taken = new Set<string>();
  const take = (name: string): unknown => {
    taken.add(name);
    return Object.hasOwn(record, name) ? record[name] : undefined;
  };
  const at = (name: string): string => `${place}.${name}`;
  const need = <T>(name: string, fallback: T | undefined): T => {
    if (fallback === undefined) throw invalid(at(name), "the key is missing");
    return fallback;
  };
  const whole = (name: string, found: unknown, min: number, max: number): number => {
    if (typeof found !== "number" || !Number.isInteger(found) || found < min || found > max) {
      throw invalid(
        at(name),
        `a whole number from ${min} to ${max} is needed (got ${show(found)})`,
      );
    }
    return found;
  };
  return {
    place,
    integer(name, { min, max }, fallback) {
      const found = take(name);
      return found === undefined ? need(name, fallback) : whole(name, found, min, max);
    },
    number(name, fallback) {
      const found = take(name);
      if (found === undefined) return need(name, fallback);
      if (typeof found !== "number" || !Number.isFinite(found)) {
        throw invalid(at(name), `a number is needed (got ${show(found)})`);
      }
      return found;
    },
    flag(name, fallback) {
      const found = take(name);
      if (found === undefined) return need(name, fallback);
      if (typeof found !== "boolean") {
        throw invalid(at(name), `true or false is needed (got ${show(found)})`);
      }
      return found;
    },
    integers(name, lengths, fallback) {
      const found = take(name);
      if (found === undefined) return need(name, fallback);
      const wrong = lengths.count === undefined ? `at most ${lengths.max}` : `${lengths.count}`;
      if (!Array.isArray(found) || found.length > 1024) {
        throw invalid(at(name), `a list of whole numbers is needed (got ${show(found)})`);
      }
      if (lengths.count !== undefined && found.length !== lengths.count) {
        throw invalid(at(name), `${wrong} numbers are needed (got ${found.length})`);
      }
      return found.map((item, index) => whole(`${name}[${index}]`, item, 0, lengths.max));
    },
    numbers(name, count, fallback) {
      const found = take(name);
      if (found === undefined) return need(name, fallback);
      if (!Array.isArray(found) || found.length !== count || !found.every(Number.isFinite)) {
        throw invalid(at(name), `${count} numbers are needed (got ${show(found)})`);
      }
      return found as number[];
    },
    text(name, fallback) {
      const found = take(name);
      if (found === undefined) return need(name, fallback);
      if (typeof found !== "string") throw invalid(at(name), `text is needed (got ${show(found)})`);
      return found;
    },
    object(name) {
      return openFields(take(name), at(name));
    },
    has(name) {
      return Object.hasOwn(record, name) && record[name] !== null;
    },
    ignore(...names) {
      for (const name of names) taken.add(name);
    },
    only(name, value, fallback) {
      const found = take(name);
      if (found === undefined && fallback !== undefined && fallback === value) return;
      if (found !== value) {
        throw invalid(at(name), `this engine builds only ${show(value)} (got ${show(found)})`);
      }
    },
    finish() {
      const unknown = Object.keys(record).filter((name) => !taken.has(name));
      if (unknown.length > 0) {
        throw invalid(
          place,
          `unknown key${unknown.length > 1 ? "s" : ""} ${clipped(unknown.join(", "))}`,
        );
      }
    },
  };
}

function show(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
