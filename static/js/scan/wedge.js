// A scanner is a very fast typist. This tells its codes from a person's typing by time alone; it knows no page.

export const SILENCE_MS = 120; // a code without Enter or Tab ends after this silence
const FAST_MS = 35; // mean time from key to key that no hand keeps up over a whole code
const SHORTEST = 4;

/** scan(text): a code that was read fast. typed(text): keys that came at a person's speed, or too few to be a code. */
export class Wedge {
  #keys = "";
  #first = 0;
  #last = 0;

  constructor({ scan, typed }) {
    this.scan = scan;
    this.typed = typed;
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

  /** The suffix key (Enter, Tab) came. True if it ended a fast code. */
  end(at) {
    if (!this.holds(at)) {
      this.settle();
      return false;
    }
    return this.settle();
  }

  /** Nothing more comes: hand over what is held. True if it was a fast code. */
  settle() {
    const text = this.#keys;
    if (text === "") return false;
    this.#keys = "";
    const fast = text.length >= SHORTEST && this.#last - this.#first <= FAST_MS * (text.length - 1);
    if (fast) this.scan(text);
    else this.typed(text);
    return fast;
  }
}
