// A scanner is a very fast typist. This tells its codes from a person's typing by time alone; it knows no page.

export const SILENCE_MS = 120; // keys further apart than this do not belong together
const LEFT_MS = 1000; // keys left over this soon before a code may be its beginning
export const FAST_MS = 35; // from key to key; no hand keeps that up over a whole code
export const SLOW_MS = 60; // the same for a device whose scanner check has shown it to be slow
const SHORTEST = 4;

/**
 * What is told are lists of keys, each as it was handed in, in order.
 * scan(keys, suffix): a code that was read, and the key that ended it or null. typed(keys): keys at a person's speed, or
 * too few to be a code. broken(keys): a part may be missing, because radio or a busy computer stalled; it must not pass
 * for another code.
 */
export class Wedge {
  #keys = [];
  #first = 0;
  #last = 0;
  #leftAt = -Infinity; // when the last keys came that were no code, with no suffix key behind them
  #brokenAt = -Infinity;
  #hasSuffix; // does the scanner end its codes with a key?
  #unended = ""; // a code that came without the suffix key that was expected

  /** What is known of the scanner: hasSuffix; fast: ms from key to key that it is not slower than. */
  constructor({ scan, typed, broken }, { hasSuffix = false, fast = FAST_MS } = {}) {
    Object.assign(this, { scan, typed, broken, fast });
    this.#hasSuffix = hasSuffix;
  }

  /** Are keys held that belong together with one pressed at `at` (ms)? */
  holds(at) {
    return this.#keys.length > 0 && at - this.#last <= SILENCE_MS;
  }

  // The time of the key itself counts, not the time at which a busy page came round to it: so no two codes are glued.
  key(key, at) {
    if (!this.holds(at)) {
      this.settle();
      this.#first = at;
    }
    this.#keys.push(key);
    this.#last = at;
  }

  /** The suffix key (Enter, Tab) came. True if it ended a code, whole or broken. */
  end(at, suffix) {
    if (this.holds(at)) return this.#finish(suffix);
    this.settle();
    this.#leftAt = -Infinity;
    return false;
  }

  /** Nothing more comes: hand over what is held. True if it was a code, whole or broken. */
  settle() {
    return this.#finish(null);
  }

  #finish(suffix) {
    const keys = this.#keys;
    if (keys.length === 0) return false;
    this.#keys = [];
    const bySuffix = suffix !== null;
    const since = (at) => this.#first - at <= LEFT_MS;
    const isFast = keys.length >= SHORTEST && this.#last - this.#first <= this.fast * (keys.length - 1);
    if (!isFast && !(bySuffix && since(this.#brokenAt))) {
      this.#leftAt = bySuffix ? -Infinity : this.#last;
      this.typed(keys);
      return false;
    }
    const isAtOnce = this.#first === this.#last; // written by an input method in one piece, so no end of it is missing
    this.#learn(keys, bySuffix, isAtOnce);
    const hasEnd = bySuffix || isAtOnce || !this.#hasSuffix;
    const isWhole = isFast && hasEnd && !since(this.#leftAt) && !since(this.#brokenAt);
    if (isWhole) this.scan(keys, suffix);
    else this.#break(keys, bySuffix);
    return true;
  }

  // One suffix key shows that the scanner has one. That it has none shows only a code that comes twice alike: what is
  // left of codes that stall is another part each time, and would pass for a shorter code.
  #learn(keys, bySuffix, isAtOnce) {
    const text = keys.map((key) => key.key ?? key).join("");
    if (bySuffix) this.#hasSuffix = true;
    else if (this.#hasSuffix && !isAtOnce && text === this.#unended) this.#hasSuffix = false;
    this.#unended = bySuffix ? "" : text;
  }

  // With its suffix key the broken code is over, and the next one stands for itself.
  #break(keys, isOver) {
    this.#leftAt = -Infinity;
    this.#brokenAt = isOver ? -Infinity : this.#last;
    this.broken(keys);
  }
}
