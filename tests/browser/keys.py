"""The keys of a scanner on keyboards of other layouts: what was pressed, and what the computer made of it."""

from typing import Any

from playwright.sync_api import Page

# From each key of a US keyboard to what it writes, plain and with Shift.
_SIGNS = {
    "Minus": "-_",
    "Semicolon": ";:",
    "Comma": ",<",
    "Period": ".>",
    "Slash": "/?",
    "Space": "  ",
}
US = (
    {f"Key{letter}": letter.lower() + letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    | {f"Digit{digit}": digit + sign for digit, sign in zip("0123456789", ")!@#$%^&*(", strict=True)}
    | _SIGNS
)
AZERTY = US | {
    "KeyA": "qQ",
    "KeyQ": "aA",
    "KeyW": "zZ",
    "KeyZ": "wW",
    "KeyM": ",?",
    "Semicolon": "mM",
    "Minus": ")°",
    "Period": ":/",
    "Slash": "!§",
    **{f"Digit{digit}": sign + str(digit) for digit, sign in enumerate("à&é\"'(-è_ç")},
}
QWERTZ = US | {"KeyY": "zZ", "KeyZ": "yY", "Minus": "ß?", "Slash": "-_", "Period": ".:", "Semicolon": "öÖ"}
HINDI = {code: chr(0x905 + number) + chr(0x915 + number) for number, code in enumerate(US)} | {"Space": "  "}

# Keys, `gap` ms apart by their own clock, on whatever has the focus.
PRESS = """async ([keys, gap]) => {
  let at = performance.now();
  for (const key of keys) {
    const target = document.activeElement ?? document.body;
    for (const type of key.only ? [key.only] : ["keydown", "keyup"]) {
      const event = new KeyboardEvent(type, { bubbles: true, cancelable: true, ...key });
      Object.defineProperty(event, "timeStamp", { value: at });
      target.dispatchEvent(event);
    }
    at += gap;
    while (performance.now() < at) await new Promise((resolve) => setTimeout(resolve));
  }
}"""


def strokes(text: str, layout: dict[str, str] = US, *, caps: bool = False) -> list[dict[str, Any]]:
    """What a US scanner presses for the text, on a computer with that layout."""
    return [_stroke(character, layout, caps=caps) for character in text]


def _stroke(character: str, layout: dict[str, str], *, caps: bool) -> dict[str, Any]:
    code = next(code for code, pair in US.items() if character in pair)
    shift = character != US[code][0]
    upper = shift != caps if code.startswith("Key") else shift
    return {"key": layout[code][upper], "code": code, "shiftKey": shift, "modifierCapsLock": caps}


ENTER = {"key": "Enter", "code": "Enter"}
ALT = {"key": "Alt", "code": "AltLeft"}
TAB = {"key": "Tab", "code": "Tab"}


def press(page: Page, keys: list[dict[str, Any]], gap: int = 5) -> None:
    page.evaluate(PRESS, [keys, gap])
