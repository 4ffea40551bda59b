"""Rows of a CSV or XLSX file, whatever its name says. Memory does not grow with a CSV file.

What could hurt is refused before it is parsed: see bags.importing.workbooks for XLSX; a CSV line is never
read further than LINE_SIGNS.
"""

import codecs
import csv
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from io import TextIOWrapper
from typing import BinaryIO, TextIO

from django.conf import settings

from bags.importing.refusal import ImportRefused
from bags.importing.workbooks import Cell, sheets_of
from bags.sheets import plain_text

LINE_SIGNS = 8_192
SEPARATORS = ",;\t|"
_BLOCK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# How files begin that people take for tables: old or locked Excel, PDF, pictures, archives, web pages.
_OTHER_KINDS = (
    b"\xd0\xcf\x11\xe0",
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x1f\x8b",
    b"Rar!",
    b"7z",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row that is not blank. `sheet` is its sheet's name, empty in CSV; `line` counts from 1. A cell that
    a spreadsheet program spoilt is a `Spoilt` text (bags.importing.workbooks)."""

    sheet: str
    line: int
    cells: list[Cell]


def read_rows(file: BinaryIO) -> Generator[Row, None, None]:
    """All rows that are not blank, headers too; close it before the file. Raises ImportRefused at any row."""
    size = file.seek(0, 2)
    file.seek(0)
    start = file.read(8)
    file.seek(0)
    if size == 0:
        raise ImportRefused("empty_file")
    if size > settings.IMPORT_MAX_BYTES:
        raise ImportRefused("too_large", limit=settings.IMPORT_MAX_BYTES >> 20)
    if start.startswith(_OTHER_KINDS):
        raise ImportRefused("not_a_table")
    rows = _workbook_rows(file) if start.startswith(b"PK") else _csv_rows(file)
    until = time.monotonic() + settings.IMPORT_MAX_SECONDS
    with closing(rows):
        for count, row in enumerate(rows):
            if count >= settings.IMPORT_MAX_ROWS:
                raise ImportRefused("too_many_rows", limit=settings.IMPORT_MAX_ROWS)
            if count % 1_000 == 0 and time.monotonic() > until:
                raise ImportRefused("too_slow", seconds=settings.IMPORT_MAX_SECONDS)
            yield row


def _workbook_rows(file: BinaryIO) -> Generator[Row, None, None]:
    for sheet, rows in sheets_of(file):
        for line, cells in rows:
            if any(cells):
                yield Row(sheet, line, cells)


def _csv_rows(file: BinaryIO) -> Generator[Row, None, None]:
    text = TextIOWrapper(file, encoding=_encoding(file), newline="")
    lines = _Lines(text)
    try:
        for cells in lines.records():
            if any(cells):
                yield Row("", lines.number, [plain_text(cell) for cell in cells])
    finally:
        text.detach()  # the file is its owner's to close


class _Lines:
    """A text file line by line, as records of CSV. A record is one line: a quote that stays open is named
    there and then, instead of swallowing the rest of the file."""

    def __init__(self, text: TextIO) -> None:
        self.text, self.number, self.taken = text, 0, True

    def records(self) -> Iterator[list[str]]:
        first = self._next()
        while first and not first.strip():
            first = self._next()
        if first[:4].lower() == "sep=":
            separator, first = first[4:5], self._next()
        else:
            separator = max(SEPARATORS, key=first.count)
        try:
            for record in csv.reader(self._one_by_one(first), delimiter=separator or ",", strict=True):
                self.taken = True
                yield [cell.strip() for cell in record]
        except csv.Error:
            raise ImportRefused("broken_quote", line=self.number) from None

    def _one_by_one(self, line: str) -> Iterator[str]:
        while line:
            if not self.taken:
                raise ImportRefused("broken_quote", line=self.number - 1)
            self.taken = False
            yield line
            line = self._next()

    def _next(self) -> str:
        try:
            line = self.text.readline(LINE_SIGNS)
        except UnicodeError:
            raise ImportRefused("unknown_letters") from None
        self.number += bool(line)
        if len(line) >= LINE_SIGNS:
            raise ImportRefused("line_too_long", line=self.number)
        if "\0" in line:
            raise ImportRefused("not_a_table")
        return line


def _encoding(file: BinaryIO) -> str:
    """By its mark; UTF-8 if all of it is; UTF-16 if every other byte at its start is zero; else Windows'."""
    start = file.read(4_096)
    file.seek(0)
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    if start[1::2].count(0) > len(start) // 4:
        return "utf-16-le"
    if start[::2].count(0) > len(start) // 4:
        return "utf-16-be"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while block := file.read(_BLOCK):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    finally:
        file.seek(0)
    return "utf-8"
