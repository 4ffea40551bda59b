// What happens on the billing screen, without the screen. The queue, the sounds and the answers are the packing desk's.

import { change } from "./api.js";
import { clean } from "./codes.js";
import { Desk } from "./desk.js";

const AGAIN = new Set(["unbilled", "unreturned"]);

export class BillDesk extends Desk {
  /** As the packing desk's; kind: {put, off, finish}, sack: a Bill; call: like change() of api.js. */
  constructor({ call = change, ...parts }) {
    super(parts);
    this.call = call;
    this.finishing = null; // or "asked": a reason is awaited, "sent": the server is asked
    this.commands = { "TT-DONE": () => this.finish(), "TT-UNDO": () => this.undo() };
  }

  take(raw, source, repairs = []) {
    const { code } = clean(raw, this.products);
    if (this.isRepeat(code ?? raw, code ?? raw)) return;
    this.finishing = null;
    this.keep({ mode: this.kind.put, raw, parent: null, bill: this.sack.number, source, repairs }, code ?? raw, false);
  }

  /** Take a sack off. */
  takeOff(code) {
    this.repeats.forget();
    this.keep({ mode: this.kind.off, raw: code, parent: null, bill: this.sack.number, source: "typed" }, code, false);
  }

  /** What was taken off is put on again; all else is taken back. */
  undo(key) {
    const row = key ? this.history.rows.find((one) => one.key === key) : this.history.lastUndoable();
    if (!AGAIN.has(row?.code)) return super.undo(key);
    this.repeats.forget();
    const fields = { mode: this.kind.put, raw: row.raw, parent: null, bill: this.sack.number, source: "typed" };
    if (this.keep(fields, row.text, false)) this.history.change(row.key, { undo: "asked" });
  }

  settled(pairs) {
    super.settled(pairs);
    if (this.sack.isInDoubt) this.refresh();
  }

  /** "Done": complete the bill, or commit the return. Below target a reason is asked for first. */
  async finish(reason = "") {
    if (this.finishing === "sent") return;
    if (this.queue.waiting().some(({ scan, undo }) => undo || this.sack.isNamed(scan.bill))) return this.refuse("not_all_sent", "attention");
    if (this.sack.isShort && !reason) return this.#ask();
    this.#is("sent");
    const reply = await this.call(`${this.sack.path}/${this.kind.finish}`, this.kind.finish === "complete" ? { reason } : {});
    this.#is(null);
    this.heard(reply);
    if (reply?.status === 200) return this.#finished(reply.body);
    const { code, message } = reply?.body?.error ?? {};
    if (code === "reason_needed") return this.#ask(); // others took sacks off, or the target was raised
    this.play("refused");
    this.show({ severity: "block", code: "not_finished", ...(message && { message }) });
    this.refresh();
  }

  #finished(body) {
    this.sack.told(body);
    this.play("full");
    this.show({ severity: "success", code: "finished" });
    this.changed();
  }

  #ask() {
    this.#is("asked");
    this.play("already");
    this.show({ severity: "attention", code: "why_short", text: this.sack.facts.parents, n: this.sack.facts.target });
  }

  #is(finishing) {
    this.finishing = finishing;
    this.changed();
  }
}
