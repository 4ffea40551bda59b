// Sends the queue in order, one call under way at a time, and tries again for as long as it takes.

import { judge } from "./answers.js";
import { keyOf } from "./entries.js";

const BATCH = 50;
const LONGEST_WAIT = 60;
const PATIENCE_MS = 2500; // then the operator is told, whatever the call comes to
const LOST = new Set(["slow", "unreachable", "unavailable", "signed_out", "other_user", "forbidden"]);

export class Sender {
  #running = false;
  #wanted = false;
  #alone = 0; // so many scans still go one by one, to find the one that the server will not take
  #failures = 0;
  #notBefore = 0;
  #timer;

  /**
   * call(entries) -> a reply as answers.js takes it, never throws. lock(work) runs work while no other tab sends.
   * tell: {sending(entries), settled(pairs of [entry, result]), setAside(entry), state(why or null)}
   */
  constructor({ queue, call, tell, lock = (work) => work(), random = Math.random }) {
    Object.assign(this, { queue, call, tell, lock, random, why: null });
  }

  /** Is a scan that is read now judged too late for the operator to act on the answer? */
  get isLate() {
    return LOST.has(this.why);
  }

  /** Something may be waiting. Harmless at any time. */
  async kick() {
    this.#wanted = true;
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#wanted && Date.now() >= this.#notBefore) {
        this.#wanted = false;
        if (this.queue.waiting().length > 0) await this.lock(() => this.#drain());
      }
    } finally {
      this.#running = false;
    }
  }

  /** The network or the person is back: do not sit out the wait, unless the server asked for it. */
  wake() {
    if (this.why !== "busy") this.#notBefore = 0;
    return this.kick();
  }

  async #drain() {
    for (;;) {
      const entries = this.queue.head(this.#alone > 0 ? 1 : BATCH);
      if (entries.length === 0) return;
      this.tell.sending(entries);
      const late = setTimeout(() => this.#slow(), PATIENCE_MS);
      const reply = await this.call(entries);
      clearTimeout(late);
      if (!this.#apply(entries, judge(reply, entries.length))) return;
    }
  }

  // True if the next call may go out at once.
  #apply(entries, verdict) {
    if (verdict.fate === "alone") {
      this.#alone = entries.length;
      return true;
    }
    if (verdict.fate === "attention") return this.#aside(entries[0], "refused");
    if (verdict.fate === "later") return this.#later(verdict);
    const byKey = new Map(verdict.results.map((result) => [result?.key, result]));
    const pairs = entries.map((entry) => [entry, byKey.get(keyOf(entry))]).filter(([, result]) => result);
    if (pairs.length === 0) return this.#later({ why: "unavailable", wait: null });
    const [reused, done] = [pairs.filter(isReused), pairs.filter((pair) => !isReused(pair))];
    for (const [entry] of done) this.queue.remove(entry);
    for (const [entry] of reused) this.#aside(entry, "key_reused");
    this.#alone = Math.max(0, this.#alone - pairs.length);
    this.#well();
    this.tell.settled(done);
    return true;
  }

  #aside(entry, trouble) {
    try {
      this.queue.setAside(entry, trouble);
    } catch {
      return this.#later({ why: "unavailable", wait: null }); // the storage is full: it stays in the queue
    }
    this.#alone = Math.max(0, this.#alone - 1);
    this.#well();
    this.tell.setAside(entry);
    return true;
  }

  #slow() {
    this.why ??= "slow";
    this.tell.state(this.why);
  }

  #well() {
    this.#failures = 0;
    this.why = null;
    this.tell.state(null);
  }

  #later({ why, wait }) {
    this.#failures += 1;
    const longest = Math.min(LONGEST_WAIT, 2 ** (this.#failures - 1));
    const seconds = Math.max(wait ?? 0, longest * (0.5 + this.random() / 2));
    this.#notBefore = Date.now() + seconds * 1000;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.kick(), seconds * 1000 + 1);
    this.why = why;
    this.tell.state(why);
    return false;
  }
}

const isReused = ([, result]) => result.code === "key_reused";
