// When the server last answered this device.

const NAME = "tt.contact";

export class Contact {
  constructor(storage) {
    this.storage = storage;
    this.at = Number(storage.getItem(NAME)) || null;
  }

  now() {
    this.at = Date.now();
    try {
      this.storage.setItem(NAME, String(this.at));
    } catch {
      // It is known until the page is closed.
    }
  }

  /** -> {unit: "now" | "seconds" | "minutes" | "hours", n}, or null if there was none. */
  age() {
    if (!this.at) return null;
    const seconds = Math.max(0, Math.round((Date.now() - this.at) / 1000));
    if (seconds < 5) return { unit: "now", n: seconds };
    if (seconds < 60) return { unit: "seconds", n: seconds };
    if (seconds < 3600) return { unit: "minutes", n: Math.floor(seconds / 60) };
    return { unit: "hours", n: Math.floor(seconds / 3600) };
  }
}
