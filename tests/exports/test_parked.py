"""Parked codes as a file: each text once, with what its page tells of it."""

import csv
from io import StringIO

import pytest
from django.utils.dateparse import parse_datetime

from bags.exports.models import Export
from bags.models import Scan
from bags.parked.deciding import decide_parked
from bags.parked.reading import PAGE, list_parked
from bags.sheets import safe_text
from tests.exports.conftest import content, csv_rows, xlsx_rows
from tests.exports.test_files import RISKY, both

pytestmark = pytest.mark.django_db
DAY = "2026-11-24T09:15:02+05:30"


@pytest.fixture
def misread(scan):
    """misread("SB1", by="ravi"): the scan of a text that is no bag."""

    def one(text, by="ravi", **rest):
        told = scan(by, text, **rest)
        assert told["code"] in ("unknown", "unreadable")
        return Scan.objects.get(pk=told["scan_id"])

    return one


def test_each_text_once_with_what_the_page_tells(misread, signed_in):
    first = misread("SB1")
    last = misread("SB1", by="arjun")
    misread("SB00999", by="kavya", mode="lookup")
    Scan.objects.filter(pk=first.pk).update(received_at=DAY)
    as_csv, as_xlsx = both(signed_in("kavya"), "/exports/parked")
    assert [row["raw"] for row in as_csv] == [row["raw"] for row in as_xlsx] == ["SB00999", "SB1"]
    told, shown = as_csv[1], list_parked(after=None)["results"][1]
    assert (told["count"], told["operators"], told["results"]) == ("2", "arjun ravi", "unreadable")
    assert (told["devices"], told["scan_id"]) == (str(first.device_id), str(last.pk))
    assert parse_datetime(told["first_at"]) == parse_datetime(DAY) == shown["first_at"]
    assert parse_datetime(told["last_at"]) == shown["last_at"]
    assert (as_xlsx[1]["count"], as_xlsx[1]["operators"]) == (2.0, "arjun ravi")
    assert as_csv[0]["results"] == "unknown"


def test_all_pages_of_the_list_and_no_settled_one(misread, operator, signed_in):
    texts = [f"SB{number:03}" for number in range(PAGE + 3)]
    for text in texts:
        misread(text)
    settled = misread("SB000")
    decide_parked(scan_id=settled.pk, decision="dismiss", reason="a poster", by=operator("kavya"))
    misread("SB001")
    misread("SB002")
    decide_parked(scan_id=misread("SB003").pk, decision="dismiss", reason="a poster", by=operator("kavya"))
    misread("SB003")
    rows, _sheet = both(signed_in("kavya"), "/exports/parked")
    page = list_parked(after=None)
    shown = page["results"] + list_parked(after=page["next"])["results"]
    assert [row["raw"] for row in rows] == [row["scan"].raw for row in shown]
    assert [int(row["count"]) for row in rows] == [row["count"] for row in shown]
    assert [row["raw"] for row in rows][:3] == ["SB003", "SB002", "SB001"]
    assert [row["count"] for row in rows][:3] == ["1", "2", "2"]
    assert len(rows) == PAGE + 2


def test_no_text_is_a_formula_and_each_comes_back(misread, signed_in):
    texts = [misread(text).raw for text in RISKY]
    body = content(signed_in("kavya").get("/exports/parked.csv"))
    cells = [row[0] for row in csv.reader(StringIO(body.decode("utf-8-sig"), newline=""))]
    assert cells == ["raw", *(safe_text(text) for text in reversed(texts))]
    assert "'=1+1" in cells
    sheet = xlsx_rows(content(signed_in("kavya").get("/exports/parked.xlsx")))
    assert [row["raw"] for row in csv_rows(body)] == [row["raw"] for row in sheet] == texts[::-1]


def test_nothing_is_parked(signed_in):
    assert both(signed_in("kavya"), "/exports/parked") == ([], [])


def test_more_than_is_made_at_once_is_announced(misread, signed_in, settings):
    settings.EXPORT_AT_ONCE_ROWS = 1
    misread("SB1")
    misread("SB2")
    kavya = signed_in("kavya")
    assert "Parked codes" in kavya.get("/exports/parked.csv").content.decode()
    assert kavya.post("/exports/parked.csv").status_code == 302
    assert Export.objects.get().name == "parked"
