/** A Storage like the browser's; `room` is how many characters it takes before it is full. */
export class MemoryStorage {
  items = new Map();
  room = Infinity;

  get length() {
    return this.items.size;
  }

  key(index) {
    return [...this.items.keys()][index] ?? null;
  }

  getItem(name) {
    return this.items.get(name) ?? null;
  }

  setItem(name, value) {
    const used = [...this.items].reduce((sum, [key, text]) => sum + (key === name ? 0 : key.length + text.length), 0);
    if (used + name.length + value.length > this.room) throw new Error("QuotaExceededError");
    this.items.set(name, value);
  }

  removeItem(name) {
    this.items.delete(name);
  }
}
