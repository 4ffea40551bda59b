// What was scanned and has no answer yet: first in, first out, one key of the storage per entry, safe over a reload.
// An entry is {order, user, name, screen, scan: {key, seq, mode, raw, parent, bill, captured_at, source, offline}}
// or {order, user, name, screen, undo: {key, scan}}; one with `trouble` needs attention and is not sent by itself.
// The storage is read once; after that what other tabs write comes in by `heard`.

import { fromText, isName, nameOf, toText } from "./entries.js";
import { uuid } from "./uuid.js";

const SEQ = "tt.seq";
const DEVICE = "tt.device";
const byOrder = (one, other) => one.order - other.order;

export class Queue {
  #entries = new Map(); // by name, in order
  #adopted = new Set();
  #order = 0;
  #seq = 0;

  /**
   * storage: like localStorage; operator: {id, name} whose scans these are, those of others stay untouched;
   * screen: this tab's own id.
   */
  constructor(storage, operator, screen) {
    Object.assign(this, { storage, operator, screen });
    const names = Array.from({ length: storage.length }, (_, index) => storage.key(index)).filter(isName);
    const entries = names.map((name) => fromText(name, storage.getItem(name))).filter(Boolean);
    for (const entry of entries.sort(byOrder)) this.#keep(entry);
  }

  /** This browser's own UUID, made at the first call. */
  device() {
    const known = this.storage.getItem(DEVICE);
    if (known) return known;
    const made = uuid();
    this.storage.setItem(DEVICE, made);
    return made;
  }

  /** The highest number that a scan of this device is known to have. */
  lastNumber() {
    return Math.max(this.#seq, Number(this.storage.getItem(SEQ)) || 0);
  }

  /** Numbers up to this one were given by another tab. */
  numbered(seq) {
    this.#seq = Math.max(this.#seq, seq);
  }

  /** Keep one scan: {mode, raw, parent, source, offline}. Throws when the browser cannot store it; then nothing is kept. */
  addScan(fields) {
    this.device();
    const seq = this.lastNumber() + 1;
    const entry = this.#write({ scan: { key: uuid(), seq, bill: null, captured_at: new Date().toISOString(), ...fields } });
    try {
      this.storage.setItem(SEQ, String(seq));
    } catch (error) {
      this.remove(entry); // else the next scan would get the same number
      this.#seq = seq - 1;
      throw error;
    }
    return entry;
  }

  /** Keep the wish to take back the scan with the key `target`. It waits behind that scan. Throws like addScan. */
  addUndo(target) {
    this.device();
    return this.#write({ undo: { key: uuid(), scan: target } });
  }

  /**
   * lost: [name, text] pairs that the spare copy has and the storage lost; alive: ids of screens that look after their own.
   * -> true if a browser that was killed had forgotten something
   */
  restore(lost, alive) {
    const isOurs = (entry) => entry && (entry.screen === this.screen || !alive.has(entry.screen));
    const entries = lost.filter(([name]) => isName(name)).map(([name, text]) => fromText(name, text)).filter(isOurs);
    const { [SEQ]: seq = 0, [DEVICE]: device } = Object.fromEntries(lost);
    const isBehind = Number(seq) > this.lastNumber() && [...alive].every((screen) => screen === this.screen);
    this.numbered(Number(seq));
    if (device && !this.storage.getItem(DEVICE)) this.storage.setItem(DEVICE, device);
    for (const entry of entries) this.#put(entry);
    this.#entries = new Map([...this.#entries].sort(([, one], [, other]) => byOrder(one, other)));
    return isBehind || entries.length > 0;
  }

  /** What screens left behind that are not alive (their ids) is this screen's to send. */
  adopt(alive) {
    for (const { screen } of this.waiting()) if (!alive.has(screen)) this.#adopted.add(screen);
  }

  /** Is this screen the one to send the entry and to tell of its answer? */
  isMine(entry) {
    return entry.screen === this.screen || this.#adopted.has(entry.screen);
  }

  /** The entries of this screen's next call: up to `limit` scans in a row, or one undo. */
  head(limit) {
    const head = [];
    for (const entry of this.#entries.values()) {
      if (entry.user !== this.operator.id || entry.trouble || !this.isMine(entry)) continue;
      if (head.length === limit || (entry.undo && head.length > 0)) break;
      head.push(entry);
      if (entry.undo) break;
    }
    return head;
  }

  /** The operator's entries that are to be sent, also by other tabs. */
  waiting() {
    return this.everyones().filter((entry) => entry.user === this.operator.id && !entry.trouble);
  }

  attention() {
    return this.everyones().filter((entry) => entry.user === this.operator.id && entry.trouble);
  }

  /** Every entry on this device, whoever's. */
  everyones() {
    return [...this.#entries.values()];
  }

  remove(entry) {
    this.storage.removeItem(nameOf(entry));
    this.#entries.delete(nameOf(entry));
  }

  setAside(entry, trouble) {
    this.#put({ ...entry, trouble });
  }

  tryAgain() {
    for (const { trouble, ...entry } of this.attention()) this.#put(entry);
  }

  /** Another tab wrote this into the storage; text is null if it took it out. */
  heard(name, text) {
    if (!isName(name)) return;
    const entry = text === null ? null : fromText(name, text);
    if (entry) this.#keep(entry);
    else this.#entries.delete(name);
  }

  #write(content) {
    const { id: user, name } = this.operator;
    return this.#put({ order: this.#order + 1, user, name, screen: this.screen, ...content });
  }

  #put(entry) {
    this.storage.setItem(nameOf(entry), toText(entry));
    this.#keep(entry);
    return entry;
  }

  #keep(entry) {
    this.#entries.set(nameOf(entry), entry);
    this.#order = Math.max(this.#order, entry.order);
    this.numbered(entry.scan?.seq ?? 0);
  }
}
