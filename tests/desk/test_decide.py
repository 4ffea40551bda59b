"""Deciding a conflict: keep, move here, dismiss."""

import pytest
from django.db import DatabaseError, transaction

from audit.models import AuditLog
from bags.models import Bag, ConflictDecision, Scan
from tests.desk.conftest import is_in, waiting

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["kavya", "asha"])
@pytest.mark.parametrize("decision", ["keep", "dismiss"])
def test_keeping_and_dismissing_settle_it_and_change_nothing_else(conflict, decide, holds, name, decision):
    before = AuditLog.objects.count()
    decide(conflict, decision, by=name, reason=" the packet is in SB00001 ")
    assert (is_in("0000100001"), waiting()) == ("SB00001", [])
    made = ConflictDecision.objects.get()
    assert (made.scan, made.decision, made.reason, made.decided_by.username, made.moved_by_scan) == (
        conflict,
        decision,
        "the packet is in SB00001",
        name,
        None,
    )
    entry = AuditLog.objects.order_by("-pk")[0]
    assert AuditLog.objects.count() == before + 1
    assert (entry.action, entry.actor, entry.target_type, entry.target_id, entry.target_label) == (
        "conflict_decided",
        name,
        "scan",
        str(conflict.pk),
        "0000100001",
    )
    assert (entry.before, entry.after) == ({"decision": None}, {"decision": decision})
    assert entry.reason == "the packet is in SB00001"
    holds()


def test_moving_puts_it_where_the_device_meant_by_a_scan_of_its_own(conflict, decide, holds):
    before = AuditLog.objects.count()
    decide(conflict, "move")
    assert (is_in("0000100001"), waiting()) == ("SB00002", [])
    moved = ConflictDecision.objects.get().moved_by_scan
    assert (moved.code, moved.mode, moved.operator.username, moved.offline) == (
        "moved",
        "move",
        "kavya",
        False,
    )
    added = AuditLog.objects.order_by("pk")[before:]
    assert [entry.action for entry in added] == ["child_unlinked", "child_linked", "conflict_decided"]
    assert {entry.reason for entry in added} == {"I looked"}
    assert added[2].after == {"decision": "move", "scan": moved.pk}
    holds()


def test_a_packet_that_is_in_no_sack_by_now_is_put_in(conflict, decide, scan, holds):
    scan("kavya", "0000100001", mode="unlink", reason="torn")
    decide(conflict, "move")
    assert is_in("0000100001") == "SB00002"
    holds()


def test_a_packet_that_was_never_registered(fill, scan, decide, operator, holds):
    """Its sack was closed; a biller takes one out, which opens it, and lets the packet in."""
    fill("ravi", "SB00001", 2)
    scan("ravi", mode="close", parent="SB00001")
    told = scan("ravi", "LABEL NO.7000001 LOT NO.:MST-1", parent="SB00001", offline=True)
    conflict = Scan.objects.get(pk=told["scan_id"])
    assert (conflict.reason_code, conflict.bag) == ("parent_closed", None)
    scan("kavya", "0000100001", mode="unlink", reason="torn")
    decide(conflict, "move")
    assert is_in("7000001") == "SB00001"
    holds()


def test_the_marks_stay_until_somebody_counted(conflict, decide):
    decide(conflict, "move")
    marked = Bag.objects.filter(needs_recount=True).values_list("qr_id", flat=True)
    assert set(marked) == {"SB00001", "SB00002"}


@pytest.mark.parametrize("name", ["ravi", "nobody"])
def test_dispatchers_may_not(conflict, decide, refused, name):
    with refused("not_allowed"):
        decide(conflict, "keep", by=name)


def test_without_a_reason(conflict, decide, refused):
    with refused("reason_needed"):
        decide(conflict, "keep", reason="  ")


def test_what_is_no_conflict(conflict, decide, refused):
    other = Scan.objects.exclude(code="conflict")[0]
    with refused("unknown"):
        decide(other, "keep")
    other.pk = 2**62
    with refused("unknown"):
        decide(other, "keep")


def test_what_is_decided_already(conflict, decide, refused):
    decide(conflict, "keep", by="asha")
    with refused("decided_already"):
        decide(conflict, "dismiss")


@pytest.mark.parametrize("decision", ["keep", "move", "dismiss"])
def test_what_changed_since_it_was_shown(conflict, decide, scan, fill, refused, decision):
    fill("kavya", "SB00003", 0)
    scan("kavya", "0000100001", mode="move", parent="SB00003")
    with refused("changed_meanwhile"):
        decide(conflict, decision, seen=1)


def test_a_move_that_the_rules_refuse_decides_nothing(conflict, decide, scan, fill, refused):
    scan("ravi", "7000001", parent="SB00002")
    scan("ravi", mode="close", parent="SB00002")
    with refused("parent_closed"):
        decide(conflict, "move")
    assert waiting() == [conflict]


def test_a_packet_that_is_there_already_is_no_move(conflict, decide, scan, refused):
    scan("kavya", "0000100001", mode="move", parent="SB00002")
    with refused("already_here"):
        decide(conflict, "move")


def test_another_lot_and_a_sack_cannot_be_moved(fill, scan, decide, refused):
    fill("ravi", "SB00001", 0)
    fill("ravi", "SB00002", 1)
    scan("ravi", mode="close", parent="SB00002")
    scan("ravi", "LABEL NO.7000001 LOT NO.:MST-1", parent="SB00001")
    scan("ravi", "LABEL NO.7000001 LOT NO.:MST-2", parent="SB00001", offline=True)
    scan("ravi", "SB00002", offline=True)
    for conflict in waiting():
        with refused("not_movable"):
            decide(conflict, "move")
        decide(conflict, "dismiss")
    assert waiting() == []


def test_the_database_deletes_no_decision_and_takes_one_at_a_time(conflict, decide):
    made = decide(conflict, "keep")
    with pytest.raises(DatabaseError, match="nothing in it is ever deleted"), transaction.atomic():
        made.delete()
    made.pk = None
    with pytest.raises(DatabaseError, match="conflict_decided_once"), transaction.atomic():
        made.save(force_insert=True)
