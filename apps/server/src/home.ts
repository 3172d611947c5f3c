// The home folder: where database, media, exports and models lie, and the lock that keeps a second server out.
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { makeFolder } from "@masklet/disk";

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

const SQLITE_BUSY = 5;

/**
 * Makes the folders of a home and takes its lock. Throws an Error with one sentence when another server
 * holds it, or when it cannot be written.
 */
export function openHome(path: string): Home {
  for (const folder of ["", "media", "uploads", "exports"]) {
    try {
      makeFolder(join(path, folder));
    } catch (error) {
      throw new Error(
        `The home folder ${path} cannot be made (${(error as Error).message}): choose another with --home or MASKLET_HOME.`,
      );
    }
  }
  return {
    path,
    database: join(path, "masklet.sqlite"),
    media: join(path, "media"),
    uploads: join(path, "uploads"),
    exports: join(path, "exports"),
    scans: join(path, "scans"),
    release: takeLock(path),
  };
}

/** SQLite's own file lock: the system gives it back when its holder is killed, so no stale one is ever left. */
function takeLock(home: string): () => void {
  const lock = new DatabaseSync(join(home, "lock.sqlite"));
  try {
    lock.exec("begin exclusive");
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    throw new Error(
      `Another masklet server works on ${home}: stop it, or choose another home with --home.`,
    );
  }
  return () => {
    if (lock.isOpen) lock.close();
  };
}
