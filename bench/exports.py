"""All bags as a file, beside the same table by COPY alone and the same rows by xlsxwriter alone."""

import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from django.db import connection

from bags.exports.catalogue import Kind
from bags.exports.lists import BAGS
from bench import programs

MOST_MB = 200
SHEET_ROWS = 1_000_000


def rows() -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "bags"
        for kind, asked, floor in (("csv", 0.3, _copied), ("xlsx", 0.7, _written_bare)):
            took, peak_mb = programs.measure("export_bags", "--format", kind, "-o", str(place))
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM bags_bag")
                [count] = cursor.fetchone()
            floor_took = floor(place, count)
            yield {
                "what": f"{count:,} bags as {kind}",
                "per_second": count / took,
                "floor": count / floor_took,
                "ratio": floor_took / took,
                "asked": asked,
                "peak_mb": peak_mb,
                "asked_mb": MOST_MB,
            }


def _copied(place: Path, _count: int) -> float:
    began = time.monotonic()
    with (
        place.open("wb") as out,
        connection.cursor() as cursor,
        cursor.copy("COPY bags_bag TO STDOUT (FORMAT csv)") as copy,
    ):
        for block in copy:
            out.write(block)
    return time.monotonic() - began


def _written_bare(place: Path, count: int) -> float:
    """As many cells of the same kinds, from memory."""
    values = {
        Kind.TEXT: "400000123",
        Kind.WORD: "child",
        Kind.WHOLE: 30,
        Kind.KG: 30.0,
        Kind.TIME: datetime(2026, 11, 24, 9, 15, 2),  # noqa: DTZ001 - a spreadsheet's times have no zone
        Kind.FLAG: "false",
    }
    row = [values[column.kind] for column in BAGS.columns]
    began = time.monotonic()
    with xlsxwriter.Workbook(str(place), {"constant_memory": True}) as book:
        formats = {Kind.TIME: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})}
        how = {Kind.WHOLE: "write_number", Kind.KG: "write_number", Kind.TIME: "write_datetime"}
        ways = [how.get(column.kind, "write_string") for column in BAGS.columns]
        shapes = [formats.get(column.kind) for column in BAGS.columns]
        for first in range(0, count, SHEET_ROWS):
            page = book.add_worksheet()
            writers = [getattr(page, way) for way in ways]
            for number in range(min(SHEET_ROWS, count - first)):
                for column, value in enumerate(row):
                    writers[column](number, column, value, shapes[column])
    return time.monotonic() - began
