"""Text on paper, in every script that our fonts know.

A text is cut into runs of one font each. Runs of Indian scripts are shaped (conjuncts, vowel signs) by
HarfBuzz; a Latin run is not, so that it can be searched and copied as it stands. Widths are for size 1.
"""

import threading
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import ShapedStr, TTFont, shapeStr

# One paper at a time in a process: a font hands out code points for its shaped signs without a lock.
PRINTING = threading.RLock()

FOLDER = Path(__file__).parent / "fonts"
LATIN = "NotoSans-Regular"
BOLD = {LATIN: "NotoSans-Bold", "NotoSansDevanagari-Regular": "NotoSansDevanagari-Bold"}
_SCRIPTS = [
    "Devanagari",
    "Bengali",
    "Gurmukhi",
    "Gujarati",
    "Oriya",
    "Tamil",
    "Telugu",
    "Kannada",
    "Malayalam",
]
FONTS = [LATIN, *(f"NotoSans{script}-Regular" for script in _SCRIPTS)]
UNPRINTABLE = "?"
_MEASURED_AT = 1000  # shaping rounds to whole units at small sizes


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text in one font; `width` at size 1."""

    font: str
    text: str
    width: float


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    runs: tuple[Run, ...]
    width: float


@lru_cache
def font(name: str) -> TTFont:
    """Read at first use: a few milliseconds each."""
    loaded = TTFont(name, str(FOLDER / f"{name}.ttf"))
    pdfmetrics.registerFont(loaded)
    return loaded


def lacks(text: str) -> set[str]:
    """The signs of a text that none of our fonts has."""
    return {sign for sign in unicodedata.normalize("NFC", text) if not sign.isspace() and not _font_of(sign)}


@lru_cache(maxsize=4096)
def word(text: str, *, bold: bool) -> Word:
    """`text` holds no line break. Call it, and print what it gives, while holding PRINTING."""
    runs = tuple(_run(name, run, bold=bold) for name, run in _split(text))
    return Word(text, runs, sum(run.width for run in runs))


def lines(text: str, *, bold: bool, size: float, width: float) -> list[Word]:
    """`text` broken to `width` points: at blanks, and inside a word only where it is too long for a line."""
    found = []
    for part in text.splitlines() or [""]:
        line = ""
        for piece in _pieces(part, bold=bold, limit=width / size):
            longer = f"{line}{piece}"
            if line and word(longer.strip(), bold=bold).width * size > width:
                found.append(word(line.strip(), bold=bold))
                line = piece
            else:
                line = longer
        found.append(word(line.strip(), bold=bold))
    return found


def _pieces(text: str, *, bold: bool, limit: float) -> list[str]:
    """What a line may be broken between: words, each with the blank before it, or parts of a long one."""
    pieces = []
    for number, plain in enumerate(text.split()):
        blank = " " if number else ""
        if word(plain, bold=bold).width <= limit:
            pieces.append(blank + plain)
            continue
        part = blank
        for sign in _clusters(plain):
            if part.strip() and word((part + sign).strip(), bold=bold).width > limit:
                pieces.append(part)
                part = ""
            part += sign
        pieces.append(part)
    return pieces


def _clusters(text: str) -> list[str]:
    """What belongs together on paper: a letter with its marks, and letters that a virama joins."""
    starts = [0]
    for place, (before, sign) in enumerate(pairwise(text), start=1):
        joined = unicodedata.combining(before) == 9 or before == "\u200d"  # 9 is the class of viramas
        if not (joined or unicodedata.category(sign)[0] == "M" or sign in "\u200c\u200d"):
            starts.append(place)
    return [text[a:b] for a, b in pairwise([*starts, len(text)])]


def _split(text: str) -> list[tuple[str, str]]:
    """Runs of (font, text); a sign that the font before it has, stays with it when it is no letter."""
    placed, current = [], LATIN
    for sign in unicodedata.normalize("NFC", text):
        belongs = unicodedata.category(sign)[0] in "MC" or sign == " "
        if not (belongs and _has(current, sign)):
            name = _font_of(sign)
            current, sign = (name, sign) if name else (LATIN, UNPRINTABLE)  # noqa: PLW2901
        placed.append((current, sign))
    runs = groupby(placed, key=lambda one: one[0])
    return [(name, "".join(sign for _, sign in signs)) for name, signs in runs]


def _run(name: str, text: str, *, bold: bool) -> Run:
    chosen = BOLD.get(name, name) if bold else name
    loaded = font(chosen)
    shaped = text if name == LATIN else shapeStr(text, chosen, _MEASURED_AT)
    if isinstance(shaped, ShapedStr):
        return Run(chosen, shaped, sum(sign.x_advance for sign in shaped.__shapeData__) / 1000)
    return Run(chosen, shaped, loaded.stringWidth(shaped, 1))


@lru_cache(maxsize=4096)
def _font_of(sign: str) -> str | None:
    return next((name for name in FONTS if _has(name, sign)), None)


def _has(name: str, sign: str) -> bool:
    return ord(sign) in font(name).face.charToGlyph
