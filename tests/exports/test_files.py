"""Lists as files: exactly what the list shows, safe for spreadsheet programs, and read back as it was."""

from datetime import datetime
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from audit.models import AuditLog
from bags.exports import writing
from bags.models import Bag, Link, Scan
from bags.sheets import SAFE_TEXT_SQL, plain_text, safe_text
from billing.models import Bill
from billing.services import create_bill
from tests.exports.conftest import content, csv_rows, xlsx_rows

pytestmark = pytest.mark.django_db
RISKY = [
    "=1+1",
    "+91",
    "-5",
    "@x",
    "\tx",
    "\rx",
    "'=1",
    "''=1",
    "＝1",
    "'harmless",
    "क्षेत्र",
    'a"b;c,d\ne',
    "%_\\",
]


@pytest.fixture
def floor(fill, scan, operator):
    """Two sacks in Lucknow, one in Indore; one of them on bill B-1; a packet that was taken out again."""
    fill("ravi", "SB00001", 2)
    fill("arjun", "SB00002", 3)
    fill("ravi", "SB00003", 1)
    scan("ravi", str(Scan.objects.get(bag__qr_id="0000100002", code="linked").key), mode="undo")
    create_bill(number="B-1", by=operator("kavya"), destination="Kanpur")
    scan("kavya", "SB00002", mode="bill", bill="B-1")
    scan("ravi", "SB1")


def both(client, path):
    """The rows of the list as CSV and as XLSX."""
    name, mark, query = path.partition("?")
    files = [client.get(f"{name}.{kind}{mark}{query}") for kind in ("csv", "xlsx")]
    assert [answer.status_code for answer in files] == [200, 200], path
    return csv_rows(content(files[0])), xlsx_rows(content(files[1]))


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?kind=parent",
        "?kind=child&area=lucknow",
        "?q=SB000",
        "?q=0001",
        "?q=SB",
        "?linked=false",
        "?linked=true&kind=child",
        "?billed=true",
        "?product=mustard&state=open",
        "?from=2001-01-01&to=2001-01-02",
        "?q=%25%25%25",
        "?product=nothing",
    ],
)
def test_bags_are_those_of_the_list(floor, signed_in, query):
    kavya = signed_in("kavya")
    listed = kavya.get(f"/api/v1/bags{query}").json()["results"]
    as_csv, as_xlsx = both(kavya, f"/exports/bags{query}")
    assert [row["qr_id"] for row in as_csv] == [bag["qr_id"] for bag in listed]
    assert [row["qr_id"] for row in as_xlsx] == [bag["qr_id"] for bag in listed]
    for row, bag in zip(as_csv, listed, strict=True):
        told = {name: "" if bag[name] is None else str(bag[name]) for name in bag if name in row}
        told["needs_recount"] = told["needs_recount"].lower()
        assert datetime.fromisoformat(row.pop("created_at")) == datetime.fromisoformat(told.pop("created_at"))
        assert {name: row[name] for name in told} == told


def test_a_bag_tells_where_it_is(floor, signed_in):
    rows = {row["qr_id"]: row for row in both(signed_in("kavya"), "/exports/bags")[0]}
    assert rows["0000100001"]["parent"] == "SB00001"
    assert rows["0000100002"]["parent"] == ""
    assert (rows["SB00002"]["bill"], rows["SB00001"]["bill"]) == ("B-1", "")


@pytest.mark.parametrize("query", ["", "?operator=RAVI", "?code=linked", "?operator=ravi&code=unreadable"])
def test_scans_are_those_of_the_list(floor, signed_in, query):
    kavya = signed_in("kavya")
    listed = kavya.get(f"/api/v1/scans{query}").json()["results"]
    as_csv, as_xlsx = both(kavya, f"/exports/scans{query}")
    same = ("key", "operator", "mode", "raw", "code", "message", "bag", "parent", "bill")
    expected = [[row[name] or "" for name in same] for row in listed]
    assert [[row[name] for name in same] for row in as_csv] == expected
    assert [[row[name] for name in same] for row in as_xlsx] == expected
    assert [row["scan_id"] for row in as_xlsx] == [row["scan_id"] for row in listed]


@pytest.mark.parametrize("query", ["", "?state=processing", "?q=kanpur", "?q=nowhere"])
def test_bills_are_those_of_the_list_with_their_totals(floor, signed_in, query):
    kavya = signed_in("kavya")
    listed = kavya.get(f"/api/v1/bills{query}").json()["results"]
    as_csv, as_xlsx = both(kavya, f"/exports/bills{query}")
    same = (
        "number",
        "state",
        "destination",
        "parents",
        "children",
        "actual_kg",
        "expected_kg",
        "variance_kg",
    )
    assert [[row[name] for name in same] for row in as_csv] == [
        [str(bill[name]) for name in same] for bill in listed
    ]
    assert [Decimal(row["variance_kg"]).quantize(Decimal("0.001")) for row in as_xlsx] == [
        Decimal(bill["variance_kg"]) for bill in listed
    ]


def test_links_tell_what_is_and_was_inside(floor, signed_in):
    kavya = signed_in("kavya")
    rows = both(kavya, "/exports/links?parent=sb00001")[0]
    assert [(row["child"], row["end_reason"]) for row in rows] == [("0000100002", "undo"), ("0000100001", "")]
    opened = both(kavya, "/exports/links?open=true")[0]
    assert len(opened) == Link.objects.filter(unlinked_at=None).count() == 5
    assert [row["parent"] for row in both(kavya, "/exports/links?child=0000200003")[1]] == ["SB00002"]


def test_times_are_local_and_keep_their_offset(floor, signed_in):
    rows, sheet = both(signed_in("kavya"), "/exports/scans?code=unreadable")
    at = Scan.objects.get(code="unreadable").received_at
    assert rows[0]["received_at"].endswith("+05:30")
    assert datetime.fromisoformat(rows[0]["received_at"]) == at
    local = datetime.fromisoformat(rows[0]["received_at"]).replace(tzinfo=None)
    assert abs((sheet[0]["received_at"] - local).total_seconds()) < 1


def test_cells_that_a_program_would_run_come_back_as_they_were(floor, signed_in):
    sacks = list(Bag.objects.parents())
    for text in RISKY:
        Bag.objects.filter(pk=sacks[0].pk).update(lot=text)
        kavya = signed_in("kavya")
        body = content(kavya.get(f"/exports/bags.csv?q={sacks[0].qr_id}"))
        assert csv_rows(body)[0]["lot"] == text
        assert xlsx_rows(content(kavya.get(f"/exports/bags.xlsx?q={sacks[0].qr_id}")))[0]["lot"] == text
    assert b"'=1+1" not in body


@given(st.text(alphabet=st.sampled_from("'=+-@\t\r\n＝＋－＠aक1 "), max_size=6))
def test_one_rule_in_python_and_in_the_database(text):
    assert plain_text(safe_text(text)) == text
    assert not safe_text(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    with connection.cursor() as cursor:
        rule = SAFE_TEXT_SQL.format(text="given")
        cursor.execute(f"SELECT {rule} FROM (SELECT %s::text) AS row(given)", [text])  # noqa: S608 - our own
        assert cursor.fetchone() == (safe_text(text),)


def test_sheets_are_split(floor, signed_in, monkeypatch):
    monkeypatch.setattr(writing, "SHEET_ROWS", 2)
    rows, sheet = both(signed_in("kavya"), "/exports/bags")
    assert [row["qr_id"] for row in sheet] == [row["qr_id"] for row in rows]
    assert len(rows) == 9


def test_each_export_is_recorded(floor, signed_in):
    content(signed_in("kavya").get("/exports/bags.csv?kind=parent&q=SB0"))
    entry = AuditLog.objects.get(action="exported")
    assert (entry.actor, entry.target_label) == ("kavya", "bags.csv")
    assert entry.after == {"filters": {"q": "SB0", "kind": "parent"}, "rows": 3}


def test_dispatchers_export_their_own_day_and_nothing_else(floor, signed_in, scan):
    ravi = signed_in("ravi")
    for name in ("bags", "links", "bills", "parked"):
        assert ravi.get(f"/exports/{name}.csv").status_code == 403
    own = Scan.objects.filter(operator__username="ravi")
    assert len(both(ravi, "/exports/scans")[0]) == own.count()
    own.filter(code="unreadable").update(received_at="2026-01-05T23:59:00+05:30")
    assert [row["code"] for row in both(ravi, "/exports/scans?from=2026-01-05")[0]] == ["unreadable"]
    assert both(ravi, "/exports/scans?from=2026-01-04&to=2026-12-30")[0] == []
    assert both(ravi, "/exports/scans?operator=arjun")[0] == []
    assert not AuditLog.objects.filter(action="exported", target_label="bags.csv").exists()


@pytest.mark.parametrize("path", ["bags.csv?kind=box", "bags.csv?from=soon", "scans.csv?device=7"])
def test_filters_that_mean_nothing_export_nothing(floor, signed_in, path):
    assert signed_in("kavya").get(f"/exports/{path}").status_code == 400
    assert not AuditLog.objects.filter(action="exported").exists()


def test_lists_that_do_not_exist(signed_in):
    assert signed_in("kavya").get("/exports/users.csv").status_code == 404


def test_the_buttons_lead_to_what_is_filtered(floor, signed_in):
    kavya = signed_in("kavya")
    page = kavya.get("/bags/?q=SB0&kind=parent&linked=true&from=2026-01-01&to=2026-12-31").content.decode()
    href = page.split('href="/exports/bags.csv')[1].split('"')[0].replace("&amp;", "&")
    assert href.startswith("?q=SB0&kind=parent&linked=true&from=2026-01-01T00%3A00%3A00%2B05%3A30")
    assert "to=2027-01-01T00" in href
    assert len(csv_rows(content(kavya.get(f"/exports/bags.csv{href}")))) == 3
    assert "/exports/bills.xlsx?state=draft" in kavya.get("/bills/?state=draft").content.decode()
    assert "/exports/links.csv?parent=SB00001" in kavya.get("/bags/SB00001/").content.decode()
    assert "/exports/parked.csv" in kavya.get("/parked/").content.decode()
    assert "/exports/parked.xlsx" in kavya.get("/parked/").content.decode()
    assert "/exports/" not in signed_in("ravi").get("/bags/").content.decode()
    assert (
        "/exports/scans.csv?operator=ravi"
        in signed_in("ravi").get("/accounts/profile/scans/").content.decode()
    )


def test_a_bill_of_hindi_words(floor, signed_in):
    Bill.objects.update(destination="श्री कृष्ण ट्रेडर्स", description="=HYPERLINK(1)\nline")
    rows, sheet = both(signed_in("asha"), "/exports/bills?q=कृष्ण")
    assert [row["destination"] for row in rows] == ["श्री कृष्ण ट्रेडर्स"]
    assert (
        [row["description"] for row in rows]
        == [row["description"] for row in sheet]
        == ["=HYPERLINK(1)\nline"]
    )
