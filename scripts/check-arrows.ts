// Holds the floor plan: which workspace may import which, and that every import is declared.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";

/** What each workspace may import. The table reads downwards: a row names only rows above it. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  vision: [],
  disk: [],
  annotation: ["vision"],
  video: ["vision", "disk"],
  engine: ["vision", "disk"],
  formats: ["vision", "annotation", "disk"],
  protocol: ["vision", "annotation"],
  workbench: ["vision", "disk", "annotation", "video", "engine", "formats", "protocol"],
  server: ["vision", "disk", "annotation", "video", "engine", "formats", "protocol", "workbench"],
  cli: ["vision", "disk", "annotation", "video", "engine", "formats", "workbench"],
  studio: ["vision", "annotation", "protocol"],
};

/**
 * The engine's and other cores must run in a browser too: only their `node/` folders and tests may name Node.
 */
const PURE = ["vision", "annotation", "formats", "video", "engine", "protocol"];

/** Workspaces that are of Node altogether. */
const NODE_ONLY = ["disk"];

const root = resolve(import.meta.dirname, "..");

function sourceFiles(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (name === "node_modules" || name === "dist" || name === "fixtures") return [];
    if (statSync(path).isDirectory()) return sourceFiles(path);
    return /\.(ts|tsx|mts)$/.test(name) ? [path] : [];
  });
}

function importsOf(text: string): string[] {
  const statements =
    /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)|(?:^|\n)\s*import\s*["']([^"']+)["']/g;
  return [...text.matchAll(statements)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** Every breach of the floor plan, one sentence each; empty when the house stands. */
export function brokenArrows(): string[] {
  const breaches: string[] = [];
  for (const floor of ["packages", "apps"]) {
    for (const name of readdirSync(join(root, floor))) {
      const folder = join(root, floor, name);
      const allowed = ALLOWED[name];
      if (allowed === undefined) {
        breaches.push(`${floor}/${name} is not in the floor plan (scripts/check-arrows.ts).`);
        continue;
      }
      const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
      const declared = { ...manifest.dependencies, ...manifest.devDependencies };
      for (const file of sourceFiles(folder)) {
        const inSource = relative(folder, file).startsWith("src");
        const inNode = file.includes(`${name}/src/node/`) || basename(file).startsWith("node");
        for (const target of importsOf(readFileSync(file, "utf8"))) {
          const where = relative(root, file);
          if (target.startsWith("@masklet/")) {
            const other = target.split("/")[1] ?? "";
            if (inSource && other !== name && !allowed.includes(other))
              breaches.push(`${where} imports ${target}: ${name} may not know ${other}.`);
            if (inSource && !(`@masklet/${other}` in declared))
              breaches.push(`${where} imports ${target}, which its package.json does not declare.`);
            if (inSource && NODE_ONLY.includes(other) && PURE.includes(name) && !inNode)
              breaches.push(`${where} imports ${target}: the core of ${name} runs without Node.`);
          } else if (target.startsWith(".")) {
            if (inSource && !resolve(dirname(file), target).startsWith(`${folder}/`))
              breaches.push(`${where} reaches out of its package: ${target}.`);
          } else if (target.startsWith("node:")) {
            if (inSource && PURE.includes(name) && !inNode)
              breaches.push(`${where} imports ${target}: the core of ${name} runs without Node.`);
          } else if (inSource) {
            const bare = target
              .split("/")
              .slice(0, target.startsWith("@") ? 2 : 1)
              .join("/");
            if (!(bare in declared))
              breaches.push(`${where} imports ${target}, which its package.json does not declare.`);
          }
        }
      }
    }
  }
  return breaches;
}

interface LockEntry {
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Platform packages that a lock entry names but the lockfile lacks: `npm ci` refuses such a lockfile. */
export function missingFromLock(): string[] {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, LockEntry>;
  };
  const known = new Set(
    Object.keys(lock.packages).map((path) => path.split("node_modules/").pop()),
  );
  return Object.entries(lock.packages).flatMap(([path, entry]) =>
    Object.keys(entry.optionalDependencies ?? {})
      .filter((name) => !known.has(name))
      .map(
        (name) =>
          `package-lock.json lacks ${name}, an optional dependency of ${path || "the root"}.`,
      ),
  );
}
