// What happens on the packing screen, without the screen: what was read or touched goes in, sounds and answers come out.

import { clean } from "./codes.js";
import { canMove, canUndo } from "./history.js";
import { mostImportant, soundOf } from "./sounds.js";

export class Desk {
  /**
   * products: [{name, prefix, digits, limit}]; queue, sack, history, repeats: as in their files; isLate(): see Sender.
   * play(sound), show(answer): to the operator; changed(): the screen is to be drawn anew and the queue to be sent;
   * lookUp(code): the bag as the server knows it.
   */
  constructor(parts) {
    Object.assign(this, { mode: "pack", ...parts });
    this.commands = {
      "TT-DONE": (read) => this.close(read),
      "TT-UNDO": () => this.undo(),
      "TT-MOVE": () => this.moveLast(),
    };
  }

  /** A code was read or sent by hand. repairs: what had to be mended in it, see layout.js. */
  take(raw, source, repairs = []) {
    const { kind, code, product, lot } = clean(raw, this.products);
    // The same label number with another lot is another packet, which the server must see.
    if (this.isRepeat(code ? `${code} ${lot}` : raw, code ?? raw)) return;
    const isParent = kind === "parent";
    const parent = isParent ? null : this.sack.code;
    const scan = this.keep({ mode: this.mode, raw, parent, source, repairs }, code ?? raw, isParent);
    if (scan && isParent) this.sack.read(code, this.products.find(({ name }) => name === product), scan.seq);
  }

  /** The same code again within a moment is held back, which is said softly. */
  isRepeat(code, text) {
    const held = this.repeats.holds(code, Date.now());
    if (held) this.play("held");
    if (held) this.show({ severity: "held", text });
    return held;
  }

  /** What was read or asked for cannot be done: nothing is kept, and the code says why. */
  refuse(code = "broken", severity = "block") {
    this.repeats.forget();
    this.play("refused");
    this.show({ severity, code });
  }

  /** "Done": close the sack on the screen, by touch or by what was read. */
  close({ raw = "", source = "typed", repairs = [] } = {}) {
    if (!this.sack.code) return this.refuse("need_parent", "attention");
    this.repeats.forget();
    this.keep({ mode: "close", raw, parent: this.sack.code, source, repairs }, this.sack.code, false);
  }

  /** Move the child of a scan that found it in another sack into the sack on the screen. */
  move(key) {
    const row = this.history.rows.find((one) => one.key === key);
    if (!row || !canMove(row) || !this.sack.code) return;
    this.repeats.forget();
    const scan = this.keep({ mode: "move", raw: row.raw, parent: this.sack.code, source: "typed" }, row.text, false);
    if (scan) this.history.change(key, { moved: true });
  }

  /** Move the last packet that was found in another sack, unless a newer one may be found there too. */
  moveLast() {
    if (!this.sack.code) return this.refuse("need_parent", "attention");
    const row = this.history.rows.find((one) => canMove(one) || isOpen(one));
    if (!row) return this.refuse("nothing_to_move");
    if (isOpen(row)) return this.refuse("move_too_soon", "attention");
    this.move(row.key);
  }

  /** Take back the scan with this key, or the last one that can be taken back. */
  undo(key) {
    const row = key ? this.history.rows.find((one) => one.key === key) : this.history.lastUndoable();
    if (!row || !canUndo(row)) return this.refuse("nothing_to_undo");
    this.repeats.forget();
    if (!this.#stored(() => this.queue.addUndo(row.key))) return;
    this.history.change(row.key, { undo: "asked" });
    this.#queued({ severity: "sent", code: "undo", text: row.text });
  }

  /** These entries are on their way to the server. */
  sending(entries) {
    for (const { scan } of entries) if (scan) this.history.change(scan.key, { state: "sent" });
  }

  /** The server's results, in order: [[entry, result], …]. */
  settled(pairs) {
    const mine = pairs.filter(([entry]) => this.queue.isMine(entry));
    if (mine.length === 0) return;
    const lost = mine.map(([entry, result]) => this.#judged(entry, result));
    const results = mine.map(([, result], index) => ({ ...result, sackLost: lost[index] }));
    const worst = mostImportant(results);
    this.play(soundOf(worst));
    this.show(worst);
    if (results.some(isStale)) this.refresh();
    this.changed();
  }

  /** The server will never take this entry; it stays on the device. */
  setAside(entry) {
    if (!this.queue.isMine(entry)) return;
    if (entry.undo) this.history.change(entry.undo.scan, { undo: null });
    else this.history.change(entry.scan.key, { state: "aside" });
    const sackLost = this.sack.setAside(entry.scan);
    this.play("refused");
    this.show({ severity: "block", code: "aside", sackLost });
    this.changed();
  }

  /** The browser was killed and had forgotten scans, perhaps also which sack was opened last: that is not guessed. */
  forgot() {
    if (this.sack.forget()) this.show({ severity: "attention", code: "forgot", sackLost: true });
    this.changed();
  }

  /** Ask the server what is in the sack on the screen. */
  async refresh() {
    await this.sack.refresh(this.lookUp, (seq) => this.queue.waiting().some(({ scan }) => scan?.seq === seq));
    this.changed();
  }

  #judged({ scan, undo }, result) {
    if (undo) this.history.change(undo.scan, { undo: result.code === "undone" ? "done" : null });
    else this.history.judged(scan.key, result);
    return this.sack.judged(scan ?? null, result);
  }

  /** A scan goes into the queue and the list, or null: it could not be stored, which was said. */
  keep({ repairs = [], ...fields }, text, isParent) {
    if (repairs.length > 0) fields.repairs = repairs;
    const entry = this.#stored(() => this.queue.addScan({ ...fields, offline: this.isLate() }));
    if (!entry) return null;
    this.history.add(entry.scan, text, isParent);
    this.#queued({ severity: "sent", code: fields.mode, text });
    return entry.scan;
  }

  // Nothing is acknowledged before it is stored.
  #stored(store) {
    try {
      return store();
    } catch {
      this.refuse("not_kept");
      return null;
    }
  }

  #queued(answer) {
    this.play("queued");
    this.show(answer);
    this.changed();
  }
}

// These answers leave the count on the screen in doubt: it is as of an earlier moment, or of another sack.
const isStale = ({ replayed, code }) => replayed || code === "moved" || code === "undone";
// Its answer is still to come, and may say that it sits in another sack.
const isOpen = (row) => row.mode === "pack" && !row.isParent && !row.undo && (row.state === "queued" || row.state === "sent");
