// The character that a scanner means by a physical key. A scanner is a keyboard of the US layout, whatever the layout
// that this computer is set to, unless somebody has told it otherwise.

const PAIRS = {
  Minus: "-_",
  Equal: "=+",
  BracketLeft: "[{",
  BracketRight: "]}",
  Backslash: "\\|",
  Semicolon: ";:",
  Quote: "'\"",
  Backquote: "`~",
  Comma: ",<",
  Period: ".>",
  Slash: "/?",
  Space: "  ",
  NumpadDecimal: "..",
  NumpadSubtract: "--",
  NumpadAdd: "++",
  NumpadMultiply: "**",
  NumpadDivide: "//",
};
const OVER_DIGITS = ")!@#$%^&*(";

/** code: as KeyboardEvent.code; null for a key that writes nothing. */
export function usCharacter(code, shift) {
  const [, kind, name] = /^(Key|Digit|Numpad)([A-Z0-9])$/.exec(code) ?? [];
  if (kind === "Key") return shift ? name : name.toLowerCase();
  if (kind === "Digit") return shift ? OVER_DIGITS[name] : name;
  if (kind === "Numpad") return name;
  return PAIRS[code]?.[shift ? 1 : 0] ?? null;
}
