// The home folder: where database, media, exports and models lie, and the lock that keeps a second server out.
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

export interface Home {
  readonly path: string;
  readonly database: string;
  readonly media: string;
  readonly uploads: string;
  readonly exports: string;
  /** Where scans of videos are kept, so that none is decoded twice to be opened. */
  readonly scans: string;
  /** Gives the lock back. */
  release(): void;
}

/**
 * Makes the folders of a home and takes its lock. Throws an Error with one sentence when another server
 * that is alive holds it, or when it cannot be written.
 */
export function openHome(path: string): Home {
  for (const folder of ["", "media", "uploads", "exports"]) {
    try {
      mkdirSync(join(path, folder), { recursive: true });
    } catch (error) {
      throw new Error(
        `The home folder ${path} cannot be made (${(error as Error).message}): choose another with --home or MASKLET_HOME.`,
      );
    }
  }
  const lock = join(path, "server.lock");
  takeLock(lock, path);
  return {
    path,
    database: join(path, "masklet.sqlite"),
    media: join(path, "media"),
    uploads: join(path, "uploads"),
    exports: join(path, "exports"),
    scans: join(path, "scans"),
    release: () => rmSync(lock, { force: true }),
  };
}

function takeLock(lock: string, home: string): void {
  for (const last of [false, true]) {
    try {
      const file = openSync(lock, "wx");
      writeSync(file, String(process.pid));
      closeSync(file);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST" || last) throw error;
      const holder = Number(readFileSync(lock, "utf8"));
      if (isAlive(holder)) {
        throw new Error(
          `Another masklet server (process ${holder}) works on ${home}: stop it, or choose another home with --home.`,
        );
      }
      // Its server was killed: the lock means nothing any more.
      rmSync(lock, { force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
