/** Sessions kept in the browser's own storage. */

export interface Kept {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly saved: number;
  readonly session: unknown;
}

const STORE = "sessions";

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("scorespace", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "id" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

async function ask<T>(mode: IDBTransactionMode, request: (store: IDBObjectStore) => IDBRequest): Promise<T> {
  const database = await open();
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const asked = request(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(asked.result as T);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
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
