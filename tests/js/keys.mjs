// The keys that a scanner presses, as browsers tell them under one layout or another.

import { usCharacter } from "../../static/js/scan/us-keys.js";

const KEYS = [
  ...[..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"].map((letter) => `Key${letter}`),
  ...[..."0123456789"].map((digit) => `Digit${digit}`),
  ..."Minus Equal BracketLeft BracketRight Backslash Semicolon Quote Backquote Comma Period Slash Space".split(" "),
];
const pressed = new Map(KEYS.flatMap((code) => [false, true].map((shift) => [usCharacter(code, shift), { code, shift }])));
pressed.set(" ", { code: "Space", shift: false });

// What a layout makes of physical keys, where it is not what the US layout makes of them.
const AZERTY = { KeyQ: "aA", KeyA: "qQ", KeyW: "zZ", KeyZ: "wW", KeyM: ",?", Semicolon: "mM", Minus: ")°", Period: ":/", Slash: "!§", Comma: ";." };
"à&é\"'(-è_ç".split("").forEach((sign, digit) => (AZERTY[`Digit${digit}`] = sign + digit));
const QWERTZ = { KeyY: "zZ", KeyZ: "yY", Minus: "ß?", Slash: "-_", Period: ".:", Comma: ",;", Semicolon: "öÖ" };
const HINDI = Object.fromEntries(KEYS.filter((code) => code !== "Space").map((code, index) => [code, String.fromCharCode(0x905 + index) + String.fromCharCode(0x915 + index)]));
export const LAYOUTS = { us: {}, azerty: AZERTY, qwertz: QWERTZ, hindi: HINDI };

/** The strokes of a US scanner for `text`, on a computer with that layout. */
export function strokes(text, layout = "us", { caps = false } = {}) {
  return [...text].map((character) => {
    const { code, shift } = pressed.get(character);
    const letter = /^Key/.test(code);
    const key = LAYOUTS[layout][code]?.[Number(caps && letter ? !shift : shift)] ?? usCharacter(code, caps && letter ? !shift : shift);
    return { key, physical: usCharacter(code, shift), caps };
  });
}
