"""The first page of the Django admin tells what waits, each with a way to exactly its rows."""

import uuid
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.promotion import ask_promotion
from bags.importing.models import ImportBatch
from bags.models import Bag, Recount
from bags.scanning.rules import Pull
from bags.scanning.service import process
from bags.scanning.sighting import Beat
from monitoring import attention
from monitoring.attention import waiting
from monitoring.models import DayMail, Incident

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_statics")]


@pytest.fixture
def trouble(fill, scan, operator, people):
    """One of each, and beside each one that is over."""
    fill("ravi", "SB00001", 1)
    scan("ravi", "SB00002")
    scan("ravi", "0000100001", parent="SB00002", offline=True)
    for unsent in (0, 4):
        beat = Beat(unsent=unsent, attention=0, version="1", storage="granted")
        pull = Pull(key=uuid.uuid4(), mode="lookup", raw="SB00001", seq=1)
        process(pulls=[pull], operator=operator("ravi"), device=uuid.uuid4(), beat=beat)
    ask_promotion(reason="shift lead", by=operator("kavya"))
    now = timezone.now()
    for state, days in (("failed", 0), ("failed", 8), ("checked", 0)):
        ImportBatch.objects.create(
            kind="bags",
            state=state,
            file_name=f"{state}{days}.csv",
            created_at=now - timedelta(days=days),
            created_by=people["asha"],
        )
    for name, failures, minutes in (("ravi", 5, 1), ("kavya", 4, 1), ("meena", 5, 20)):
        AccessAttempt.objects.create(username=name, ip_address="10.0.0.9", failures_since_start=failures)
        AccessAttempt.objects.filter(username=name).update(attempt_time=now - timedelta(minutes=minutes))
    for recipient, attempts, sent in (("a@b.in", 2, None), ("c@b.in", 2, now), ("d@b.in", 0, None)):
        DayMail.objects.create(
            day=now.date(), recipient=recipient, due_at=now, next_try_at=now, attempts=attempts, sent_at=sent
        )
    done = {"state": "finished", "ended_at": now, "ended_by": people["ravi"], "expected": 1, "found": 0}
    for undecided in (1, 0):
        Recount.objects.create(
            sack=Bag.objects.get(qr_id="SB00001"),
            started_at=now,
            started_by=people["ravi"],
            differences=1,
            undecided=undecided,
            **done,
        )
    Incident.objects.create(item="disk", text="full", began_at=now)
    Incident.objects.create(item="worker", text="away", began_at=now, ended_at=now)


def test_nothing_waits_in_a_quiet_house(people):
    assert {kind.count for kind in waiting()} == {0}


def test_each_kind_is_counted(trouble):
    assert [(str(kind.name), kind.count, kind.is_more) for kind in waiting()] == [
        ("Conflicts", 1, False),
        ("Sacks to count again", 2, False),
        ("Recounts with differences", 1, False),
        ("Devices with unsent scans", 1, False),
        ("Files that did not go in, 7 days", 1, False),
        ("Requests to become admin", 1, False),
        ("Names that are locked now", 1, False),
        ("Daily e-mails that were not sent", 1, False),
        ("Parts of the system that are bad", 1, False),
    ]


def test_each_way_leads_to_exactly_the_rows(trouble, signed_in):
    asha = signed_in("asha")
    lists = 0
    for kind in waiting():
        page = asha.get(kind.address)
        assert page.status_code == 200
        if kind.address.startswith("/admin/"):
            lists += 1
            assert page.context["cl"].result_count == kind.count, kind.address
    assert lists == 4


def test_the_page_shows_them_in_a_bounded_number_of_statements(trouble, signed_in):
    asha = signed_in("asha")
    with CaptureQueriesContext(connection) as seen:
        page = asha.get("/admin/")
    assert len(seen) == len(waiting()) + 1  # the session with its user
    assert page.content.decode().count("waits-some") == len(waiting())


def test_many_are_counted_no_further(trouble, monkeypatch):
    monkeypatch.setattr(attention, "COUNT_UP_TO", 1)
    recount = waiting()[1]
    assert (recount.count, recount.is_more) == (1, True)


@pytest.mark.parametrize("name", ["ravi", "kavya"])
def test_only_admins_see_it(people, signed_in, name):
    assert signed_in(name).get("/admin/").status_code == 302
