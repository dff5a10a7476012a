/** Sessions kept in the browser's own storage. */

export interface Kept {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly saved: number;
  readonly session: unknown;
}

const STORE = "sessions";

let database: Promise<IDBDatabase> | null = null;

/** Stays open, so that a change just before the page is left is still written. */
function open(): Promise<IDBDatabase> {
  database ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open("scorespace", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "id" });
    asked.onsuccess = () => {
      asked.result.onclose = forget;
      resolve(asked.result);
    };
    asked.onerror = () => {
      forget();
      reject(asked.error);
    };
  });
  return database;
}

function forget(): void {
  database = null;
}

async function ask<T>(mode: IDBTransactionMode, request: (store: IDBObjectStore) => IDBRequest): Promise<T> {
  const opened = await open();
  return new Promise<T>((resolve, reject) => {
    const transaction = opened.transaction(STORE, mode);
    const asked = request(transaction.objectStore(STORE));
    transaction.commit(); // waits for no more requests: a page that is left would abort an open transaction
    transaction.oncomplete = () => resolve(asked.result as T);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

export function keptRecord(id: string): Promise<Kept | undefined> {
  return ask("readonly", (store) => store.get(id));
}

export function keptRecords(): Promise<Kept[]> {
  return ask("readonly", (store) => store.getAll());
}

export function keepRecord(record: Kept): Promise<void> {
  return ask("readwrite", (store) => store.put(record));
}

export function dropRecord(id: string): Promise<void> {
  return ask("readwrite", (store) => store.delete(id));
}
