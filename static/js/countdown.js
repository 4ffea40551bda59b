// When to warn of a session's end, and in which words. Knows neither page nor network.

const WARN_SECONDS = 120;
const ASK_AGAIN_SECONDS = 15; // while the warning stands: another tab may have kept the session
const LOST_SECONDS = 60; // no answer came

export class Countdown {
  #endsAt = null;
  #mayStay = true;
  #asked = 0;
  #asking;
  #ticking;

  /** ask() -> {seconds_left, may_stay}, "ended", or null when no answer came; show(state or null, "1:59") */
  constructor({ ask, show, now = Date.now, later = (work, ms) => setTimeout(work, ms), cancel = (timer) => clearTimeout(timer) }) {
    Object.assign(this, { ask, show, now, later, cancel });
  }

  async check() {
    const mine = (this.#asked += 1);
    const answer = await this.ask();
    if (mine === this.#asked) this.hear(answer); // else a younger answer is known already
  }

  hear(answer) {
    this.#asked += 1;
    this.cancel(this.#asking);
    if (answer === "ended") {
      this.#endsAt = null;
      this.#draw();
      return this.show("ended", "");
    }
    if (answer) {
      this.#endsAt = this.now() + answer.seconds_left * 1000;
      this.#mayStay = answer.may_stay;
      this.#draw();
    }
    const left = answer ? answer.seconds_left : Infinity;
    const wait = left > WARN_SECONDS ? Math.min(left - WARN_SECONDS, answer ? left : LOST_SECONDS) : ASK_AGAIN_SECONDS;
    this.#asking = this.later(() => this.check(), Math.min(wait, left + 1) * 1000);
  }

  // Each second anew while the warning stands.
  #draw() {
    this.cancel(this.#ticking);
    const left = this.#endsAt === null ? null : Math.max(0, Math.round((this.#endsAt - this.now()) / 1000));
    if (left === null || left > WARN_SECONDS) return this.show(null, "");
    this.show(this.#mayStay ? "ending" : "last", `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`);
    this.#ticking = this.later(() => this.#draw(), 1000);
  }
}
