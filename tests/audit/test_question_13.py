"""Questions 13 and 14: what was done without an entry, twice, or is not sealed in time is found."""

import uuid
from datetime import timedelta

import pytest

from audit.sealing import seal
from bags.labels.layouts import Paper
from bags.labels.printing import print_labels
from bags.labels.reserving import reserve_sacks
from billing.models import Bill
from billing.returns import create_return
from billing.services import cancel_bill, create_bill
from monitoring.invariants import broken
from tests.owner import owner

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def done(fill, scan, operator):
    by = operator("kavya")
    fill("ravi", "SB00001", 2)
    create_bill(number="B-1", by=by)
    create_bill(number="B-2", by=by)
    scan("kavya", "SB00001", mode="bill", bill="B-1")
    cancel_bill(number="B-2", by=by)
    create_return(area="lucknow", by=by)
    asha = operator("asha")
    labels = reserve_sacks(key=uuid.uuid4(), product="mustard", count=3, first=None, by=asha)
    sheet = {"first": "SB00002", "last": "SB00003", "paper": Paper(layout="a4-3x8"), "by": asha}
    print_labels(range_id=labels.pk, reason="", **sheet)
    print_labels(range_id=labels.pk, reason="smudged", **sheet)


ACTIONS = [
    "parent_created",
    "child_linked",
    "parent_closed",
    "parent_billed",
    "bill_created",
    "bill_cancelled",
    "return_created",
    "labels_reserved",
    "labels_printed",
    "labels_reprinted",
]


@pytest.mark.parametrize("action", ACTIONS)
def test_a_missing_entry_is_found(done, action):
    assert broken() == {}
    with owner() as by_owner:
        by_owner.execute("SET session_replication_role = replica")
        by_owner.execute("DELETE FROM audit_auditlog WHERE action = %s", [action])
    assert set(broken()) == {13}


@pytest.mark.parametrize("action", ACTIONS)
def test_a_second_entry_is_found(done, action):
    columns = "at, actor, action, target_type, target_id, target_label, before, after, reason, request_id"
    with owner() as by_owner:
        by_owner.execute(
            f"INSERT INTO audit_auditlog ({columns}) SELECT {columns} FROM audit_auditlog"  # noqa: S608
            " WHERE action = %s",
            [action],
        )
    assert set(broken()) == {13}


def test_a_change_past_the_services_is_found(done):
    Bill.objects.filter(number="B-1").update(state="cancelled")
    assert 13 in broken()


def test_a_seal_that_is_two_minutes_late_is_found(done, monkeypatch):
    monkeypatch.setattr("monitoring.invariants.CHAIN_MAY_LAG", timedelta(0))
    assert [row[0] for row in broken()[14]] == ["behind"]
    seal()
    assert broken() == {}


def test_a_broken_chain_is_found(done):
    seal()
    with owner() as by_owner:
        by_owner.execute("UPDATE audit_seal SET hash = '\\x00' WHERE position = 2")
    assert [row[:2] for row in broken()[14]] == [("changed", 2), ("changed", 3)]
