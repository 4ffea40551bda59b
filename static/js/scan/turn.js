// Whose turn it is to number the device's scans. A tab sees late what another one wrote into the storage, so two tabs
// could give the same number: only the tab that holds the turn numbers scans, and it hands on the last number with it.

const LOCK = "tt.turn";
const ASKED = "asked";
const LONGEST_MS = 500; // then the scan is taken all the same: a number given twice is better than a scan lost

export class Turn {
  #held = false;
  #told = false; // the last number of the tab that had the turn before
  #wanted = false; // by another tab
  #waiting = [];
  #release;

  /** locks: like navigator.locks; channel: like a BroadcastChannel; numbers: {lastNumber(), numbered(seq)}. */
  constructor({ locks, channel, numbers }) {
    Object.assign(this, { locks, channel, numbers });
    channel.addEventListener("message", ({ data }) => this.#hear(data));
    this.#queueUp();
  }

  /** Do the work at once if this tab has the turn, else as soon as it has; in the order asked. */
  run(work) {
    if (this.#held && this.#waiting.length === 0) return work();
    this.#waiting.push(work);
    if (this.#waiting.length > 1) return;
    this.#told = false;
    this.channel.postMessage(ASKED);
    setTimeout(() => this.#work(), LONGEST_MS);
  }

  // Also without a wish, so that the turn of a tab that closes goes to one that lives.
  #queueUp() {
    this.locks.request(LOCK, () => {
      const held = new Promise((resolve) => (this.#release = resolve));
      this.#held = true;
      if (this.#waiting.length === 0 && this.#wanted) this.#handOn();
      else if (this.#told) this.#work();
      return held;
    });
  }

  #hear(data) {
    if (data === ASKED) {
      this.#wanted = true;
      if (this.#held && this.#waiting.length === 0) this.#handOn();
      return;
    }
    this.numbers.numbered(data);
    this.#told = true;
    if (this.#held) this.#work();
  }

  #handOn() {
    [this.#held, this.#wanted] = [false, false];
    this.channel.postMessage(this.numbers.lastNumber());
    this.#release();
    this.#queueUp();
  }

  #work() {
    for (const work of this.#waiting.splice(0)) work();
    if (this.#held && this.#wanted) this.#handOn();
  }
}
