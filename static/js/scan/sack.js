// The sack that this screen shows. It comes only from a parent code scanned here; every child scan carries its code.

/**
 * shown: null, or {code, product, limit, count, state, seq}; count is null until the server told it;
 * state: "sent" (not judged yet), "open" or "closed"; seq: the number of the scan that put it here.
 */
export class Sack {
  #changes = 0;

  /** storage: like sessionStorage, so that each tab has its own sack; user: each person too. */
  constructor(storage, user) {
    this.storage = storage;
    this.name = `tt.sack.${user}`;
    this.shown = JSON.parse(storage.getItem(this.name) ?? "null");
    if (this.shown) this.shown.count = null; // another device may have packed meanwhile
  }

  get code() {
    return this.shown?.code ?? null;
  }

  /** A parent code was read: the screen shows it at once. */
  read(code, product, seq) {
    const count = code === this.code ? this.shown.count : null;
    this.#show({ code, product: product.name, limit: product.limit, count, state: "sent", seq });
  }

  /** Which sack is open is in doubt. True if this took one off the screen. */
  forget() {
    const shown = this.shown !== null;
    this.#show(null);
    return shown;
  }

  /** The server judged a scan or an undo; scan is null for an undo. True if this took the shown sack off the screen. */
  judged(scan, result) {
    const opens = scan?.mode === "pack" && result.code === "parent_opened";
    const ownScan = scan !== null && scan.seq === this.shown?.seq;
    if (ownScan && !opens) {
      this.#show(null);
      return true;
    }
    // Also a code that only the server knows as a parent's opens it, unless another sack was scanned since.
    if (opens && scan.seq >= (this.shown?.seq ?? 0)) this.#told(result.parent, result.parent.state, scan.seq);
    else if (this.code && result.parent?.qr_id === this.code) this.#update(result.parent);
    return false;
  }

  /** The server will never take this scan. True if the shown sack hung on it. */
  setAside(scan) {
    if (!scan || scan.seq !== this.shown?.seq) return false;
    this.#show(null);
    return true;
  }

  /**
   * Ask `lookUp(code)` (a promise of {status, body} or null) what is in the sack; an answer overtaken by a verdict is
   * dropped. isWaiting(seq): is the scan with that number still without a verdict?
   */
  async refresh(lookUp, isWaiting) {
    if (!this.shown || isWaiting(this.shown.seq)) return;
    const before = this.#changes;
    const reply = await lookUp(this.code);
    if (before !== this.#changes) return;
    if (reply?.status === 200 && reply.body?.kind === "parent") this.#told(reply.body, reply.body.state, this.shown.seq);
    if (reply?.status === 404) this.#show(null);
  }

  // A newer scan of the same sack may still wait for its verdict: then the count is news, the state is not.
  #update(parent) {
    this.#told(parent, this.shown.state === "sent" ? "sent" : parent.state, this.shown.seq);
  }

  #told({ qr_id: code, product, limit, count }, state, seq) {
    this.#show({ code, product, limit, count, state, seq });
  }

  #show(shown) {
    this.#changes += 1;
    this.shown = shown;
    try {
      this.storage.setItem(this.name, JSON.stringify(shown));
    } catch {
      // Without room the sack is shown all the same; after a reload it has to be scanned again.
    }
  }
}
