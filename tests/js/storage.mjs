/** A Storage like the browser's; `room` is how many characters it takes before it is full; `calls` counts its use. */
export class MemoryStorage {
  items = new Map();
  room = Infinity;
  calls = { getItem: 0, setItem: 0 };
  #used = 0;

  get length() {
    return this.items.size;
  }

  key(index) {
    this.names ??= [...this.items.keys()];
    return this.names[index] ?? null;
  }

  getItem(name) {
    this.calls.getItem += 1;
    return this.items.get(name) ?? null;
  }

  setItem(name, value) {
    this.calls.setItem += 1;
    const more = size(name, value) - this.#sizeOf(name);
    if (more > 0 && this.#used + more > this.room) throw new Error("QuotaExceededError");
    this.#used += more;
    this.names = null;
    this.items.set(name, value);
  }

  removeItem(name) {
    this.#used -= this.#sizeOf(name);
    this.names = null;
    this.items.delete(name);
  }

  #sizeOf(name) {
    return this.items.has(name) ? size(name, this.items.get(name)) : 0;
  }
}

const size = (name, value) => name.length + value.length;
