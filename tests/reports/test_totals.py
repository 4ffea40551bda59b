"""The figures of a made day are the same wherever they are told, and the same as SQL counts them."""

import csv
import re
from decimal import Decimal
from io import BytesIO, StringIO

import pypdf
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from python_calamine import load_workbook

from accounts.operators import Operator
from billing.models import Bill
from monitoring.reports.asking import Asked
from monitoring.reports.catalogue import KINDS, make_report
from tests.reports.conftest import DAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_statics")]
ASKED = {"day": f"day={DAY}", "bills": f"from={DAY}&to={DAY}", "areas": f"from={DAY}&to={DAY}"}
ASKED["own"] = f"day={DAY}&operator=ravi"
ASKED["exceptions"] = f"day={DAY}"  # which it does not heed: it tells what is so now


@pytest.fixture
def report(people, day):
    """report("day") -> {table: {first cell: {column: cell}}} with "Total", as the service gives it."""

    def make(name):
        asked = Asked.model_validate(dict(part.split("=") for part in ASKED[name].split("&")))
        made = make_report(name=name, asked=asked, viewer=Operator.of(people["asha"]))
        return {
            table.key: {
                row[0]: dict(zip((column.key for column in table.columns), row, strict=True))
                for row in [*table.rows, *([table.total] if table.total else [])]
            }
            for table in made.tables
        }

    return make


def figures(row, *names):
    return tuple(row[name] for name in names)


WORK = ("scans", "refused", "undone", "packets", "packed_kg", "sacks", "short_sacks", "billed")


def test_the_day_by_area_operator_state_and_product(report):
    day = report("day")
    # Lucknow: Ravi's 1 + 15, 1 + 15, 2 undos and 1 unreadable; Kavya's 2 scans of sacks from there.
    assert figures(day["areas"]["Lucknow"], *WORK) == (37, 1, 2, 28, 28, 2, 1, 2)
    # Indore: 2 packets and the closing; the opening was a day earlier. Kavya's 1 scan.
    assert figures(day["areas"]["Indore"], *WORK) == (4, 0, 0, 2, 2, 1, 1, 1)
    assert figures(day["areas"]["Total"], *WORK) == (41, 1, 2, 30, 30, 3, 2, 3)
    assert figures(day["operators"]["ravi"], *WORK) == (35, 1, 2, 28, 28, 1, 0, 0)
    assert figures(day["operators"]["arjun"], *WORK) == (3, 0, 0, 2, 2, 1, 1, 0)
    # Billing the open sack SB00003 closed it: short, and Kavya's.
    assert figures(day["operators"]["kavya"], *WORK) == (3, 0, 0, 0, 0, 1, 1, 3)
    assert day["operators"]["Total"] == day["areas"]["Total"]
    assert figures(day["products"]["moong"], "packets", "dispatched", "dispatched_kg") == (15, 1, Decimal(15))
    assert figures(day["products"]["mustard"], "packets", "dispatched", "dispatched_kg") == (15, 1, 2)
    states = {state: figures(row, "bills", "sacks", "packets") for state, row in day["bill_states"].items()}
    assert states == {"Completed": (1, 2, 17), "Processing": (1, 1, 13), "Total": (2, 3, 30)}
    assert day["areas"]["Total"]["dispatched_kg"] == day["bill_states"]["Completed"]["actual_kg"] == 17


def test_the_figures_are_those_that_sql_counts(report):
    asked = {
        "scans": """SELECT count(*) FROM bags_scan
                     WHERE (received_at AT TIME ZONE 'Asia/Kolkata')::date = '2026-11-24'""",
        "packets": "SELECT count(*) FROM bags_link WHERE unlinked_at IS NULL",
        "dispatched_kg": "SELECT sum(actual_kg) FROM billing_bill WHERE state = 'completed'",
        "billed": "SELECT count(*) FROM billing_billbag WHERE removed_at IS NULL",
        "sacks": "SELECT count(*) FROM bags_bag WHERE kind = 'parent' AND state = 'closed'",
    }
    with connection.cursor() as cursor:
        counted = {name: cursor.execute(sql) and cursor.fetchone()[0] for name, sql in asked.items()}
    assert figures(report("day")["areas"]["Total"], *asked) == tuple(counted.values())


def test_areas_and_what_waits_there(report):
    areas = report("areas")
    assert figures(areas["areas"]["Lucknow"], "packets", "dispatched", "dispatched_kg") == (28, 1, 15)
    assert figures(areas["areas"]["Indore"], "packets", "dispatched", "dispatched_kg") == (2, 1, 2)
    assert areas["days"]["24 Nov 2026"] == areas["areas"]["Total"] | {"name": "24 Nov 2026"}
    waiting = {
        name: figures(row, "open", "unbilled", "on_live_bill") for name, row in areas["waiting"].items()
    }
    assert waiting == {"Lucknow": (0, 0, 1), "Total": (0, 0, 1)}


def test_bills_one_by_one(report):
    bills = report("bills")
    names = ("state", "destination", "sacks", "packets", "actual_kg", "expected_kg", "variance_kg")
    assert figures(bills["bills"]["B-1"], *names) == ("Completed", "Kanpur", 2, 17, 17, 45, -28)
    assert figures(bills["bills"]["B-2"], *names) == ("Processing", "", 1, 13, 13, 30, -17)
    assert figures(bills["bills"]["Total"], *names[2:]) == (3, 30, 30, 75, -45)


def test_an_own_day(report):
    own = report("own")
    assert list(own["hours"]) == ["09:00", "Total"]
    assert figures(own["hours"]["Total"], *WORK) == (35, 1, 2, 28, 28, 1, 0, 0)
    # SB00003 was closed by billing it: that is Kavya's.
    assert list(own["sacks"]) == ["M444-00001", "Total"]
    assert figures(own["sacks"]["M444-00001"], "product", "closed", "packets", "short") == (
        "moong",
        "09:00",
        15,
        "",
    )


def texts_of(table):
    """Every figure of the service's tables as text, in reading order."""
    return [text for row in [*table.shown, table.shown_total] for _column, text in row]


@pytest.mark.parametrize("name", list(KINDS))
def test_page_json_pdf_csv_and_xlsx_tell_the_same(day, people, signed_in, name):
    asked = Asked.model_validate(dict(part.split("=") for part in ASKED[name].split("&")))
    told = make_report(name=name, asked=asked, viewer=Operator.of(people["asha"]))
    client = signed_in("asha")
    html = client.get(f"/reports/{name}/?{ASKED[name]}").content.decode()
    body = client.get(f"/api/v1/reports/{name}?{ASKED[name]}").json()
    files = {
        kind: client.get(f"/reports/{name}.{kind}?{ASKED[name]}").content for kind in ("csv", "xlsx", "pdf")
    }
    rows = list(csv.reader(StringIO(files["csv"].decode("utf-8-sig"))))
    book = load_workbook(BytesIO(files["xlsx"]))
    paper = " ".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(files["pdf"])).pages).split()
    assert [table["key"] for table in body["tables"]] == [table.key for table in told.tables]
    for table, in_json in zip(told.tables, body["tables"], strict=True):
        totals = [table.shown_total] if table.total else []
        wanted = [[text for _column, text in row] for row in [*table.shown, *totals]]
        section = html.split(f'id="table-{table.key}"')[1].split("</section>")[0]
        assert [
            [cell.strip() for cell in re.findall(r"<t[hd](?: [^>]*)?>(?:<a [^>]*>)?([^<]*)<", row)]
            for row in section.split("<tr>")[2:]
        ] == wanted
        records = [*in_json["rows"], *([in_json["total"]] if in_json["total"] else [])]
        assert [
            ["–" if cell is None else str(cell) for cell in record.values()] for record in records
        ] == wanted
        begin = rows.index([table.title]) + 2
        assert rows[begin : begin + len(wanted)] == [
            ["" if text == "–" else text for text in row] for row in wanted
        ]
        cells = book.get_sheet_by_name(table.title[:31]).to_python()[1:]
        assert [[number(cell) for cell in row] for row in cells] == [
            ["" if text == "–" else number(text) for text in row] for row in wanted
        ]
        for row in wanted:
            assert " ".join(text for text in row if text) in " ".join(paper)


def number(cell):
    try:
        return float(cell)
    except ValueError:
        return cell


def test_an_empty_day(people, signed_in):
    for name in KINDS:
        answer = signed_in("asha").get(f"/reports/{name}/?day=2020-02-29&from=2020-02-29&to=2020-02-29")
        assert answer.status_code == 200
        assert "Nothing." in answer.content.decode()
        assert signed_in("asha").get(f"/reports/{name}.pdf?day=2020-02-29").content[:5] == b"%PDF-"


def test_formulas_stay_texts_in_a_report(day, signed_in):
    Bill.objects.filter(number="B-2").update(destination="=1+1")
    body = signed_in("asha").get(f"/reports/bills.csv?{ASKED['bills']}").content.decode("utf-8-sig")
    assert "B-2,Processing,24 Nov 2026,'=1+1," in body
    # The difference is a number, and is left alone.
    assert ",-17.000," in body


def test_the_statements_do_not_grow_with_the_bags(day, people, fill):
    def asked():
        with CaptureQueriesContext(
            connection,
        ) as seen:
            make_report(name="day", asked=Asked(), viewer=Operator.of(people["asha"]))
        return len(seen)

    before = asked()
    fill("meena", "SB00009", 5)
    assert asked() == before == 5  # two of them a transaction's, one switches compiling off
