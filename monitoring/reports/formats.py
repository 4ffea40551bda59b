"""A report as JSON, PDF, CSV and XLSX. Nothing is computed here."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from reportlab.platypus import Flowable, Spacer

from bags.sheets import CSV_TYPE, XLSX_TYPE, Sheet, csv_bytes, xlsx_bytes
from billing.papers.paper import GREY, Paper
from monitoring.reports.shape import Cell, Report, Table, told

PDF_TYPE = "application/pdf"
_WIDE = 9  # from so many columns on the paper lies on its side


def as_json(report: Report) -> dict[str, Any]:
    """Counts as numbers, kg as decimal strings."""
    return {
        "name": report.name,
        "title": report.title,
        "about": report.about,
        "as_of": report.as_of,
        "tables": [
            {
                "key": table.key,
                "title": table.title,
                "rows": [_record(table, row) for row in table.rows],
                "total": _record(table, table.total) if table.total else None,
            }
            for table in report.tables
        ],
    }


def _record(table: Table, row: Any) -> dict[str, Any]:
    return {
        column.key: told(cell) if isinstance(cell, Decimal) else cell
        for column, cell in zip(table.columns, row, strict=True)
    }


def as_csv(report: Report) -> bytes:
    """The tables one below the other, a blank line between them."""

    def rows() -> Iterator[list[Any]]:
        yield [report.title, report.about]
        for table in report.tables:
            yield []
            yield [table.title]
            yield from _rows(table)

    return csv_bytes(rows())


def as_xlsx(report: Report) -> bytes:
    """A sheet for each table."""
    return xlsx_bytes(
        Sheet(table.title, _rows(table), widths=[24, *(16 for _column in table.columns[1:])])
        for table in report.tables
    )


def _rows(table: Table) -> Iterator[list[Any]]:
    yield [column.label for column in table.columns]
    yield from map(list, table.rows)
    if table.total:
        yield list(table.total)


def as_pdf(report: Report, *, printed_by: str) -> bytes:
    at = date_format(timezone.localtime(report.as_of), "j M Y, H:i")
    paper = Paper(
        title=f"{report.title} – {report.about}",
        head=f"{report.title} · {report.about}",
        foot=_("Printed {at} by {name}").format(at=at, name=printed_by),
        lies=any(len(table.columns) >= _WIDE for table in report.tables),
    )
    return paper.build(lambda paper: _story(paper, report, at))


def _story(paper: Paper, report: Report, at: str) -> list[Flowable]:
    story: list[Flowable] = [
        paper.words(report.title, size=18, bold=True),
        paper.words(report.about, size=12),
        paper.words(_("As of {at}").format(at=at), colour=GREY),
    ]
    for table in report.tables:
        story += [Spacer(0, 14), paper.heading(table.title)]
        story.append(_printed(paper, table) if table.rows else paper.words(_("Nothing."), colour=GREY))
    return story


def _printed(paper: Paper, table: Table) -> Flowable:
    numbers = [place for place, column in enumerate(table.columns) if column.is_number]
    return paper.table(
        [column.label for column in table.columns],
        [_cells(row) for row in table.rows],
        widths=[3 if column.is_number else 4 for column in table.columns],
        numbers=numbers,
        total=_cells(table.total) if table.total else None,
    )


def _cells(row: Any) -> list[str]:
    cells: list[Cell] = list(row)
    return [told(cell) for cell in cells]


FILES = {"csv": (as_csv, CSV_TYPE), "xlsx": (as_xlsx, XLSX_TYPE)}
