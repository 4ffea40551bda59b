// A trigger that was pulled twice: the same code again, with nothing in between, within a moment.

export const WINDOW_MS = 1500;

export class Repeats {
  #code = null;
  #at = -Infinity;

  /** True if this code must be held back. Time counts from the scan that was taken, so a held trigger still counts once more. */
  holds(code, at) {
    const held = code === this.#code && at - this.#at < WINDOW_MS;
    if (!held) [this.#code, this.#at] = [code, at];
    return held;
  }

  /** Something else happened: the same code now means a new wish. */
  forget() {
    this.#code = null;
  }
}
