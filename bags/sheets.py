"""Rows as CSV and XLSX, for spreadsheet programs.

A text that a spreadsheet program would take for a formula is made safe. In CSV an apostrophe stands before
it, as OWASP advises (CSV Injection); `plain_text` takes it away again, whatever the text was, and
`SAFE_TEXT_SQL` is the same rule for files that the database writes. In XLSX the cell is a text by its type
and is marked to stay one when somebody edits it. Numbers are numbers in both and are never touched.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from io import BytesIO, StringIO
from typing import IO, Any

import xlsxwriter
from django.utils import timezone
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

# Apostrophes before the sign are part of the rule: a text that has one already gets one more, so that taking
# one away always gives the text back.
_RISKY = re.compile("'*[-=+@\t\r\n＝＋－＠]")
# For str.format: `text` is an expression.
SAFE_TEXT_SQL = "CASE WHEN {text} ~ E'^\\'*[-=+@\\t\\r\\n＝＋－＠]' THEN '''' || {text} ELSE {text} END"
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NO_FILE_NAME = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
# Excel takes no other signs and no more of them in a sheet's name.
_NO_SHEET_NAME = re.compile(r"[\[\]:*?/\\']")
_CELL_SIGNS = 32_767
_WIDEST = 60


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: `rows` may come from a generator; the first `heads` of them are written bold."""

    name: str
    rows: Iterable[Sequence[Any]]
    heads: int = 1
    widths: Sequence[int] = ()


def safe_text(text: str) -> str:
    """`text`, with an apostrophe before it if a spreadsheet program would take it for a formula."""
    return f"'{text}" if _RISKY.match(text) else text


def plain_text(cell: str) -> str:
    """The text of which `safe_text` made `cell`. Cells that nobody made safe come back as they are."""
    return cell[1:] if cell.startswith("'") and _RISKY.match(cell) else cell


def file_name(stem: str, kind: str) -> str:
    """A name that every system can store, such as `bill DEL-42.pdf`."""
    return f"{_NO_FILE_NAME.sub('-', stem).strip(' .')[:100] or 'file'}.{kind}"


def csv_bytes(rows: Iterable[Sequence[Any]]) -> bytes:
    """UTF-8 with the mark at the front by which Excel knows it."""
    out = StringIO(newline="")
    csv.writer(out).writerows([_csv_cell(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _csv_cell(cell: Any) -> Any:
    if isinstance(cell, str):
        return safe_text(cell)
    return timezone.localtime(cell).isoformat(" ", "seconds") if isinstance(cell, datetime) else cell


def xlsx_bytes(sheets: Iterable[Sheet]) -> bytes:
    out = BytesIO()
    write_xlsx(out, sheets)
    return out.getvalue()


def write_xlsx(out: IO[bytes], sheets: Iterable[Sheet]) -> None:
    """A workbook; the memory it takes does not grow with the rows. `sheets` may come from a generator, which
    is asked for the next one when the rows of the last one are written."""
    with xlsxwriter.Workbook(out, {"constant_memory": True}) as book:
        formats = {
            "bold": book.add_format({"bold": True, "quote_prefix": True}),
            "text": book.add_format({"quote_prefix": True}),
            "kg": book.add_format({"num_format": "0.000"}),
            "time": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        }
        for sheet in sheets:
            page = book.add_worksheet(_NO_SHEET_NAME.sub("-", sheet.name)[:31])
            for column, width in enumerate(sheet.widths):
                page.set_column(column, column, min(width, _WIDEST))
            for number, row in enumerate(sheet.rows):
                for column, cell in enumerate(row):
                    _write(page, number, column, cell, formats, bold=number < sheet.heads)


def _write(
    page: Worksheet, row: int, column: int, cell: Any, formats: dict[str, Format], *, bold: bool
) -> None:
    if cell is None:
        return
    if isinstance(cell, datetime):
        local = timezone.make_naive(cell) if cell.tzinfo else cell
        page.write_datetime(row, column, local, formats["time"])
    elif isinstance(cell, Decimal):
        page.write_number(row, column, float(cell), formats["kg"])
    elif isinstance(cell, int):
        page.write_number(row, column, cell)
    else:
        page.write_string(row, column, str(cell)[:_CELL_SIGNS], formats["bold" if bold else "text"])
