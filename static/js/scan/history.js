// The last scans of this screen, newest first, with what became of each.

const SHOWN = 10;
const UNDOABLE = new Set(["linked", "linked_last", "moved", "closed", "billed", "unbilled", "returned", "unreturned", "counted"]);
const ONCE_JUDGED = new Set(["unbill", "unreturn"]); // what would put the sack on again needs to know that it is off

/**
 * A row: {key, seq, mode, raw, text, isParent, at, state, code, severity, message, undo, moved}.
 * state: "queued" → "sent" → "judged", or "aside"; undo: null, "asked" or "done"; moved: a move was asked for.
 */
export class History {
  /** storage: like sessionStorage; user: each person has a list of their own. */
  constructor(storage, user) {
    this.storage = storage;
    this.name = `tt.rows.${user}`;
    this.rows = JSON.parse(storage.getItem(this.name) ?? "[]");
  }

  add(scan, text, isParent) {
    const { key, seq, mode, raw, captured_at: at } = scan;
    const row = { key, seq, mode, raw, text, isParent, at, state: "queued", code: null, severity: null, message: "", undo: null, moved: false };
    this.rows = [row, ...this.rows].slice(0, SHOWN);
    this.#save();
  }

  change(key, changes) {
    this.rows = this.rows.map((row) => (row.key === key ? { ...row, ...changes } : row));
    this.#save();
  }

  judged(key, { code, severity, message }) {
    this.change(key, { state: "judged", code, severity, message });
  }

  /** The newest scan that Undo could take back: accepted, or not judged yet. */
  lastUndoable() {
    return this.rows.find(canUndo);
  }

  #save() {
    try {
      this.storage.setItem(this.name, JSON.stringify(this.rows));
    } catch {
      // The list is a convenience; the queue is what must not be lost.
    }
  }
}

export function canUndo(row) {
  if (row.undo !== null || row.state === "aside") return false;
  return row.state === "judged" ? UNDOABLE.has(row.code) : !row.isParent && !ONCE_JUDGED.has(row.mode);
}

export const canMove = (row) => row.code === "in_other_parent" && !row.moved;
