// Two codes whose suffix key was lost between them look like one longer code. Such a one must be read twice to count.

import { clean } from "./codes.js";

const NAME = "tt.lengths";
const MOST = 40;
const SHORTEST = 4;

export class Glued {
  #asked = null;

  /** storage: like localStorage, for how long this device's texts usually are; products: as for clean(). */
  constructor(storage, products) {
    Object.assign(this, { storage, products });
    this.lengths = new Set(JSON.parse(storage.getItem(NAME) ?? "[]"));
  }

  /** True if this may be two codes: it is to be read again. The same text read again then counts. */
  suspects(raw) {
    const text = raw.trim();
    const { kind, code, lot } = clean(text, this.products);
    const isAgain = text === this.#asked;
    this.#asked = null;
    if (kind !== "child") return false;
    if (!isAgain && (this.#endsWithParent(lot ?? code) || this.#isNewSum(text, code))) {
      this.#asked = text;
      return true;
    }
    this.#learn(text.length);
    return false;
  }

  #endsWithParent(text) {
    return this.products.some(({ prefix, digits }) => {
      const tail = text.slice(-(prefix.length + digits));
      return text.length > tail.length && clean(tail, this.products).kind === "parent";
    });
  }

  // A length that was never read before, and that two codes of known lengths, or two codes of one roll, would have.
  #isNewSum(text, code) {
    if (this.lengths.has(text.length)) return false;
    return [...this.lengths].some((length) => this.lengths.has(text.length - length)) || isOfOneRoll(code);
  }

  #learn(length) {
    if (this.lengths.has(length)) return;
    this.lengths = new Set([...this.lengths, length].slice(-MOST));
    try {
      this.storage.setItem(NAME, JSON.stringify([...this.lengths]));
    } catch {
      // It is learned anew after a reload.
    }
  }
}

// "12000001200001": both halves begin alike, as the running numbers of one roll of labels do.
function isOfOneRoll(code) {
  const half = code.length / 2;
  if (half < SHORTEST || !Number.isInteger(half)) return false;
  return code.slice(0, Math.ceil(half / 2)) === code.slice(half, half + Math.ceil(half / 2));
}
