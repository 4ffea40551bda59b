"""Which parents must be counted again after a conflict, and that the mark is never lost."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import AuditLog
from bags.models import Bag
from bags.scanning import service
from bags.scanning.rules import Pull
from bags.scanning.service import process
from monitoring.invariants import broken
from tests.scanning.racing import halfway, puller


def to_count():
    return set(Bag.objects.filter(needs_recount=True).values_list("qr_id", flat=True))


@pytest.mark.django_db
def test_another_lot_puts_both_sacks_in_doubt(fill, scan, holds):
    for parent in ("SB00001", "SB00002"):
        fill("ravi", parent, 0)
    scan("ravi", "LABEL NO.7000001 LOT NO.:MST-1", parent="SB00001")
    told = scan("ravi", "LABEL NO.7000001 LOT NO.:MST-2", parent="SB00002", offline=True)
    assert told["reason_code"] == "lot_differs"
    assert to_count() == {"SB00001", "SB00002"}
    holds()


@pytest.mark.django_db
def test_a_sack_in_doubt_already_is_noted_once(fill, scan, holds):
    fill("ravi", "SB00001", 2)
    fill("ravi", "SB00002", 0)
    for packet in ("0000100001", "0000100002"):
        scan("ravi", packet, parent="SB00002", offline=True)
    assert AuditLog.objects.filter(action="recount_needed").count() == 2
    holds()


@pytest.mark.django_db
def test_a_sack_opened_in_the_same_call_is_marked(fill, operator, holds):
    fill("ravi", "SB00001", 1)
    pulls = [
        Pull(key=uuid.uuid4(), mode="pack", raw="SB00002", offline=True),
        Pull(key=uuid.uuid4(), mode="pack", raw="0000100001", parent="SB00002", offline=True),
    ]
    answers = process(pulls=pulls, operator=operator("ravi"), device=None)
    assert [told["code"] for told in answers] == ["parent_opened", "conflict"]
    assert to_count() == {"SB00001", "SB00002"}
    holds()


@pytest.mark.django_db
def test_online_nothing_is_in_doubt(fill, scan):
    fill("ravi", "SB00001", 1)
    fill("ravi", "SB00002", 0)
    assert scan("ravi", "0000100001", parent="SB00002")["code"] == "in_other_parent"
    assert to_count() == set()


@pytest.mark.django_db
def test_a_marked_sack_goes_on_being_packed_and_keeps_its_mark(fill, scan, holds):
    fill("ravi", "SB00001", 1)
    fill("ravi", "SB00002", 0)
    scan("ravi", "0000100001", parent="SB00002", offline=True)
    assert scan("ravi", "7000001", parent="SB00001")["code"] == "linked"
    assert scan("ravi", mode="close", parent="SB00001")["code"] == "closed"
    assert to_count() == {"SB00001", "SB00002"}
    holds()


@pytest.mark.django_db
def test_a_conflict_costs_as_many_statements_as_any_scan(fill, operator):
    fill("ravi", "SB00001", 9)
    fill("ravi", "SB00002", 0)
    counts = []
    for packets in (["0000100001"], [f"000010000{number}" for number in range(2, 10)]):
        pulls = [
            Pull(key=uuid.uuid4(), mode="pack", raw=raw, parent="SB00002", offline=True) for raw in packets
        ]
        with CaptureQueriesContext(connection) as queries:
            answers = process(pulls=pulls, operator=operator("ravi"), device=None)
        assert {told["code"] for told in answers} == {"conflict"}
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.fixture
def conflict_halfway(people, fill, monkeypatch):
    """Ravi's conflict with SB00001 is judged when meena packs into that sack."""
    fill("ravi", "SB00001", 1)
    fill("ravi", "SB00002", 0)
    job = puller(people["ravi"], "0000100001", parent="SB00002", offline=True)

    def run(scan):
        with halfway(monkeypatch, job) as answer:
            assert scan("meena", "7000001", parent="SB00001")["code"] == "linked"
        assert answer.result()["code"] == "conflict"
        return Bag.objects.get(qr_id="SB00001")

    return run


@pytest.mark.django_db(transaction=True)
def test_marking_a_sack_overwrites_nobody(conflict_halfway, scan, holds):
    sack = conflict_halfway(scan)
    assert (sack.child_count, sack.needs_recount) == (2, True)
    holds()


@pytest.mark.django_db(transaction=True)
def test_marking_a_sack_without_its_lock(conflict_halfway, scan, monkeypatch):
    codes = service._codes
    monkeypatch.setattr(service, "_codes", lambda pulls: (*codes(pulls)[:2], set()))
    assert conflict_halfway(scan).child_count == 1
    assert 3 in broken()
