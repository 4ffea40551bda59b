// A second copy of what must not be lost. Browsers write localStorage to the disk only after some seconds, so one that is
// killed forgets the last scans, which the operator has heard; IndexedDB hands each write on at once. The storage stays
// the one that is read; the copy is asked only at the start, for what the storage lost.

const COPIED = /^tt\.(queue\.|seq$|device$)/;
const [DATABASE, STORE] = ["traitortrack", "kept"];

/** Like the storage it is made of, and copies each change. */
export class Spare {
  #changes = new Map();
  #database;

  constructor(storage, factory = globalThis.indexedDB) {
    this.storage = storage;
    this.#database = open(factory);
  }

  get length() {
    return this.storage.length;
  }

  key(index) {
    return this.storage.key(index);
  }

  getItem(name) {
    return this.storage.getItem(name);
  }

  setItem(name, text) {
    this.storage.setItem(name, text);
    this.#copy(name, text);
  }

  removeItem(name) {
    this.storage.removeItem(name);
    this.#copy(name, null);
  }

  /** -> a promise of [name, text] pairs that the storage has not, or has otherwise. */
  async lost() {
    const store = (await this.#database)?.transaction(STORE).objectStore(STORE);
    if (!store) return [];
    const [names, texts] = await Promise.all([answer(store.getAllKeys()), answer(store.getAll())]);
    return names.map((name, index) => [name, texts[index]]).filter(([name, text]) => this.getItem(name) !== text);
  }

  #copy(name, text) {
    if (!COPIED.test(name)) return;
    if (this.#changes.size === 0) queueMicrotask(() => this.#write());
    this.#changes.set(name, text);
  }

  async #write() {
    const database = await this.#database;
    const changes = [...this.#changes];
    this.#changes.clear();
    const store = database?.transaction(STORE, "readwrite").objectStore(STORE);
    for (const [name, text] of store ? changes : []) text === null ? store.delete(name) : store.put(text, name);
  }
}

// A browser that keeps no database (private windows of some) leaves the storage alone to it.
async function open(factory) {
  try {
    const request = factory.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    return await answer(request);
  } catch {
    return null;
  }
}

const answer = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
