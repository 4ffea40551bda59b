"""The exception report: each kind by its limit, and rows that lead on."""

import csv
from datetime import timedelta
from io import BytesIO, StringIO
from uuid import UUID

import pytest
from django.utils import timezone
from python_calamine import load_workbook

from bags.models import Bag, Device, Scan
from billing.models import BillBag
from billing.services import complete_bill, create_bill
from monitoring.reports.exceptions import exception_report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_statics")]
KINDS = ["open", "unbilled", "short", "bills", "conflicts", "silent", "refused"]


def tables():
    return {table.key: table for table in exception_report(reaches_devices=True).tables}


def firsts(key):
    """What the rows of a table are called."""
    return [row[0] for row in tables()[key].rows]


def ago(**past):
    return timezone.now() - timedelta(**past)


def test_an_empty_house_has_none(people):
    told = tables()
    assert list(told) == ["overview", *KINDS]
    assert [row[1] for row in told["overview"].rows] == [0] * 7
    assert told["overview"].total[1] == 0


def test_sacks_open_for_long(fill, settings):
    for sack in ("SB00001", "SB00002", "SB00003"):
        fill("ravi", sack, 1)
    Bag.objects.filter(qr_id="SB00001").update(created_at=ago(hours=25))
    Bag.objects.filter(qr_id="SB00002").update(created_at=ago(hours=23))
    assert firsts("open") == ["SB00001"]
    settings.EXCEPTIONS = {**settings.EXCEPTIONS, "open_hours": 22}
    assert firsts("open") == ["SB00001", "SB00002"]
    assert tables()["open"].title == "Sacks open for more than 22 hours"


@pytest.fixture
def closed(fill, scan):
    def one(sack, packets, **past):
        fill("ravi", sack, packets)
        told = scan("ravi", mode="close", parent=sack)
        if told["code"] == "closed":
            Scan.objects.filter(pk=told["scan_id"]).update(received_at=ago(**past))
        return told

    return one


def test_sacks_closed_and_not_billed(closed, scan, operator):
    closed("SB00001", 2, hours=49)
    closed("SB00002", 2, hours=47)
    closed("SB00003", 2, hours=49)
    create_bill(number="B-1", by=operator("kavya"))
    scan("kavya", "SB00003", mode="bill", bill="B-1")
    assert firsts("unbilled") == ["SB00001"]


def test_short_sacks_until_their_bill_is_completed(closed, fill, scan, operator):
    closed("SB00001", 26, hours=1)
    closed("SB00002", 27, hours=1)  # three of thirty are ten per cent, and not more
    closed("SB00003", 1, hours=2)
    create_bill(number="B-1", by=operator("kavya"))
    scan("kavya", "SB00003", mode="bill", bill="B-1")
    assert firsts("short") == ["SB00003", "SB00001"]
    assert tables()["short"].rows[0][3:] == (1, 30, "B-1")
    complete_bill(number="B-1", by=operator("kavya"))
    assert firsts("short") == ["SB00001"]


def test_bills_not_completed_for_days(closed, scan, operator):
    for number, past in (("B-1", {"days": 4}), ("B-2", {"days": 2}), ("B-3", {"days": 4})):
        closed(f"SB0000{number[-1]}", 2, hours=1)
        create_bill(number=number, by=operator("kavya"))
        scan("kavya", f"SB0000{number[-1]}", mode="bill", bill=number)
        BillBag.objects.filter(bill__number=number).update(added_at=ago(**past))
    complete_bill(number="B-3", by=operator("kavya"))
    told = tables()["bills"]
    assert [(row[0], row[2]) for row in told.rows] == [("B-1", 1)]
    assert list(told.addresses) == ["/bills/B-1/"]


def test_open_conflicts(fill, scan):
    fill("ravi", "SB00001", 1)
    fill("ravi", "SB00002", 0)
    scan("ravi", "0000100001", parent="SB00002", offline=True)
    told = tables()["conflicts"]
    assert [(row[0], row[1], row[3]) for row in told.rows] == [("0000100001", "ravi", "in_other_parent")]
    assert list(told.addresses) == ["/conflicts/"]


def test_devices_that_are_silent_with_unsent_scans(operator):
    made = [
        Device.objects.create(
            id=UUID(int=number),
            first_seen_at=ago(days=9),
            last_seen_at=seen,
            last_operator_id=operator("ravi").id,
            unsent=unsent,
            attention=attention,
        )
        for number, (seen, unsent, attention) in enumerate(
            [(ago(hours=2), 3, 0), (ago(hours=2), 0, 0), (ago(minutes=5), 3, 0), (ago(hours=3), None, 1)]
        )
    ]
    told = tables()["silent"]
    assert [row[3:] for row in told.rows] == [(0, 1), (3, 0)]
    assert list(told.addresses) == [f"/devices/{made[3].pk}/", f"/devices/{made[0].pk}/"]
    billers = {table.key: table for table in exception_report(reaches_devices=False).tables}
    assert list(billers["silent"].addresses) == ["", ""]


def test_devices_with_many_refusals(fill, scan, signed_in, settings):
    fill("ravi", "SB00001", 17)
    for _ in range(2):
        scan("ravi", "SB1")
    assert firsts("refused") == []  # two of twenty are ten per cent, and not more
    scan("ravi", "SB1")
    device = Scan.objects.values_list("device_id", flat=True)[0]
    told = tables()["refused"]
    assert list(told.rows) == [(str(device)[:8], 21, 3, 14)]
    file = signed_in("kavya").get(told.addresses[0])
    assert len(b"".join(file.streaming_content).decode("utf-8-sig").splitlines()) == 22
    settings.EXCEPTIONS = {**settings.EXCEPTIONS, "refused_scans": 22}
    assert firsts("refused") == []
    settings.EXCEPTIONS = {**settings.EXCEPTIONS, "refused_scans": 20}
    Scan.objects.update(received_at=ago(hours=25))
    assert firsts("refused") == []


def test_more_than_are_shown(fill, monkeypatch):
    monkeypatch.setattr("monitoring.reports.exceptions.ROWS", 1)
    for sack in ("SB00001", "SB00002"):
        fill("ravi", sack, 1)
    Bag.objects.update(created_at=ago(hours=25))
    told = tables()
    assert told["overview"].rows[0][1] == 2
    assert told["open"].title == "Sacks open for more than 24 hours (the first 1 of 2)"


def test_page_json_and_files_tell_the_same(fill, signed_in):
    fill("ravi", "SB00001", 1)
    Bag.objects.update(created_at=ago(hours=25))
    client = signed_in("kavya")
    page = client.get("/reports/exceptions/").content.decode()
    assert '<a href="#table-open">Sacks open for more than 24 hours</a>' in page
    assert '<a href="/bags/SB00001/">SB00001</a>' in page
    told = client.get("/api/v1/reports/exceptions").json()
    assert told["tables"][0]["total"] == {"what": "Total", "number": 1}
    assert [row["sack"] for row in told["tables"][1]["rows"]] == ["SB00001"]
    text = client.get("/reports/exceptions.csv").content.decode("utf-8-sig")
    rows = list(csv.reader(StringIO(text)))
    assert ["Sacks open for more than 24 hours", "1"] in rows
    assert "SB00001" in [row[0] for row in rows if row]
    book = load_workbook(BytesIO(client.get("/reports/exceptions.xlsx").content))
    assert len(book.sheet_names) == 8
    assert client.get("/reports/exceptions.pdf").content.startswith(b"%PDF")
