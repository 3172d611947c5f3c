// Edits that the server has not acknowledged yet, kept in IndexedDB so that reload and crash lose none.
import type { Transaction } from "@masklet/annotation";

const DATABASE = "masklet";
const STORE = "outbox";

/** Kept transactions of one video in the order they were made. */
export interface Outbox {
  load(video: string): Promise<readonly Transaction[]>;
  /** Resolves when the transaction is on disk. */
  add(video: string, transaction: Transaction): Promise<void>;
  remove(ids: readonly string[]): Promise<void>;
}

interface Kept {
  readonly id: string;
  readonly video: string;
  readonly order: number;
  readonly transaction: Transaction;
}

/** Opens the outbox. Falls back to memory where the browser forbids storage (a private window): edits then live as long as the tab. */
export async function openOutbox(): Promise<Outbox> {
  try {
    return inDatabase(await openDatabase());
  } catch {
    return inMemory();
  }
}

function openDatabase(): Promise<IDBDatabase> {
  return new Promise((done, fail) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      const store = request.result.createObjectStore(STORE, { keyPath: "id" });
      store.createIndex("video", ["video", "order"]);
    };
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
}

function finished(transaction: IDBTransaction): Promise<void> {
  return new Promise((done, fail) => {
    transaction.oncomplete = () => done();
    transaction.onerror = () => fail(transaction.error);
    transaction.onabort = () => fail(transaction.error);
  });
}

function inDatabase(database: IDBDatabase): Outbox {
  let order = Date.now();
  return {
    load(video) {
      return new Promise((done, fail) => {
        const range = IDBKeyRange.bound([video, 0], [video, Number.MAX_SAFE_INTEGER]);
        const store = database.transaction(STORE).objectStore(STORE);
        const request = store.index("video").getAll(range);
        request.onsuccess = () => done((request.result as Kept[]).map((kept) => kept.transaction));
        request.onerror = () => fail(request.error);
      });
    },
    add(video, transaction) {
      const writing = database.transaction(STORE, "readwrite", { durability: "strict" });
      const kept: Kept = { id: transaction.id, video, order: order++, transaction };
      writing.objectStore(STORE).put(kept);
      return finished(writing);
    },
    remove(ids) {
      const writing = database.transaction(STORE, "readwrite");
      for (const id of ids) writing.objectStore(STORE).delete(id);
      return finished(writing);
    },
  };
}

function inMemory(): Outbox {
  const kept = new Map<string, Kept>();
  return {
    async load(video) {
      return [...kept.values()].filter((one) => one.video === video).map((one) => one.transaction);
    },
    async add(video, transaction) {
      kept.set(transaction.id, { id: transaction.id, video, order: kept.size, transaction });
    },
    async remove(ids) {
      for (const id of ids) kept.delete(id);
    },
  };
}
