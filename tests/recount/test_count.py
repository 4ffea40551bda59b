"""Counting: each packet once, kept at once, told nothing of what is recorded."""

import uuid

import pytest

from audit.models import AuditLog
from bags.models import Link, Recount, RecountLine, Scan
from bags.recounts import counting
from bags.scanning.rules import Pull
from bags.scanning.service import process
from tests.billing.conftest import everything
from tests.recount.conftest import inside
from tests.scanning.racing import puller, together, without_index, without_lock

pytestmark = pytest.mark.django_db


def codes():
    return list(RecountLine.objects.filter(taken_back_at=None).order_by("pk").values_list("code", flat=True))


@pytest.mark.parametrize("name", ["ravi", "meena", "kavya", "asha"])
def test_a_sack_and_its_packets_are_counted_and_nothing_else_changes(fill, count, people, holds, name):
    fill("ravi", "SB00001", 2)
    links, entries = list(Link.objects.values()), AuditLog.objects.count()
    opened = count(name, "sb00001")
    recount = Recount.objects.get()
    assert (opened["code"], opened["severity"], opened["bag"]["qr_id"], opened["parent"], opened["bill"]) == (
        "recount_opened",
        "success",
        "SB00001",
        None,
        {"number": str(recount.pk), "state": "open", "target": None, "parents": 0},
    )
    assert (recount.sack.qr_id, recount.state, recount.started_by) == ("SB00001", "open", people[name])
    assert (recount.expected, recount.found, recount.ended_at) == (None, None, None)
    told = [count(name, code, "SB00001") for code in ("0000100002", "LABEL NO.7000001 LOT NO.:MST-1")]
    assert [(answer["code"], answer["bill"]["parents"]) for answer in told] == [
        ("counted", 1),
        ("counted", 2),
    ]
    assert codes() == ["0000100002", "7000001"]
    assert list(Link.objects.values()) == links
    entry = AuditLog.objects.latest("pk")
    assert AuditLog.objects.count() == entries + 1
    assert (entry.action, entry.actor, entry.target_type, entry.target_id, entry.target_label) == (
        "recount_started",
        name,
        "recount",
        str(recount.pk),
        "SB00001",
    )
    assert (entry.before, entry.after) == (None, {"state": "open"})
    scan = Scan.objects.latest("pk")
    assert (scan.mode, scan.code, scan.parent.qr_id, scan.bag) == ("count", "counted", "SB00001", None)
    holds()


def test_no_answer_tells_what_is_recorded(fill, count):
    """The same words and facts for a packet that is expected and for one that is not."""
    fill("ravi", "SB00001", 7)
    fill("ravi", "SB00002", 1)
    answers = [
        count("ravi", "SB00001"),
        count("ravi", "0000100001", "SB00001"),
        count("ravi", "0000200001", "SB00001"),
        count("ravi", "0000200001", "SB00001"),
    ]
    assert [answer["message"] for answer in answers] == [
        "SB00001 is being counted. Counted so far: 0. Scan its packets.",
        "Counted so far: 1.",
        "Counted so far: 2.",
        "This packet was counted before. It counts once. Counted so far: 2.",
    ]
    for answer in answers:
        assert (answer["parent"], answer["explain"]) == (None, None)


def test_a_packet_twice_counts_once(fill, count, holds):
    fill("ravi", "SB00001", 1)
    count("ravi", "SB00001")
    count("ravi", "0000100001", "SB00001")
    again = count("meena", "0000100001", "SB00001")
    assert (again["code"], again["severity"], again["bill"]["parents"]) == ("already_counted", "notice", 1)
    assert codes() == ["0000100001"]
    holds()


def test_a_repeated_key_is_harmless(fill, count, holds):
    fill("ravi", "SB00001", 1)
    first, second = uuid.uuid4(), uuid.uuid4()
    begun = count("ravi", "SB00001", key=first)
    told = count("ravi", "0000100001", "SB00001", key=second)
    before = everything()
    assert count("ravi", "SB00001", key=first) == {**begun, "replayed": True}
    assert count("ravi", "0000100001", "SB00001", key=second) == {**told, "replayed": True}
    assert count("ravi", "7000001", "SB00001", key=second)["code"] == "key_reused"
    assert everything() == before
    holds()


def test_who_scans_the_sack_again_joins_its_recount(fill, count, holds):
    fill("ravi", "SB00001", 1)
    count("ravi", "SB00001")
    count("ravi", "0000100001", "SB00001")
    joined = count("meena", "SB00001")
    assert (joined["code"], joined["bill"]["parents"]) == ("recount_opened", 1)
    assert Recount.objects.count() == 1
    assert AuditLog.objects.filter(action="recount_started").count() == 1
    holds()


REFUSALS = [
    ("unreadable", "ravi", "?!", "SB00001"),
    ("not_allowed", "nobody", "0000100001", "SB00001"),
    ("not_allowed", "nobody", "SB00001", None),
    ("unknown", "arjun", "SB00001", None),
    ("unknown", "ravi", "SB77777", None),
    ("need_parent", "ravi", "0000100001", None),
    ("unknown", "arjun", "0000100001", "SB00001"),
    ("unknown", "ravi", "0000100001", "SB77777"),
    ("wrong_kind", "ravi", "7000001", "0000100001"),
    ("lot_differs", "ravi", "LABEL NO.0000100001 LOT NO.:MST-2", "SB00001"),
    ("not_counting", "ravi", "0000200001", "SB00002"),
]


@pytest.mark.parametrize(("code", "name", "raw", "sack"), REFUSALS)
def test_what_is_refused_counts_nothing(fill, scan, count, holds, code, name, raw, sack):
    scan("ravi", "SB00001")
    scan("ravi", "LABEL NO.0000100001 LOT NO.:MST-1", parent="SB00001")
    fill("ravi", "SB00002", 1)
    count("ravi", "SB00001")
    before = everything()
    answer = count(name, raw, sack)
    assert (answer["code"], bool(answer["message"])) == (code, True)
    assert answer["severity"] == ("attention" if code == "need_parent" else "block")
    after = everything()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"Scan"}
    holds()


def test_more_than_any_sack_holds_is_refused(fill, count, monkeypatch, holds):
    fill("ravi", "SB00001", 1)
    count("ravi", "SB00001")
    monkeypatch.setattr(counting, "LINES_AT_MOST", 1)
    count("ravi", "0000100001", "SB00001")
    assert count("ravi", "7000001", "SB00001")["code"] == "recount_full"
    assert count("ravi", "0000100001", "SB00001")["code"] == "already_counted"
    assert codes() == ["0000100001"]
    holds()


def test_a_packet_out_of_sight_is_counted_and_not_told(fill, count, holds):
    fill("ravi", "SB00001", 1)
    fill("arjun", "SB00007", 1)
    count("ravi", "SB00001")
    answer = count("ravi", "0000700001", "SB00001")
    assert (answer["code"], answer["bag"], answer["message"]) == ("counted", None, "Counted so far: 1.")
    assert RecountLine.objects.get().bag.qr_id == "0000700001"
    holds()


def test_an_own_count_can_be_undone_and_counted_again(fill, scan, count, holds):
    fill("ravi", "SB00001", 3)
    key = uuid.uuid4()
    count("ravi", "SB00001")
    count("ravi", "0000100001", "SB00001", key=key)
    assert scan("meena", str(key), mode="undo")["code"] == "undo_not_yours"
    undone = scan("ravi", str(key), mode="undo")
    assert (undone["code"], undone["message"], undone["parent"], undone["bill"]["parents"]) == (
        "undone",
        "Taken back. Counted so far: 0.",
        None,
        0,
    )
    assert codes() == []
    assert scan("ravi", str(key), mode="undo")["code"] == "undo_superseded"
    assert count("ravi", "0000100001", "SB00001")["code"] == "counted"
    assert codes() == ["0000100001"]
    assert inside("SB00001") == ["0000100001", "0000100002", "0000100003"]
    holds()


def test_a_count_of_a_finished_recount_is_not_undone(fill, scan, count, finish, holds):
    fill("ravi", "SB00001", 1)
    key = uuid.uuid4()
    count("ravi", "SB00001")
    count("ravi", "0000100001", "SB00001", key=key)
    finish(Recount.objects.get())
    assert scan("ravi", str(key), mode="undo")["code"] == "undo_superseded"
    assert count("ravi", "0000100001", "SB00001")["code"] == "not_counting"
    assert codes() == ["0000100001"]
    holds()


def test_packing_pays_nothing_for_it(fill, operator, django_assert_num_queries, scan, count):
    """Three statements more, however many packets, and only where something is counted."""
    fill("ravi", "SB00001", 1)
    count("ravi", "SB00001")
    with django_assert_num_queries(5):  # of them a savepoint and its release
        scan("ravi", "7000001", parent="SB00001")
    with django_assert_num_queries(8):  # the recount, its lines, and the new line
        count("ravi", "7000001", "SB00001")
    many = [
        Pull(key=uuid.uuid4(), mode="count", raw=f"71000{number:02}", parent="SB00001")
        for number in range(90)
    ]
    ravi = operator("ravi")
    with django_assert_num_queries(8):
        told = process(pulls=many, operator=ravi, device=None)
    assert [answer["bill"]["parents"] for answer in told] == list(range(2, 92))


@pytest.mark.django_db(transaction=True)
def test_two_begin_and_count_at_the_same_instant(fill, people, holds):
    fill("ravi", "SB00001", 2)
    begun = together(*(puller(people[name], "SB00001", mode="count") for name in ("ravi", "meena", "kavya")))
    assert [answer["code"] for answer in begun] == ["recount_opened"] * 3
    assert Recount.objects.count() == 1
    told = together(
        *(
            puller(people[name], code, mode="count", parent="SB00001")
            for name in ("ravi", "meena")
            for code in ("0000100001", "0000100002")
        )
    )
    assert sorted(answer["code"] for answer in told) == ["already_counted"] * 2 + ["counted"] * 2
    assert sorted(codes()) == ["0000100001", "0000100002"]
    holds()


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_database_lets_one_begin(fill, people, monkeypatch, holds):
    fill("ravi", "SB00001", 0)
    jobs = [puller(people[name], "SB00001", mode="count") for name in ("ravi", "meena")]
    with without_lock(monkeypatch, 2):
        begun = together(*jobs)
    assert [answer["code"] for answer in begun] == ["recount_opened"] * 2
    assert Recount.objects.count() == 1
    holds()


@pytest.mark.django_db(transaction=True)
def test_without_lock_and_index_both_begin(fill, people, monkeypatch):
    """The twin."""
    fill("ravi", "SB00001", 0)
    jobs = [puller(people[name], "SB00001", mode="count") for name in ("ravi", "meena")]
    with without_index("recount_open_once"), without_lock(monkeypatch, 2):
        together(*jobs)
        assert Recount.objects.count() == 2
