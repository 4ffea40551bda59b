import csv
from io import BytesIO, StringIO

import pytest
from python_calamine import load_workbook

from bags.sheets import plain_text


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path, plain_statics):
    settings.EXPORT_FOLDER = tmp_path / "exports"


def content(answer):
    return b"".join(answer.streaming_content)


def csv_rows(body):
    """The rows of a CSV file as dicts, with the texts as they were."""
    return [
        {name: plain_text(cell) for name, cell in row.items()}
        for row in csv.DictReader(StringIO(body.decode("utf-8-sig"), newline=""))
    ]


def xlsx_rows(body):
    """The rows of all sheets below each other, as dicts."""
    book = load_workbook(BytesIO(body))
    found = []
    for name in book.sheet_names:
        head, *rows = book.get_sheet_by_name(name).to_python()
        found += [dict(zip(head, row, strict=True)) for row in rows]
    return found
