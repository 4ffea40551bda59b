"""Sacks one below the other and below them their bill, as the warehouse keeps its lists. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bags.importing.parsing import at_column, below_headers, counted
from bags.importing.refusal import ImportRefused
from bags.importing.tables import Row
from bags.importing.workbooks import Cell, Spoilt

MOST_ROWS = 100_000
NUMBER_SIGNS = 64
_BILL_WORDS = ("bill no", "bill number", "bill")
_NAMES = {"number": {"sr. no.", "sr no", "sr. no", "sr no.", "sr.no.", "no."}, "code": {"parent", "qr_id"}}


@dataclass(slots=True)
class BillRow:
    """A sack, or the bill that ends its list. `bill` is the number of the bill that it belongs to or is."""

    place: int
    sheet: str
    line: int
    cells: list[str]
    cell: Cell
    is_bill: bool = False
    bill: str = ""
    problem: str | None = None


def parse_bills(rows: Iterable[Row]) -> Iterator[BillRow]:
    """Raises ImportRefused `no_header`, `too_many_rows`."""
    waiting: list[BillRow] = []
    sheet, last = "", 0
    for place, (row, at) in enumerate(below_headers(rows, _NAMES)):
        if place >= MOST_ROWS:
            raise ImportRefused("too_many_rows", limit=MOST_ROWS)
        number, cell = at_column(row, at["number"]), at_column(row, at["code"])
        found = BillRow(place, row.sheet, row.line, [number[:300], cell[:300]], cell)
        found.is_bill = number.lower().rstrip(":. ") in _BILL_WORDS
        # Numbers begin anew with each list: one whose bill is missing must not flow into the next bill.
        if waiting and not found.is_bill and (sheet != row.sheet or 0 < counted(number) <= last):
            yield from _without_bill(waiting)
            waiting = []
        sheet, last = row.sheet, counted(number) or last
        if found.is_bill:
            yield from _ended_by(found, waiting)
            waiting, last = [], 0
        else:
            waiting.append(found)
    yield from _without_bill(waiting)


def _without_bill(rows: list[BillRow]) -> Iterator[BillRow]:
    for row in rows:
        row.problem = "need_bill"
        yield row


def _ended_by(bill: BillRow, rows: list[BillRow]) -> Iterator[BillRow]:
    bill.bill = bill.cell.strip(" ")
    if isinstance(bill.cell, Spoilt):
        bill.problem = bill.cell.code
    elif not bill.bill or len(bill.bill) > NUMBER_SIGNS or not bill.bill.isprintable():
        bill.problem = "bad_number"
    elif not rows:
        bill.problem = "bill_without_sacks"
    for row in rows:
        row.bill = bill.bill
        row.problem = row.cell.code if isinstance(row.cell, Spoilt) else "bad_bill" if bill.problem else None
        yield row
    yield bill
