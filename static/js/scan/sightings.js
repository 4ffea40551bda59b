// A camera sees one code many times a second. It counts once, until it has left the view for a moment.

const GONE_MS = 1000;

export class Sightings {
  #seenAt = new Map();

  /** texts: the codes in one picture; at: ms. -> "read" with the text, "still" (in view since it was read), "many" or "none" */
  see(texts, at) {
    const inView = new Set(texts);
    for (const [text, seenAt] of this.#seenAt) if (at - seenAt > GONE_MS) this.#seenAt.delete(text);
    const isNew = inView.size === 1 && !this.#seenAt.has(texts[0]);
    // Which of several was meant is not guessed: each counts when it is shown alone, anew.
    for (const text of inView) if (isNew || this.#seenAt.has(text)) this.#seenAt.set(text, at);
    if (inView.size > 1) return { state: "many" };
    if (isNew) return { state: "read", text: texts[0] };
    return { state: inView.size === 1 ? "still" : "none" };
  }
}
