// The scanner check: three known codes are scanned, and how they arrive tells about the scanner. It knows no page.

import { cleaned } from "./codes.js";
import { WINDOW_MS } from "./repeats.js";
import { withoutControls } from "./strokes.js";
import { FAST_MS, SLOW_MS } from "./wedge.js";

export class Check {
  #readings = new Map(); // number of the code -> what its first reading told
  #doubles = 0;
  #pieces = 0;
  #lastAt = new Map();

  /** codes: the texts that are to be scanned, in any order. */
  constructor(codes) {
    this.codes = codes;
  }

  /** The number of the next code that was not read yet, or -1. */
  get next() {
    return this.codes.findIndex((_, index) => !this.#readings.has(index));
  }

  /** strokes: as in strokes.js, each with its time `at`. -> "read", "again" (read before), "double" or "other" */
  hear(strokes, suffix) {
    const reading = readingOf(withoutControls(strokes), suffix, this.codes);
    if (!reading) return "other";
    const { index, at } = reading;
    const since = at - (this.#lastAt.get(index) ?? -Infinity);
    this.#lastAt.set(index, at);
    if (since < WINDOW_MS) this.#doubles += 1;
    if (this.#readings.has(index)) return since < WINDOW_MS ? "double" : "again";
    this.#readings.set(index, reading);
    return "read";
  }

  /** A code came in pieces. */
  broken() {
    this.#pieces += 1;
  }

  /** What this device keeps, see profile.js. */
  get profile() {
    const all = [...this.#readings.values()];
    return { suffix: suffixOf(all), gap: Math.round(gapOf(all)), right: rightOf(all), caps: all.some(isSwapping) ? "swapped" : null };
  }

  /** -> [{about, state: "good" | "look" | "bad", word, values}], the words being the page's */
  findings() {
    const all = [...this.#readings.values()];
    const found = [ending(all), speed(all), layout(all), capsLock(all), doubles(this.#doubles)];
    if (all.some(({ extra }) => extra)) found.push(additions(all));
    if (this.#pieces > 0) found.push({ about: "pieces", state: "bad", word: "pieces", values: { n: this.#pieces } });
    return found;
  }
}

// Which of the codes this was, and how it came; null if it was none of them, by either side.
function readingOf(strokes, suffix, codes) {
  const delivered = strokes.map(({ key }) => key).join("");
  const physical = strokes.map((stroke) => stroke.physical ?? "\0").join("");
  const same = (text, code) => cleaned(text).includes(cleaned(code));
  const index = codes.findIndex((code) => same(delivered, code) || same(physical, code));
  if (index === -1) return null;
  const code = codes[index];
  const text = same(delivered, code) ? delivered : physical;
  const [first, last] = [strokes[0].at, strokes.at(-1).at];
  return {
    index,
    code,
    suffix,
    delivered,
    physical: physical.includes("\0") ? null : physical,
    isDelivered: same(delivered, code),
    extra: cleaned(text) === cleaned(code) ? "" : cleaned(text).replace(cleaned(code), " … "),
    caps: strokes.some(({ caps }) => caps),
    gap: (last - first) / (strokes.length - 1),
    at: last,
  };
}

const gapOf = (all) => Math.max(0, ...all.map(({ gap }) => gap));
// Caps Lock is on, and yet the letters arrived as printed: the scanner has swapped them itself.
const isSwapping = ({ caps, code, delivered }) => caps && delivered.includes(code);

// The rarer ending is the one to be ready for: a code that lacks the usual end must not be waited for.
function suffixOf(all) {
  const endings = new Set(all.map(({ suffix }) => suffix ?? "none"));
  return endings.size === 1 ? [...endings][0] : "none";
}

// One code on which both sides differ tells which is right; where they never differ, the scanner is a US keyboard.
function rightOf(all) {
  if (all.some(({ physical }) => physical === null)) return null;
  return all.some(isOtherLayout) && all.every(({ isDelivered }) => isDelivered) ? "delivered" : "physical";
}

const isOtherLayout = ({ delivered, physical }) => physical !== null && cleaned(delivered) !== cleaned(physical);
const about = (name, state, word, values = {}) => ({ about: name, state, word, values });

function ending(all) {
  const endings = new Set(all.map(({ suffix }) => suffix ?? "none"));
  if (endings.size > 1) return about("suffix", "bad", "suffix_mixed");
  const [only] = endings;
  return about("suffix", only === "none" ? "look" : "good", `suffix_${only}`);
}

function speed(all) {
  const gap = gapOf(all);
  const [state, word] = gap <= FAST_MS ? ["good", "speed_good"] : gap <= SLOW_MS ? ["look", "speed_slow"] : ["bad", "speed_bad"];
  return about("speed", state, word, { n: Math.round(gap) });
}

function layout(all) {
  if (all.some(({ physical }) => physical === null)) return about("layout", "good", "layout_hidden");
  if (!all.some(isOtherLayout)) return about("layout", "good", "layout_same");
  return rightOf(all) === "delivered" ? about("layout", "good", "layout_fits") : about("layout", "look", "layout_repaired");
}

function capsLock(all) {
  if (all.some(isSwapping)) return about("caps", "good", "caps_swapped");
  if (all.some(({ caps }) => caps)) return about("caps", "look", "caps_on");
  const changed = all.some(({ isDelivered, delivered, code }) => isDelivered && !delivered.includes(code));
  return changed ? about("caps", "good", "caps_changed") : about("caps", "good", "caps_off");
}

const doubles = (n) => (n > 0 ? about("double", "look", "double_seen", { n }) : about("double", "good", "double_none"));

function additions(all) {
  return about("extra", "bad", "extra", { text: all.find(({ extra }) => extra).extra });
}
