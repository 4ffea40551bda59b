"""What a scanner read, cleaned and told apart. Pure; static/js/codes.js does the same in the browser.

Both are tested against one table of cases. Nothing is guessed: whatever is not exactly a parent code,
a child code or a printed label is unreadable.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

MAX_LENGTH = 256

# What a scanner adds around a code: its suffix keys, and blanks. Other control characters are damage.
_AROUND = " \t\r\n"
_SYMBOLOGY = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_ASCII_UPPER = {lower: lower - 32 for lower in range(ord("a"), ord("z") + 1)}
_CHILD = re.compile(r"[A-Z0-9]{4,20}")
_LABEL_START = re.compile(r"LABEL *NO")
_LABEL = re.compile(
    r"LABEL *NO[ .:]*(?P<number>[0-9]{4,20})"
    r"(?:[ ,]*LOT *NO[ .:]*(?P<lot>[A-Z0-9](?:[A-Z0-9/_.-]{0,62}?[A-Z0-9])?))?"
    r"(?:[ ,]*D\.? ?O\.? ?T\b(?!.*LABEL)[\x20-\x7e]*)?[ ,]*"
)


class CodeShape(Protocol):
    """How a product's parent codes look."""

    @property
    def name(self) -> str: ...
    @property
    def prefix(self) -> str: ...
    @property
    def digits(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """A cleaned scan. `kind` is "parent", "child" or None (unreadable); `text` is what cleaning left,
    by which an old bag with a looser code is still found."""

    kind: str | None
    code: str | None
    product: str | None
    lot: str | None
    text: str


def clean(raw: str) -> str:
    """Drop the scanner's keys and symbology identifier, trim blanks, upper-case ASCII."""
    text = raw.strip(_AROUND)
    if found := _SYMBOLOGY.match(text):
        text = text[found.end() :].strip(_AROUND)
    return text.translate(_ASCII_UPPER)


def storable(text: str) -> str:
    """PostgreSQL holds no NUL in text; its picture stands in for it."""
    return text.replace("\0", "\N{SYMBOL FOR NULL}")


def read(raw: str, products: Iterable[CodeShape]) -> Reading:
    """Tell what was scanned, by shape alone: whether such a bag exists is not asked here."""
    text = clean(raw)
    if len(text) > MAX_LENGTH:
        return Reading(None, None, None, None, text)
    for product in products:
        if text.startswith(product.prefix):
            digits = text[len(product.prefix) :]
            if len(digits) == product.digits and digits.isascii() and digits.isdigit():
                return Reading("parent", text, product.name, None, text)
            return Reading(None, None, None, None, text)
    if _LABEL_START.match(text):
        if label := _LABEL.fullmatch(text):
            return Reading("child", label["number"], None, label["lot"], text)
        return Reading(None, None, None, None, text)
    if _CHILD.fullmatch(text):
        return Reading("child", text, None, None, text)
    return Reading(None, None, None, None, text)
