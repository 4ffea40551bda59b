"""A made day: 24 November 2026 in Kolkata, whatever the clock says while the tests run."""

from datetime import datetime, timedelta

import pytest
from django.db.models import F

from bags.models import Scan
from billing.models import Bill, BillBag
from billing.services import complete_bill, create_bill

DAY = "2026-11-24"
MORNING = datetime.fromisoformat(f"{DAY}T09:00:00+05:30")


def happened(at, *, scans=None, bills=None):
    """Move what the test did to the time `at`: scans, and bills with their lines."""
    scans = Scan.objects.all() if scans is None else scans
    scans.update(received_at=at)
    bills = Bill.objects.all() if bills is None else bills
    later = at + timedelta(minutes=1)
    BillBag.objects.filter(bill__in=bills, removed_at=None).update(added_at=at)
    bills.update(created_at=at)
    bills.filter(completed_at__isnull=False).update(completed_at=later)


@pytest.fixture
def day(people, fill, scan, operator):
    """Ravi packs a full sack of moong and 13 packets of mustard, has 2 undone and 1 refused; Arjun closes
    a sack of 2 in Indore. Kavya completes B-1 with moong and Arjun's, and puts Ravi's mustard onto B-2."""
    fill("ravi", "M444-00001", 15)
    fill("ravi", "SB00003", 15)
    for child in ("0000300014", "0000300015"):
        key = Scan.objects.filter(bag__qr_id=child, code="linked").get().key
        assert scan("ravi", str(key), mode="undo")["code"] == "undone"
    assert scan("ravi", "SB0001")["code"] == "unreadable"
    fill("arjun", "SB00002", 2)
    assert scan("arjun", mode="close", parent="SB00002")["code"] == "closed"
    create_bill(number="B-1", destination="Kanpur", by=operator("kavya"))
    for sack in ("M444-00001", "SB00002"):
        assert scan("kavya", sack, mode="bill", bill="B-1")["code"] == "billed"
    complete_bill(number="B-1", by=operator("kavya"))
    create_bill(number="B-2", by=operator("kavya"))
    assert scan("kavya", "SB00003", mode="bill", bill="B-2")["code"] == "billed"
    happened(MORNING)
    # What is offered again before this day or after it must not be found in it.
    Scan.objects.filter(code="parent_opened", operator__username="arjun").update(
        received_at=F("received_at") - timedelta(days=1)
    )
