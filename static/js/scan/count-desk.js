// What happens on the counting screen, without the screen. The queue, the sounds and the answers are the packing desk's.

import { change } from "./api.js";
import { Desk } from "./desk.js";

export class CountDesk extends Desk {
  #isAsked = false;

  /** As the packing desk's; sack: a Counted; call: like change() of api.js; finished(number): the board can be shown. */
  constructor({ call = change, ...parts }) {
    super({ ...parts, mode: "count" });
    this.call = call;
    this.commands = { "TT-DONE": () => this.finish(), "TT-UNDO": () => this.undo() };
  }

  /** "Done": everything in the sack is counted. Scans that were not sent yet would come too late. */
  async finish() {
    if (!this.sack.code) return this.refuse("need_parent", "attention");
    if (this.#isAsked) return;
    const isWaiting = this.queue.waiting().some(({ scan, undo }) => undo || scan.mode === this.mode);
    if (isWaiting || !this.sack.shown.number) return this.refuse("not_all_sent", "attention");
    const { number } = this.sack.shown;
    this.#isAsked = true;
    const reply = await this.call(`/api/v1/recounts/${number}/finish`, {});
    this.#isAsked = false;
    this.heard(reply);
    if (reply?.status !== 200) return this.#notFinished(reply?.body?.error);
    this.sack.forget();
    this.play("full");
    this.show({ severity: "success", code: "finished" });
    this.changed();
    this.finished(number);
  }

  #notFinished({ message } = {}) {
    this.play("refused");
    this.show({ severity: "block", code: "not_finished", ...(message && { message }) });
  }
}
