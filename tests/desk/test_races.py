"""Two at the desk at once, and the desk against the floor; each with a twin without its protection."""

import pytest
from django.db import IntegrityError

from bags.desk import deciding
from bags.models import ConflictDecision, Scan
from tests.desk.conftest import is_in
from tests.scanning.racing import MeetingPoint, halfway, puller, together, without_index

pytestmark = pytest.mark.django_db(transaction=True)


def told(results):
    """What each of them got, in any order."""
    return sorted(
        result.code if isinstance(result, deciding.DecisionRefused) else type(result).__name__
        for result in results
    )


@pytest.fixture
def two_deciders(conflict, operator):
    """Both have seen the same page."""
    seen = conflict.bag.parent_links.get(unlinked_at=None).pk
    facts = {"scan_id": conflict.pk, "reason": "I looked", "seen": seen}
    return [
        lambda: deciding.decide(decision="keep", by=operator("kavya"), **facts),
        lambda: deciding.decide(decision="move", by=operator("asha"), **facts),
    ]


@pytest.fixture
def without_its_lock(monkeypatch):
    """Both have read the conflict before one of them writes."""
    point = MeetingPoint(2)

    def reading(scan_id):
        scan = Scan.objects.select_related("bag", "parent").get(pk=scan_id)
        point.meet()
        return scan

    monkeypatch.setattr(deciding, "_lock_conflict", reading)


def test_of_two_deciders_one_is_told(two_deciders, conflict, holds):
    assert told(together(*two_deciders)) in (
        ["ConflictDecision", "decided_already"],
        ["ConflictDecision", "changed_meanwhile"],
    )
    made = ConflictDecision.objects.get()
    assert is_in("0000100001") == ("SB00002" if made.decision == "move" else "SB00001")
    holds()


def test_of_two_deciders_without_the_lock_the_database_refuses_one(two_deciders, without_its_lock, holds):
    results = together(*two_deciders)
    refused = [result for result in results if not isinstance(result, ConflictDecision)]
    assert len(refused) == 1
    assert isinstance(refused[0], IntegrityError | deciding.DecisionRefused)
    holds()


def test_two_deciders_without_lock_and_constraint_both_decide(conflict, operator, without_its_lock):
    seen = conflict.bag.parent_links.get(unlinked_at=None).pk
    facts = {"scan_id": conflict.pk, "reason": "I looked", "seen": seen}
    with without_index("conflict_decided_once"):
        jobs = [
            lambda: deciding.decide(decision="keep", by=operator("kavya"), **facts),
            lambda: deciding.decide(decision="dismiss", by=operator("asha"), **facts),
        ]
        assert told(together(*jobs)) == ["ConflictDecision", "ConflictDecision"]
        assert ConflictDecision.objects.count() == 2


def test_the_packet_moves_while_somebody_decides(two_deciders, people, fill, holds):
    fill("kavya", "SB00003", 0)
    move = puller(people["kavya"], "0000100001", mode="move", parent="SB00003")
    moved, decided = together(move, two_deciders[1])
    assert moved["code"] == "moved"
    # Either the desk was first and the packet went on from there, or it was told.
    assert told([decided])[0] in ("ConflictDecision", "changed_meanwhile")
    assert is_in("0000100001") == "SB00003"
    assert Scan.objects.open_conflicts().count() == (0 if isinstance(decided, ConflictDecision) else 1)
    holds()


@pytest.fixture
def keeping_while_it_moves(two_deciders, people, fill, monkeypatch):
    """The move to SB00003 is judged, not written, when kavya keeps what her page showed."""
    fill("kavya", "SB00003", 0)
    move = puller(people["kavya"], "0000100001", mode="move", parent="SB00003")

    def run():
        with halfway(monkeypatch, move) as answer:
            try:
                kept = two_deciders[0]()
            except deciding.DecisionRefused as refused:
                kept = refused
        assert answer.result()["code"] == "moved"
        return told([kept])

    return run


def test_nobody_keeps_what_just_moves_away(keeping_while_it_moves, holds):
    assert keeping_while_it_moves() == ["changed_meanwhile"]
    holds()


def test_keeping_without_the_packets_lock(keeping_while_it_moves, monkeypatch):
    packet = deciding.scanned_bag
    monkeypatch.setattr(deciding, "scanned_bag", lambda scan: NotLocking(packet(scan)))
    assert keeping_while_it_moves() == ["ConflictDecision"]


class NotLocking:
    def __init__(self, rows):
        self.rows = rows

    def select_for_update(self):
        return self.rows


def test_taken_back_twice_at_once(two_deciders, conflict, operator, holds):
    two_deciders[1]()
    jobs = [
        lambda name=name: deciding.take_back(scan_id=conflict.pk, reason="no", by=operator(name))
        for name in ("kavya", "asha")
    ]
    assert told(together(*jobs)) == ["ConflictDecision", "not_decided"]
    assert is_in("0000100001") == "SB00001"
    holds()


def test_taken_back_twice_without_the_lock(two_deciders, conflict, operator, monkeypatch, without_its_lock):
    monkeypatch.setattr(deciding, "scan_as_seen", lambda *_: conflict)
    ConflictDecision.objects.create(
        scan=conflict,
        decision="keep",
        reason="I looked",
        decided_at=conflict.received_at,
        decided_by=conflict.operator,
    )
    jobs = [
        lambda name=name: deciding.take_back(scan_id=conflict.pk, reason="no", by=operator(name))
        for name in ("kavya", "asha")
    ]
    assert told(together(*jobs)) == ["ConflictDecision", "ConflictDecision"]
