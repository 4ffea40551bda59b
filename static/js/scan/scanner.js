// From the keys of a scanner to the text that it read, or to a plain no.

import { clean } from "./codes.js";
import { commandOf } from "./commands.js";
import { Glued } from "./glued.js";
import { listen } from "./keyboard.js";
import { Layout } from "./layout.js";
import { readProfile, wedgeOf } from "./profile.js";
import { withoutControls } from "./strokes.js";

/**
 * take(raw, source, repairs): called once for each code read ("wedge") or sent by hand ("typed"); refuse(why): what was
 * read is not sure: "broken" (in pieces), "layout" (two codes are possible) or "glued" (perhaps two codes in one).
 */
export function hearScanner(field, { products, storage, take, refuse }) {
  const profile = readProfile(storage);
  const layout = new Layout({ meaning: (text) => meaningOf(text, products), profile });
  const glued = new Glued(storage, products);

  function read(strokes) {
    const kept = withoutControls(strokes);
    const found = layout.read(kept);
    if (!found) return refuse(kept.some(({ key, physical }) => !key && !physical) ? "broken" : "layout");
    if (glued.suspects(found.text)) return refuse("glued");
    take(found.text, "wedge", found.repairs);
  }

  return listen(field, { read, broken: () => refuse("broken"), send: (text) => take(text, "typed", []) }, wedgeOf(profile));
}

// Two texts of one meaning are the same scan, whatever surrounds the code.
function meaningOf(text, products) {
  const { kind, code, lot } = clean(text, products);
  return kind ? `${code} ${lot}` : commandOf(text);
}
