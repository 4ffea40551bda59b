// A scanner is a very fast typist. This tells its codes from a person's typing by time alone; it knows no page.

const SILENCE_MS = 120; // a code without Enter or Tab ends after this silence
const STALL_MS = 300; // a scanner that ends its codes with a key is given this long: radio and busy computers stall
const STRAY_MS = 1000; // keys left over this soon before a code may be its beginning
const FAST_MS = 35; // from key to key; no hand keeps that up over a whole code
const SHORTEST = 4;

/**
 * scan(text): a code that was read. typed(text): keys at a person's speed, or too few to be a code.
 * broken(text): a code of which a part may be missing; it must not be taken for another code.
 */
export class Wedge {
  #keys = "";
  #gaps = [];
  #first = 0;
  #last = 0;
  #leftAt = -Infinity; // when the last keys came that were no code and ended with nothing
  #hasSuffix = false; // as the last code showed

  constructor({ scan, typed, broken }) {
    Object.assign(this, { scan, typed, broken });
  }

  /** So many ms without a key end what is held. */
  get patience() {
    return this.#hasSuffix ? STALL_MS : SILENCE_MS;
  }

  /** Are keys held that belong together with one pressed at `at` (ms)? */
  holds(at) {
    return this.#keys !== "" && at - this.#last <= this.patience;
  }

  // The time of the key itself counts, not the time at which a busy page came round to it: so no two codes are glued.
  key(character, at) {
    if (!this.holds(at)) {
      this.settle();
      this.#first = at;
    } else this.#gaps.push(at - this.#last);
    this.#keys += character;
    this.#last = at;
  }

  /** The suffix key (Enter, Tab) came. True if it ended a code. */
  end(at) {
    const held = this.holds(at);
    const was = this.#hasSuffix;
    if (held) this.#hasSuffix = false; // it is here: nothing is missing at the end
    const code = this.settle();
    this.#hasSuffix = held && code ? true : held ? was : this.#hasSuffix;
    this.#leftAt = -Infinity;
    return held && code;
  }

  /** Nothing more comes: hand over what is held. True if it was a code. */
  settle() {
    const [text, gaps] = [this.#keys, this.#gaps];
    if (text === "") return false;
    [this.#keys, this.#gaps] = ["", []];
    if (text.length < SHORTEST || median(gaps) > FAST_MS) {
      this.#leftAt = this.#last;
      this.typed(text);
      return false;
    }
    const isWhole = !this.#hasSuffix && this.#first - this.#leftAt > STRAY_MS;
    this.#hasSuffix = false;
    if (isWhole) this.scan(text);
    else this.broken(text);
    return true;
  }
}

const median = (numbers) => [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)];
