// A scanner is a very fast typist. This tells its codes from a person's typing by time alone; it knows no page.

export const SILENCE_MS = 120; // keys further apart than this do not belong together
const LEFT_MS = 1000; // keys left over this soon before a code may be its beginning
const FAST_MS = 35; // from key to key; no hand keeps that up over a whole code
const SHORTEST = 4;

/**
 * scan(text): a code that was read. typed(text): keys at a person's speed, or too few to be a code.
 * broken(text): a part may be missing, because radio or a busy computer stalled; it must not pass for another code.
 */
export class Wedge {
  #keys = "";
  #first = 0;
  #last = 0;
  #leftAt = -Infinity; // when the last keys came that were no code, with no suffix key behind them
  #brokenAt = -Infinity;
  #hasSuffix = false; // does the scanner end its codes with a key? The last code tells

  constructor({ scan, typed, broken }) {
    Object.assign(this, { scan, typed, broken });
  }

  /** Are keys held that belong together with one pressed at `at` (ms)? */
  holds(at) {
    return this.#keys !== "" && at - this.#last <= SILENCE_MS;
  }

  // The time of the key itself counts, not the time at which a busy page came round to it: so no two codes are glued.
  key(character, at) {
    if (!this.holds(at)) {
      this.settle();
      this.#first = at;
    }
    this.#keys += character;
    this.#last = at;
  }

  /** The suffix key (Enter, Tab) came. True if it ended a code, whole or broken. */
  end(at) {
    if (this.holds(at)) return this.#finish(true);
    this.settle();
    this.#leftAt = -Infinity;
    return false;
  }

  /** Nothing more comes: hand over what is held. True if it was a code, whole or broken. */
  settle() {
    return this.#finish(false);
  }

  #finish(bySuffix) {
    const text = this.#keys;
    if (text === "") return false;
    this.#keys = "";
    const since = (at) => this.#first - at <= LEFT_MS;
    const isFast = text.length >= SHORTEST && this.#last - this.#first <= FAST_MS * (text.length - 1);
    if (!isFast && !(bySuffix && since(this.#brokenAt))) {
      this.#leftAt = bySuffix ? -Infinity : this.#last;
      this.typed(text);
      return false;
    }
    const isWhole = isFast && (bySuffix || !this.#hasSuffix) && !since(this.#leftAt) && !since(this.#brokenAt);
    this.#hasSuffix = bySuffix;
    if (isWhole) this.scan(text);
    else this.#break(text, bySuffix);
    return true;
  }

  // With its suffix key the broken code is over, and the next one stands for itself.
  #break(text, isOver) {
    this.#leftAt = -Infinity;
    this.#brokenAt = isOver ? -Infinity : this.#last;
    this.broken(text);
  }
}
