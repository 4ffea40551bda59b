// The sack that is counted on this screen, and how many packets were counted. Stands where the packing screen's desk has
// its sack. What is recorded of the sack is not known here: the server does not tell it before the end.

/**
 * shown: null, or {code, count, number, state, seq}; count and number (the recount's) are null until the server told
 * them; state: "sent" (not judged yet) or "open"; seq: the number of the scan that put it here.
 */
export class Counted {
  /** storage: like sessionStorage, so that each tab has its own; user: each person too. */
  constructor(storage, user) {
    this.storage = storage;
    this.name = `tt.sack.count.${user}`;
    this.shown = JSON.parse(storage.getItem(this.name) ?? "null");
  }

  get code() {
    return this.shown?.code ?? null;
  }

  /** A sack's code was read: the screen shows it at once. */
  read(code, _product, seq) {
    const { count = null, number = null } = code === this.code ? this.shown : {};
    this.#show({ code, count, number, state: "sent", seq });
  }

  /** Which sack is counted is in doubt. True if this took one off the screen. */
  forget() {
    const shown = this.shown !== null;
    this.#show(null);
    return shown;
  }

  /** The server judged a scan or an undo; scan is null for an undo. True if this took the shown sack off the screen. */
  judged(scan, { code, bag, bill }) {
    const opens = scan?.mode === "count" && code === "recount_opened";
    const isOwn = scan !== null && scan.seq === this.shown?.seq;
    const isOver = code === "not_counting" && scan?.parent === this.code;
    if (this.shown && ((isOwn && !opens) || isOver)) return this.forget();
    // Also a code that only the server knows as a sack's, unless another sack was scanned since.
    if (opens && scan.seq >= (this.shown?.seq ?? 0)) {
      this.#show({ code: bag.qr_id, count: bill.parents, number: bill.number, state: "open", seq: scan.seq });
    } else if (bill && bill.number === this.shown?.number) {
      this.#show({ ...this.shown, count: bill.parents });
    }
    return false;
  }

  /** The server will never take this scan. True if the shown sack hung on it. */
  setAside(scan) {
    return scan && scan.seq === this.shown?.seq ? this.forget() : false;
  }

  /** Nothing to ask: each answer tells the count. */
  refresh() {}

  #show(shown) {
    this.shown = shown;
    try {
      this.storage.setItem(this.name, JSON.stringify(shown));
    } catch {
      // Without room the sack is shown all the same; after a reload it has to be scanned again.
    }
  }
}
