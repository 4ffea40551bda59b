// What one key press tells: {key, physical, caps}; the keyboard adds `at`, its time in ms.
// key: the character that this computer made of it, "" if it made none; physical: the one that a scanner means by that
// key, null if it cannot be told; caps: was Caps Lock on?

import { usCharacter } from "./us-keys.js";

const CONTROL = /^[A-Z\\\]^_[]$/; // Ctrl with one of these is how a scanner sends a control character such as GS

/** event: a keydown. -> a stroke, or null for a key that writes nothing. */
export function strokeOf(event) {
  if (event.ctrlKey && !event.altKey) return controlStroke(event);
  const physical = event.getModifierState("AltGraph") ? null : usCharacter(event.code, event.shiftKey);
  const key = event.key.length === 1 ? event.key : "";
  if (key === "" && physical === null) return null;
  return { key, physical, caps: event.getModifierState("CapsLock") };
}

/** A character that came without a key: from an input method, or by Alt and its number. */
export const written = (key) => ({ key, physical: null, caps: false });

/** A key came, and what it meant cannot be told. */
export const LOST = Object.freeze(written(""));

/** Control characters around a code are the scanner's own; inside they are damage, and stay to be refused. */
export function withoutControls(strokes) {
  const isText = ({ key }) => !(key < " " && key !== "");
  const [first, last] = [strokes.findIndex(isText), strokes.findLastIndex(isText)];
  return first === -1 ? [] : strokes.slice(first, last + 1);
}

function controlStroke({ key, code, shiftKey }) {
  const name = (usCharacter(code, shiftKey) ?? key).toUpperCase();
  return CONTROL.test(name) ? written(String.fromCharCode(name.charCodeAt(0) & 31)) : null;
}
