// What was scanned and has no answer yet: first in, first out, one key of the storage per entry, safe over a reload.
// An entry is {order, user, screen, scan: {key, seq, mode, raw, parent, bill, captured_at, source, offline}}
// or {order, user, screen, undo: {key, scan}}; one with `trouble` needs attention and is not sent by itself.

import { uuid } from "./uuid.js";

const ENTRY = "tt.queue.";
const SEQ = "tt.seq";
const DEVICE = "tt.device";

export const keyOf = (entry) => (entry.scan ?? entry.undo).key;

export class Queue {
  /** storage: like localStorage; user: whose scans these are, those of others stay untouched; screen: this tab's own id. */
  constructor(storage, user, screen) {
    this.storage = storage;
    this.user = user;
    this.screen = screen;
  }

  /** This browser's own UUID, made at the first call. */
  device() {
    const known = this.storage.getItem(DEVICE);
    if (known) return known;
    const made = uuid();
    this.storage.setItem(DEVICE, made);
    return made;
  }

  /** Keep one scan: {mode, raw, parent, source, offline}. Throws when the browser cannot store it; then nothing is kept. */
  addScan(fields) {
    this.device();
    const all = this.#read();
    const seq = Math.max(Number(this.storage.getItem(SEQ)) || 0, ...all.map((entry) => entry.scan?.seq ?? 0)) + 1;
    const scan = { key: uuid(), seq, bill: null, captured_at: new Date().toISOString(), ...fields };
    const entry = this.#write(all, { scan });
    try {
      this.storage.setItem(SEQ, String(seq));
    } catch (error) {
      this.remove(entry); // else the next scan would get the same number
      throw error;
    }
    return entry;
  }

  /** Keep the wish to take back the scan with the key `target`. It waits behind that scan. Throws like addScan. */
  addUndo(target) {
    this.device();
    return this.#write(this.#read(), { undo: { key: uuid(), scan: target } });
  }

  /** The entries of the next call: up to `limit` scans in a row, or one undo. */
  head(limit) {
    const waiting = this.waiting();
    if (waiting[0]?.undo) return [waiting[0]];
    const end = waiting.findIndex((entry) => entry.undo);
    return waiting.slice(0, Math.min(limit, end === -1 ? limit : end));
  }

  waiting() {
    return this.#mine().filter((entry) => !entry.trouble);
  }

  attention() {
    return this.#mine().filter((entry) => entry.trouble);
  }

  /** How many unsent entries other people left on this device. */
  ofOthers() {
    return this.#read().filter((entry) => entry.user !== this.user).length;
  }

  remove(entry) {
    this.storage.removeItem(slot(entry));
  }

  setAside(entry, trouble) {
    this.storage.setItem(slot(entry), JSON.stringify({ ...entry, trouble }));
  }

  tryAgain() {
    for (const { trouble, ...entry } of this.attention()) this.storage.setItem(slot(entry), JSON.stringify(entry));
  }

  #mine() {
    return this.#read().filter((entry) => entry.user === this.user);
  }

  #read() {
    const slots = Array.from({ length: this.storage.length }, (_, index) => this.storage.key(index));
    const entries = slots.filter((name) => name?.startsWith(ENTRY)).map((name) => JSON.parse(this.storage.getItem(name)));
    return entries.filter(Boolean).sort((one, other) => one.order - other.order);
  }

  #write(all, content) {
    const entry = { order: (all.at(-1)?.order ?? 0) + 1, user: this.user, screen: this.screen, ...content };
    this.storage.setItem(slot(entry), JSON.stringify(entry));
    return entry;
  }
}

const slot = (entry) => `${ENTRY}${entry.order}.${keyOf(entry)}`;
