"""Taking a decision back: the conflict is open again, and a move that still stands goes back."""

import pytest

from audit.models import AuditLog
from bags.models import Bag, ConflictDecision
from billing.services import complete_bill, create_bill
from tests.desk.conftest import is_in, waiting

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("decision", ["keep", "dismiss"])
def test_it_is_open_again(conflict, decide, take_back, holds, decision):
    decide(conflict, decision)
    before = AuditLog.objects.count()
    take_back(conflict, by="asha", reason=" no ")
    assert waiting() == [conflict]
    made = ConflictDecision.objects.get()
    assert (made.undone_by.username, made.undone_reason) == ("asha", "no")
    entry = AuditLog.objects.order_by("-pk")[0]
    assert AuditLog.objects.count() == before + 1
    assert (entry.action, entry.actor, entry.reason) == ("conflict_reopened", "asha", "no")
    assert (entry.before, entry.after) == ({"decision": decision}, {"decision": None})
    holds()


def test_it_can_be_decided_anew(conflict, decide, take_back, holds):
    decide(conflict, "keep")
    take_back(conflict)
    decide(conflict, "move")
    assert (is_in("0000100001"), waiting()) == ("SB00002", [])
    assert list(ConflictDecision.objects.order_by("pk").values_list("decision", flat=True)) == [
        "keep",
        "move",
    ]
    holds()


def test_the_move_goes_back(conflict, decide, take_back, holds):
    decide(conflict, "move")
    take_back(conflict, by="asha")
    assert (is_in("0000100001"), waiting()) == ("SB00001", [conflict])
    entries = list(AuditLog.objects.order_by("-pk").values_list("action", "actor")[:3])
    assert entries == [("conflict_reopened", "asha"), ("child_linked", "asha"), ("child_unlinked", "asha")]
    holds()


def test_a_packet_from_nowhere_comes_out_again(conflict, decide, take_back, scan, holds):
    scan("kavya", "0000100001", mode="unlink", reason="torn")
    decide(conflict, "move")
    take_back(conflict)
    assert (is_in("0000100001"), waiting()) == (None, [conflict])
    holds()


def test_a_packet_that_went_on_stays_where_it_is(conflict, decide, take_back, fill, scan, holds):
    decide(conflict, "move")
    fill("kavya", "SB00003", 0)
    scan("kavya", "0000100001", mode="move", parent="SB00003")
    take_back(conflict)
    assert (is_in("0000100001"), waiting()) == ("SB00003", [conflict])
    holds()


def test_a_move_that_cannot_go_back_stays_decided(conflict, decide, take_back, scan, operator, refused):
    decide(conflict, "move")
    create_bill(number="B-1", by=operator("kavya"))
    scan("kavya", "SB00001", mode="bill", bill="B-1")
    with refused("parent_billed"):
        take_back(conflict)
    assert waiting() == []


def test_from_a_completed_bill_nothing_goes_back(conflict, decide, take_back, scan, operator, refused):
    decide(conflict, "move")
    create_bill(number="B-1", by=operator("kavya"))
    scan("kavya", "SB00002", mode="bill", bill="B-1")
    Bag.objects.update(needs_recount=False)
    complete_bill(number="B-1", by=operator("kavya"))
    with refused("bill_final"):
        take_back(conflict)


@pytest.mark.parametrize(
    ("name", "reason", "code"), [("ravi", "no", "not_allowed"), ("kavya", " ", "reason_needed")]
)
def test_who_may_and_why(conflict, decide, take_back, refused, name, reason, code):
    decide(conflict, "keep")
    with refused(code):
        take_back(conflict, by=name, reason=reason)


def test_what_stands_open(conflict, take_back, decide, refused):
    with refused("not_decided"):
        take_back(conflict)
    decide(conflict, "keep")
    take_back(conflict)
    with refused("not_decided"):
        take_back(conflict)
