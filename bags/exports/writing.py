"""Writes rows as they come out of the database, so that a million of them take no more memory than ten."""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from itertools import chain, islice
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connections, transaction
from django.db.models import QuerySet
from psycopg import Copy

from bags.exports.catalogue import Column, Kind
from bags.sheets import SAFE_TEXT_SQL, Sheet, write_xlsx

Told = Callable[[int], None]
SHEET_ROWS = 1_000_000  # Excel takes 1,048,576
TELL_EVERY = 5_000
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # by which Excel knows UTF-8
_TYPES = {Kind.WHOLE: "int8", Kind.KG: "float8", Kind.TIME: "timestamp"}


def write_export(
    rows: QuerySet[Any], columns: list[Column], *, kind: str, name: str, out: IO[bytes], tell: Told
) -> int:
    """Write `rows`, tuples in the order of `columns`, as csv or xlsx (sheets called `name`); returns how
    many. `tell` hears of each few thousand."""
    if kind == "csv":
        return _write_csv(rows, columns, out, tell)
    return _write_xlsx(rows, columns, name, out, tell)


def _write_csv(rows: QuerySet[Any], columns: list[Column], out: IO[bytes], tell: Told) -> int:
    head = StringIO()
    csv.writer(head).writerow(column.name for column in columns)
    out.write(_BYTE_ORDER_MARK + head.getvalue().encode())
    done = 0
    with _copying(rows, [_csv_cell(number, column) for number, column in enumerate(columns)], "csv") as copy:
        for done, row in enumerate(copy or (), start=1):
            out.write(row)
            if done % TELL_EVERY == 0:
                tell(done)
    return done


def _csv_cell(number: int, column: Column) -> str:
    cell = f"c{number}"
    if column.kind == Kind.TEXT:
        return SAFE_TEXT_SQL.format(text=cell)
    return {Kind.KG: f"round({cell}, 3)", Kind.FLAG: f"{cell}::text"}.get(column.kind, cell)


def _write_xlsx(rows: QuerySet[Any], columns: list[Column], name: str, out: IO[bytes], tell: Told) -> int:
    done = 0

    def told(copy: Copy) -> Iterator[tuple[Any, ...]]:
        nonlocal done
        for done, row in enumerate(copy.rows(), start=1):
            if done % TELL_EVERY == 0:
                tell(done)
            yield row

    cells = [_xlsx_cell(number, column) for number, column in enumerate(columns)]
    with _copying(rows, cells, "binary") as copy:
        if copy:
            copy.set_types([_TYPES.get(column.kind, "text") for column in columns])
        write_xlsx(out, _sheets(name, [column.name for column in columns], told(copy) if copy else iter(())))
    return done


def _xlsx_cell(number: int, column: Column) -> str:
    cell = f"c{number}"
    if column.kind == Kind.TIME:
        return f"{cell} AT TIME ZONE '{settings.TIME_ZONE}'"
    return f"{cell}::{_TYPES.get(column.kind, 'text')}"


def _sheets(name: str, head: list[str], rows: Iterator[tuple[Any, ...]]) -> Iterator[Sheet]:
    """As many sheets as the rows need, one where there are none."""
    widths, first, number = [18] * len(head), next(rows, None), 1
    while first is not None or number == 1:
        part = chain([] if first is None else [first], islice(rows, SHEET_ROWS - 1))
        yield Sheet(name if number == 1 else f"{name} {number}", chain([head], part), widths=widths)
        first, number = next(rows, None), number + 1


@contextmanager
def _copying(rows: QuerySet[Any], cells: list[str], how: str) -> Iterator[Copy | None]:
    """The open COPY of the rows, whose columns `cells` know as c0, c1 …; None where nothing can fit."""
    connection: Any = connections[rows.db]
    try:
        inner, params = rows.query.get_compiler(rows.db).as_sql()
    except EmptyResultSet:
        yield None
        return
    names = ", ".join(f"c{number}" for number in range(len(cells)))
    sql = f"SELECT {', '.join(cells)} FROM ({inner}) AS list({names})"  # noqa: S608 - all of it is ours; what people gave are parameters
    with transaction.atomic(using=rows.db), connection.cursor() as cursor, _local_times(cursor, connection):
        whole = f"COPY ({connection.ops.compose_sql(sql, params)}) TO STDOUT (FORMAT {how})"
        with cursor.copy(whole) as copy:
            yield copy


@contextmanager
def _local_times(cursor: Any, connection: Any) -> Iterator[None]:
    """Times come out in TIME_ZONE with their offset. For this transaction only, as a pooler wants it, and put
    back for whoever stands around it."""
    local = "SELECT set_config('TimeZone', %s, true)"
    cursor.execute(local, [settings.TIME_ZONE])
    yield
    cursor.execute(local, [connection.timezone_name])
