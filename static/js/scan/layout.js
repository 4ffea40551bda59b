// The text that a scanner meant, though this computer's keyboard is set to another layout or Caps Lock is on.

/**
 * A repair needs proof. Either the scanner check has shown which side is right: the physical keys ("physical": the
 * scanner is a US keyboard) or what the computer made of them ("delivered": it is set to the computer's layout). Or what
 * was read shows it: only one of both is a code. Two different codes are a doubt, and nobody guesses.
 */
export class Layout {
  #right;

  /** meaning(text): what code a text stands for, as one text, or null; profile: what the scanner check has learned. */
  constructor({ meaning, profile = {} }) {
    this.meaning = meaning;
    this.#right = profile.right ?? null;
    this.swapsCase = profile.caps === "swapped";
  }

  /** strokes: as in strokes.js. -> {text, repairs: some of "layout", "caps_lock"}, or null for a doubt */
  read(strokes) {
    const delivered = strokes.map(({ key }) => key).join("");
    const isWhole = strokes.every(({ key }) => key !== "");
    const keys = strokes.map((stroke) => this.#physical(stroke));
    const asDelivered = isWhole ? { text: delivered, repairs: [] } : null;
    if (keys.includes(null) || keys.join("") === delivered) return asDelivered;
    const physical = { text: keys.join(""), repairs: repairsOf(strokes, keys) };
    return this.#choose(asDelivered, physical);
  }

  #choose(delivered, physical) {
    if (this.#right) return this.#right === "physical" ? physical : delivered;
    const told = delivered && this.meaning(delivered.text);
    const meant = this.meaning(physical.text);
    if (delivered && told === meant) return physical.repairs.join() === "caps_lock" ? physical : delivered;
    if (told && meant) return null;
    if (meant) this.#right = "physical";
    return meant ? physical : delivered;
  }

  // Some scanners see that Caps Lock is on and swap the letters' case themselves.
  #physical({ physical, caps }) {
    return physical && caps && this.swapsCase ? swapped(physical) : physical;
  }
}

function repairsOf(strokes, keys) {
  const differ = strokes.map((stroke, index) => ({ ...stroke, meant: keys[index] })).filter(({ key, meant }) => key !== meant);
  const isCase = ({ key, meant }) => key === swapped(meant);
  const repairs = [];
  if (differ.some((stroke) => stroke.caps && isCase(stroke))) repairs.push("caps_lock");
  if (differ.some((stroke) => !isCase(stroke))) repairs.push("layout");
  return repairs;
}

export const swapped = (text) =>
  text.replace(/[A-Za-z]/g, (letter) => (letter < "a" ? letter.toLowerCase() : letter.toUpperCase()));
