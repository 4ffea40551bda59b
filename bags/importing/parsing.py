"""What the rows of a file say of bags, before anybody asks the database. Pure.

`bags`: one bag a row, with the sack that a packet sits in. `batches`: packets, below them the sack that they
sit in, as the warehouse keeps its lists. Codes are cleaned and told apart as scans are.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from bags.importing.refusal import ImportRefused
from bags.importing.tables import Row
from bags.importing.workbooks import Cell, Spoilt
from bags.scanning.codes import MAX_LENGTH, read
from bags.scanning.floor import ProductFacts

BATCH_ROWS = 1_000  # more than the largest sack holds
_CELL_SIGNS = 300
_EXPONENT = re.compile(r"[0-9](?:[.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)
_PARENT_WORDS = ("parent code", "parent")


class Staged(NamedTuple):
    """A row as it is laid out for the check: `shape` and `product` (an id) are what its code looks like,
    `parent` the cleaned code of the sack named with it, `problem` what is wrong with it whatever the database
    knows. `cells` are None where they say just code, type and sack."""

    place: int
    sheet: str
    line: int
    is_parent: bool
    code: str
    shape: str | None
    product: int | None
    parent: str
    lot: str
    problem: str | None
    cells: list[str] | None


@dataclass(frozen=True, slots=True)
class _Code:
    text: str
    shape: str | None = None
    product: int | None = None
    lot: str = ""
    problem: str | None = None


_NO_SACK = _Code("")


class Reader:
    """Reads codes as scans are read; the sack that many rows name one after the other is read once."""

    def __init__(self, products: Mapping[str, ProductFacts]) -> None:
        self._products = products
        self._shapes = list(products.values())
        self._last = ("", _Code(""))

    def code(self, cell: Cell) -> _Code:
        if isinstance(cell, Spoilt):
            return _Code("", problem=cell.code)
        reading = read(cell, self._shapes)
        text = reading.code or reading.text
        if not text or len(text) > MAX_LENGTH or not text.isprintable():
            return _Code("", problem="unreadable")
        if reading.kind is None and _EXPONENT.fullmatch(text):
            return _Code("", problem="excel_number")
        product = self._products[reading.product].id if reading.product else None
        return _Code(text, reading.kind, product, reading.lot or "")

    def sack(self, cell: Cell) -> _Code:
        if self._last[0] != cell or isinstance(cell, Spoilt):
            self._last = (cell, self.code(cell))
        return self._last[1]

    def is_damaged_sack(self, code: _Code) -> bool:
        """A cut or glued parent code is no packet, and ends the list above it as a whole one would."""
        return code.shape is None and any(code.text.startswith(one.prefix) for one in self._shapes)


def parse_bags(rows: Iterable[Row], products: Mapping[str, ProductFacts]) -> Iterator[Staged]:
    """Rows under the header qr_id, type, parent_qr_id. Raises ImportRefused `no_header`."""
    reader = Reader(products)
    names = {"qr_id": {"qr_id", "code"}, "type": {"type", "kind"}, "parent_qr_id": {"parent_qr_id", "parent"}}
    for place, (row, at) in enumerate(below_headers(rows, names)):
        cells = [at_column(row, at["qr_id"]), at_column(row, at["type"]), at_column(row, at["parent_qr_id"])]
        cell, kind, sack_cell = cells[0], cells[1].lower(), cells[2]
        code, sack, problem = reader.code(cell), _NO_SACK, None
        if kind not in ("parent", "child"):
            problem = "unknown_type"
        elif sack_cell:
            sack = reader.sack(sack_cell)
            problem = "sack_in_sack" if kind == "parent" else "bad_sack" if sack.problem else None
        staged = _staged(
            (place, row, cells), code, is_parent=kind == "parent", sack=sack.text, problem=problem
        )
        yield staged._replace(cells=None) if cells == [code.text, kind, sack.text] else staged


def parse_batches(rows: Iterable[Row], products: Mapping[str, ProductFacts]) -> Iterator[Staged]:
    """Rows under the header Sr. No., QR code. Raises ImportRefused `no_header`."""
    reader, waiting = Reader(products), _Waiting()
    names = {
        "number": {"sr. no.", "sr no", "sr. no", "sr no.", "sr.no.", "no."},
        "code": {"qr code", "qr_id"},
    }
    for place, (row, at) in enumerate(below_headers(rows, names)):
        number, cell = at_column(row, at["number"]), at_column(row, at["code"])
        code = reader.code(cell)
        is_named_parent = number.lower().rstrip(":. ") in _PARENT_WORDS
        if not is_named_parent and waiting.begins_anew(row.sheet, number):
            yield from waiting.without_sack()
        if is_named_parent or code.shape == "parent" or reader.is_damaged_sack(code):
            yield from waiting.ended_by((place, row, [number, cell]), code)
        else:
            waiting.rows.append(((place, row, [number, cell]), code))
            if len(waiting.rows) > BATCH_ROWS:
                yield from waiting.without_sack("batch_too_long")
    yield from waiting.without_sack()


# A row that is not blank: its place in the file, the row, the cells that count.
_Found = tuple[int, Row, list[Cell]]


class _Waiting:
    """Packets of a batch until its sack comes. Their numbers begin anew with each batch: one whose sack is
    missing must not flow into the next sack."""

    def __init__(self) -> None:
        self.rows: list[tuple[_Found, _Code]] = []
        self.sheet, self.number = "", 0

    def begins_anew(self, sheet: str, number: str) -> bool:
        anew = bool(self.rows) and (sheet != self.sheet or 0 < counted(number) <= self.number)
        self.sheet, self.number = sheet, counted(number) or self.number
        return anew

    def without_sack(self, problem: str = "need_parent") -> Iterator[Staged]:
        for found, code in self.rows:
            yield _staged(found, code, problem=problem)
        self.rows = []

    def ended_by(self, found: _Found, sack: _Code) -> Iterator[Staged]:
        problem = sack.problem or ("wrong_kind" if sack.shape == "child" else None)
        for child, code in self.rows:
            yield _staged(
                child, code, sack=sack.text or found[2][-1], problem="bad_sack" if problem else None
            )
        problem = problem or (None if self.rows else "parent_empty")
        yield _staged(found, sack, is_parent=True, problem=problem)
        self.rows, self.number = [], 0


def _staged(
    found: _Found, code: _Code, *, is_parent: bool = False, sack: str = "", problem: str | None = None
) -> Staged:
    place, row, cells = found
    return Staged(
        place,
        row.sheet,
        row.line,
        is_parent,
        code.text,
        code.shape,
        code.product,
        sack,
        code.lot,
        code.problem or problem,
        [cell[:_CELL_SIGNS] for cell in cells],
    )


def counted(number: str) -> int:
    """The number in a row's first column, 0 where there is none."""
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0


def below_headers(rows: Iterable[Row], names: Mapping[str, set[str]]) -> Iterator[tuple[Row, dict[str, int]]]:
    """Each row below its sheet's header, with the place of each column by name; `names` are what a header
    may call it. Raises ImportRefused `no_header`, `empty_file`."""
    at: dict[str, int] = {}
    sheet = None
    for row in rows:
        if row.sheet == sheet:
            yield row, at
            continue
        sheet, at = row.sheet, {}
        for place, cell in enumerate(row.cells):
            for name, words in names.items():
                if " ".join(cell.lower().split()) in words:
                    at.setdefault(name, place)
        if len(at) < len(names):
            raise ImportRefused("no_header", sheet=row.sheet, columns=", ".join(sorted(set(names) - set(at))))
    if sheet is None:
        raise ImportRefused("empty_file")


def at_column(row: Row, place: int) -> Cell:
    """The row's cell there; rows may be shorter than their header."""
    return row.cells[place] if place < len(row.cells) else ""
