// The bill or return that this screen shows, as the server tells it: its facts with every scan's answer, its lines too
// when it is asked. Stands where the packing screen's desk has its sack.

import { look } from "./api.js";

const PUT = new Set(["billed", "returned"]);
const OFF = new Set(["unbilled", "unreturned", "undone"]);

export class Bill {
  #changes = 0;
  #isOld = false;
  code = null; // no sack is open here

  /**
   * facts: null until the server told them, then as its JSON interface does; lines: newest first.
   * number: as in this page's address; kind: {api}; ask: like look() of api.js.
   */
  constructor(number, kind, ask = look) {
    Object.assign(this, { number, ask, path: kind.api + number.split("/").map(encodeURIComponent).join("/"), facts: null, lines: [] });
  }

  /** Is that the number of this bill? Letter case and outer blanks make no other one. */
  isNamed(number) {
    return number?.trim().toUpperCase() === this.number.trim().toUpperCase();
  }

  /** Less is on it than expected. */
  get isShort() {
    return Boolean(this.facts?.target) && this.facts.parents < this.facts.target;
  }

  get isLive() {
    return !["completed", "committed", "cancelled"].includes(this.facts?.state);
  }

  /**
   * The lines are not those that the server counts: others work on this bill too, or an answer came late. Or it is a
   * return, whose weights are those of the day when its sacks left.
   */
  get isInDoubt() {
    return this.facts !== null && (this.#isOld || this.lines.length !== this.facts.parents);
  }

  judged(_scan, { bill, parent, code }) {
    if (!this.isNamed(bill?.number)) return false;
    this.#changes += 1;
    this.facts = { ...this.facts, ...bill };
    if (parent && (PUT.has(code) || OFF.has(code))) this.#change(parent, PUT.has(code));
    return false;
  }

  setAside() {
    return false;
  }

  forget() {
    return false;
  }

  /** Ask the server for all of it; an answer overtaken by a verdict is dropped. */
  async refresh() {
    const before = this.#changes;
    const reply = await this.ask(this.path);
    if (before === this.#changes && reply?.status === 200 && reply.body) this.told(reply.body);
  }

  /** The server told all of it. */
  told({ lines, ...facts }) {
    this.#changes += 1;
    this.#isOld = false;
    this.facts = facts;
    this.lines = [...lines].reverse().map((line) => ({ ...line, short: line.short ?? false }));
  }

  // Grams, as whole numbers: the sums stay exact.
  #change({ qr_id, product, count, limit, weight_kg }, isPut) {
    const had = this.lines.some((line) => line.qr_id === qr_id);
    this.lines = this.lines.filter((line) => line.qr_id !== qr_id);
    if (isPut) this.lines = [{ qr_id, product, children: count, weight_kg, short: count < limit }, ...this.lines];
    this.#isOld = !this.facts.actual_kg;
    if (isPut === had || this.#isOld) return;
    const sign = isPut ? 1 : -1;
    const actual = grams(this.facts.actual_kg) + sign * grams(weight_kg);
    const expected = grams(this.facts.expected_kg) + sign * Math.round((grams(weight_kg) / count) * limit);
    const kg = { actual_kg: actual, expected_kg: expected, variance_kg: actual - expected };
    for (const [name, value] of Object.entries(kg)) this.facts[name] = kilograms(value);
  }
}

const grams = (kg) => Math.round(Number(kg) * 1000);
const kilograms = (value) => (value / 1000).toFixed(3);
