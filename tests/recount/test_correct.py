"""A biller applies a correction or leaves all as it is, and takes that back."""

import pytest

from audit.models import AuditLog
from bags.models import Bag, Link, Recount, RecountDecision, RecountLine, Scan
from bags.recounts import correcting
from billing.services import complete_bill, create_bill
from tests.recount.conftest import inside
from tests.scanning.racing import MeetingPoint, together, without_index

pytestmark = pytest.mark.django_db


def undecided():
    return Recount.objects.latest("pk").undecided


def entry():
    return AuditLog.objects.latest("pk")


@pytest.mark.parametrize("name", ["kavya", "asha"])
def test_a_missing_packet_is_taken_out(counted, decide, holds, name):
    counted()
    made = decide("0000100003", "apply", by=name, reason=" it lies in the yard ")
    assert inside("SB00001") == ["0000100001", "0000100002"]
    assert Bag.objects.get(qr_id="SB00001").child_count == 2
    link = Link.objects.get(child__qr_id="0000100003")
    assert (link.end_reason, link.unlinked_by.username) == ("unlink", name)
    assert (made.decision, made.reason, made.decided_by.username) == ("apply", "it lies in the yard", name)
    assert (made.scan.mode, made.scan.code, undecided()) == ("unlink", "undone", 3)
    assert (entry().action, entry().actor, entry().target_type, entry().target_label) == (
        "correction_applied",
        name,
        "recount",
        "SB00001",
    )
    assert entry().after == {
        "decision": "apply",
        "scan": made.scan_id,
        "packet": "0000100003",
        "outcome": "missing",
    }
    unlinked = AuditLog.objects.get(action="child_unlinked", target_label="0000100003")
    assert unlinked.reason == "it lies in the yard"
    holds()


def test_unexpected_packets_are_put_in_wherever_they_are_recorded(loose, counted, decide, holds):
    recount = counted()
    for code, mode in (("0000200001", "moved"), ("7000001", "linked"), ("7000002", "linked")):
        made = decide(code, "apply")
        assert (made.scan.code, made.reason) == (mode, f"Recount {recount.pk}")
    assert inside("SB00001") == [
        "0000100001",
        "0000100002",
        "0000100003",
        "0000200001",
        "7000001",
        "7000002",
    ]
    assert (inside("SB00002"), undecided()) == ([], 1)
    assert Bag.objects.get(qr_id="7000002").area_id == "lucknow"
    holds()


def test_the_lot_of_a_label_that_was_counted_is_kept(fill, count, finish, decide, holds):
    fill("ravi", "SB00001", 0)
    count("ravi", "SB00001")
    count("ravi", "LABEL NO.0012345 LOT NO.:MST-24-118", "SB00001")
    finish(Recount.objects.get())
    decide("0012345", "apply")
    assert Bag.objects.get(qr_id="0012345").lot == "MST-24-118"
    holds()


def test_leaving_it_changes_nothing_but_the_proposal(counted, decide, holds):
    counted()
    links, scans = list(Link.objects.values()), Scan.objects.count()
    made = decide("0000100003", "dismiss", reason="it was in the other hand")
    assert (made.decision, made.scan, undecided()) == ("dismiss", None, 3)
    assert (list(Link.objects.values()), Scan.objects.count()) == (links, scans)
    assert (entry().action, entry().reason, entry().after) == (
        "correction_dismissed",
        "it was in the other hand",
        {"decision": "dismiss", "packet": "0000100003", "outcome": "missing"},
    )
    holds()


@pytest.mark.parametrize("name", ["ravi", "nobody"])
def test_only_billers_and_admins_decide(counted, decide, take_back, refused, name):
    counted()
    for decision in ("apply", "dismiss"):
        with refused("not_allowed"):
            decide("0000100003", decision, by=name, reason="so")
    decide("0000100003", "dismiss", reason="so")
    with refused("not_allowed"):
        take_back("0000100003", by=name)


def test_what_there_is_to_refuse(counted, decide, take_back, refused, holds):
    counted()
    with refused("reason_needed"):
        decide("0000100003", "dismiss", reason="  ")
    with refused("unknown"):
        decide("0000100001", "apply")  # it was found
    with refused("not_decided"):
        take_back("0000100003")
    decide("0000100003", "apply")
    for decision in ("apply", "dismiss"):
        with refused("decided_already"):
            decide("0000100003", decision, by="asha", reason="so")
    with refused("reason_needed"):
        take_back("0000100003", reason=" ")
    holds()


def test_of_an_open_recount_nothing_is_decided(fill, count, decide, refused):
    fill("ravi", "SB00001", 1)
    count("ravi", "SB00001")
    count("ravi", "7000001", "SB00001")
    with refused("unknown"):
        decide("7000001", "apply")


def test_what_was_moved_meanwhile_is_refused(loose, counted, fill, scan, decide, refused, holds):
    counted()
    fill("kavya", "SB00003", 0)
    for code in ("0000100003", "0000200001"):
        scan("kavya", code, mode="move", parent="SB00003")
    scan("kavya", "7000001", parent="SB00003")
    scan("kavya", "7000002", parent="SB00003")
    for code in ("0000100003", "0000200001", "7000001", "7000002"):
        with refused("changed_meanwhile"):
            decide(code, "apply")
    assert inside("SB00003") == ["0000100003", "0000200001", "7000001", "7000002"]
    decide("0000100003", "dismiss", reason="it is in SB00003 now")
    holds()


def test_moved_away_and_back_is_another_ground(counted, fill, scan, decide, refused):
    counted()
    fill("kavya", "SB00003", 0)
    scan("kavya", "0000100003", mode="move", parent="SB00003")
    scan("kavya", "0000100003", mode="move", parent="SB00001")
    with refused("changed_meanwhile"):
        decide("0000100003", "apply")


def test_taken_out_or_put_in_by_others_is_refused(counted, scan, decide, refused):
    counted()
    scan("kavya", "0000100003", mode="unlink", reason="lost")
    with refused("nothing_to_undo"):
        decide("0000100003", "apply")
    scan("kavya", "0000200001", mode="move", parent="SB00001")
    with refused("already_here"):
        decide("0000200001", "apply")


def test_a_sack_that_was_counted_again_is_corrected_by_the_newer_recount(
    counted, count, finish, decide, take_back, refused, holds
):
    counted()
    decide("0000200001", "dismiss", reason="so")
    count("ravi", "SB00001")
    finish(Recount.objects.open().get())
    assert RecountLine.objects.filter(code="0000100003").count() == 2
    with refused("counted_again"):
        decide("7000002", "apply")
    with refused("counted_again"):
        take_back("0000200001")
    decide("0000100003", "apply")
    assert inside("SB00001") == ["0000100001", "0000100002"]
    holds()


def test_bills_and_full_sacks_refuse_as_they_refuse_scans(counted, scan, operator, decide, refused, holds):
    counted()
    create_bill(number="B-1", by=operator("kavya"))
    scan("kavya", "SB00001", mode="bill", bill="B-1")
    with refused("parent_billed"):
        decide("0000200001", "apply")
    decide("0000100003", "apply")  # a live bill lets a biller take out
    complete_bill(number="B-1", reason="", by=operator("kavya"))
    with refused("parent_billed"):
        decide("0000200001", "apply")
    holds()


def test_a_completed_bill_keeps_what_is_missing(counted, scan, operator, decide, refused, holds):
    create_bill(number="B-1", by=operator("kavya"))
    counted()
    scan("kavya", "SB00001", mode="bill", bill="B-1")
    complete_bill(number="B-1", reason="", by=operator("kavya"))
    with refused("bill_final"):
        decide("0000100003", "apply")
    decide("0000100003", "dismiss", reason="the lorry has left")
    holds()


@pytest.mark.parametrize("code", ["0000100003", "0000200001", "7000001", "7000002"])
def test_a_correction_is_taken_back_and_can_be_applied_again(loose, counted, decide, take_back, holds, code):
    counted()
    before = {sack: inside(sack) for sack in ("SB00001", "SB00002")}
    decide(code, "apply")
    after = {sack: inside(sack) for sack in ("SB00001", "SB00002")}
    assert after != before
    made = take_back(code, by="asha")
    assert {sack: inside(sack) for sack in ("SB00001", "SB00002")} == before
    assert (made.undone_by.username, made.undone_reason, undecided()) == ("asha", "I was wrong", 4)
    assert (entry().action, entry().actor, entry().reason) == ("correction_reopened", "asha", "I was wrong")
    holds()
    decide(code, "apply")
    assert {sack: inside(sack) for sack in ("SB00001", "SB00002")} == after
    assert (RecountDecision.objects.count(), undecided()) == (2, 3)
    holds()


def test_a_dismissal_is_taken_back(counted, decide, take_back, holds):
    counted()
    decide("0000100003", "dismiss", reason="so")
    take_back("0000100003")
    assert undecided() == 4
    decide("0000100003", "apply")
    assert undecided() == 3
    holds()


def test_what_went_elsewhere_since_is_not_fetched(counted, fill, scan, decide, take_back, refused, holds):
    counted()
    fill("kavya", "SB00003", 0)
    decide("0000100003", "apply")
    scan("kavya", "0000100003", parent="SB00003")
    with refused("in_other_parent"):
        take_back("0000100003")
    decide("0000200001", "apply")
    scan("kavya", "0000200001", mode="move", parent="SB00003")
    take_back("0000200001")  # it stays there, and the difference is open
    assert inside("SB00003") == ["0000100003", "0000200001"]
    holds()


def test_a_correction_is_undone_as_other_scans_are(counted, decide, scan, holds):
    """By who applied it; a biller's device names the scan by its key."""
    counted()
    made = decide("0000200001", "apply")
    assert scan("kavya", str(made.scan.key), mode="undo")["code"] == "undone"
    assert inside("SB00002") == ["0000200001"]
    holds()


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_instant_one_is_told(counted, decide, holds):
    counted()
    results = together(
        lambda: decide("0000100003", "apply"), lambda: decide("0000100003", "apply", by="asha")
    )
    assert sorted(getattr(result, "code", "made") for result in results) == ["decided_already", "made"]
    assert (RecountDecision.objects.count(), undecided()) == (1, 3)
    assert inside("SB00001") == ["0000100001", "0000100002"]
    holds()


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_and_the_constraint_both_decide(counted, decide, monkeypatch):
    """The twin: both have read the line before one of them writes."""
    counted()
    point = MeetingPoint(2)

    def reading(line_id):
        line = RecountLine.objects.select_related("recount__sack", "bag", "scan").get(pk=line_id)
        point.meet()
        return line

    monkeypatch.setattr(correcting, "_lock", reading)
    with without_index("recount_decided_once"):
        results = together(
            *(lambda by=by: decide("0000100003", "dismiss", by=by, reason="so") for by in ("kavya", "asha"))
        )
        assert [type(result) for result in results] == [RecountDecision, RecountDecision]


@pytest.mark.django_db(transaction=True)
def test_correcting_against_a_recount_that_finishes(counted, count, finish, decide, holds):
    """One waits for the other; the correction counts or is told, and nobody is left hanging."""
    counted()
    old = RecountLine.objects.get(code="0000100003")
    count("ravi", "SB00001")
    for code in ("0000100001", "0000100002"):
        count("ravi", code, "SB00001")
    newer = Recount.objects.open().get()
    corrected, finished = together(lambda: decide("0000100003", "apply"), lambda: finish(newer))
    assert finished.state == "finished"
    newer.refresh_from_db()
    was_first = getattr(corrected, "line_id", None) == old.pk
    assert was_first or corrected.code == "counted_again"
    assert newer.expected == (2 if was_first else 3)
    holds()
