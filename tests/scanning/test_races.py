"""Real threads, real commits. A race's twin takes the protection away and must break the promise."""

import uuid

import pytest

from bags.models import Bag, Link, Scan
from billing.services import BillRefused, complete_bill, create_bill
from monitoring.invariants import broken
from tests.scanning.racing import codes, puller, together, without, without_index, without_lock

pytestmark = pytest.mark.django_db(transaction=True)


def one_place_left(people, fill):
    fill("ravi", "M444-00001", 14)
    return [puller(people["ravi"], f"77{number:05}", parent="M444-00001") for number in range(64)]


def test_64_children_and_one_place_left(people, fill, holds):
    results = together(*one_place_left(people, fill))
    assert codes(results) == ["linked_last"] + ["parent_full"] * 63
    assert Bag.objects.get(qr_id="M444-00001").child_count == 15
    holds()


def test_64_children_and_one_place_left_without_the_lock(people, fill, monkeypatch):
    jobs = one_place_left(people, fill)[:8]
    with without_lock(monkeypatch, len(jobs)):
        together(*jobs)
    assert {1, 3} <= set(broken())  # more links than the limit, and a counter that lies


def test_one_child_and_two_parents(people, fill, holds):
    for _round in range(5):
        raw = f"78{_round:05}"
        fill("ravi", "SB00001", 0)
        fill("ravi", "SB00002", 0)
        results = together(
            puller(people["ravi"], raw, parent="SB00001"), puller(people["meena"], raw, parent="SB00002")
        )
        assert codes(results) == ["in_other_parent", "linked"]
    holds()


def test_one_child_and_two_parents_without_the_index(people, scan, fill, monkeypatch):
    fill("ravi", "SB00001", 1)
    fill("ravi", "SB00002", 0)
    scan("ravi", "0000100001", mode="unlink", reason="free again")
    with without_index("link_child_in_one_parent"), without_lock(monkeypatch, 2):
        jobs = [puller(people["ravi"], "0000100001", parent=parent) for parent in ("SB00001", "SB00002")]
        assert codes(together(*jobs)) == ["linked", "linked"]
        assert 2 in broken()


def test_one_key_twenty_times_at_once(people, fill, holds):
    fill("ravi", "SB00001", 1)
    key = uuid.uuid4()
    results = together(*[puller(people["ravi"], "7700001", key, parent="SB00001") for _ in range(20)])
    assert [result["replayed"] for result in results].count(False) == 1
    assert {(result["code"], result["parent"]["count"]) for result in results} == {("linked", 2)}
    assert Scan.objects.filter(key=key).count() == 1
    holds()


def test_one_key_at_once_without_the_index(people, fill, monkeypatch):
    fill("ravi", "SB00001", 1)
    key = uuid.uuid4()
    again = "ALTER TABLE bags_scan ADD CONSTRAINT bags_scan_key_key UNIQUE (key)"
    with (
        without("ALTER TABLE bags_scan DROP CONSTRAINT bags_scan_key_key", again),
        without_lock(monkeypatch, 4),
    ):
        together(*[puller(people["ravi"], "SB00001", key) for _ in range(4)])
        assert 6 in broken()


def test_moves_that_cross(people, fill, holds):
    fill("kavya", "SB00001", 6)
    fill("kavya", "SB00002", 6)
    jobs = [puller(people["kavya"], f"00001{n:05}", mode="move", parent="SB00002") for n in range(1, 7)]
    jobs += [puller(people["kavya"], f"00002{n:05}", mode="move", parent="SB00001") for n in range(1, 7)]
    assert codes(together(*jobs)) == ["moved"] * 12
    assert list(Bag.objects.parents().values_list("child_count", flat=True)) == [6, 6]
    holds()


def test_move_against_move_of_one_child(people, fill, holds):
    fill("kavya", "SB00001", 1)
    for parent in ("SB00002", "SB00003"):
        fill("kavya", parent, 0)
    jobs = [puller(people["kavya"], "0000100001", mode="move", parent=f"SB0000{n}") for n in (2, 3)]
    assert codes(together(*jobs)) == ["moved", "moved"]
    assert Link.objects.filter(unlinked_at=None).count() == 1
    holds()


def test_undo_twice_at_once(people, scan, fill, holds):
    fill("ravi", "SB00001", 1)
    key = Scan.objects.get(code="linked").key
    jobs = [puller(people["ravi"], str(key), mode="undo") for _ in range(6)]
    assert codes(together(*jobs)) == ["undo_superseded"] * 5 + ["undone"]
    holds()


def test_undo_against_link_of_the_last_place(people, fill, holds):
    fill("ravi", "M444-00001", 15)
    key = Scan.objects.get(code="linked_last").key
    jobs = [puller(people["ravi"], str(key), mode="undo")]
    jobs += [puller(people["meena"], f"79{number:05}", parent="M444-00001") for number in range(4)]
    results = together(*jobs)
    assert results[0]["code"] == "undone"
    assert codes(results[1:]).count("linked_last") <= 1
    holds()


def test_bill_against_link(people, fill, operator, holds):
    fill("ravi", "SB00001", 2)
    create_bill(number="B-1", by=operator("kavya"))
    jobs = [puller(people["kavya"], "SB00001", mode="bill", bill="B-1")]
    jobs += [puller(people["ravi"], f"80{number:05}", parent="SB00001") for number in range(8)]
    results = together(*jobs)
    assert results[0]["code"] == "billed"
    assert set(codes(results[1:])) <= {"linked", "parent_billed"}
    holds()


def test_one_parent_on_two_bills_at_once(people, fill, operator, holds):
    fill("ravi", "SB00001", 2)
    for number in ("B-1", "B-2"):
        create_bill(number=number, by=operator("kavya"))
    jobs = [
        puller(people[who], "SB00001", mode="bill", bill=bill)
        for who, bill in (("kavya", "B-1"), ("asha", "B-2"))
    ]
    assert codes(together(*jobs)) == ["billed", "on_other_bill"]
    holds()


def test_complete_against_move_and_complete(people, scan, fill, operator, holds):
    fill("kavya", "SB00001", 3)
    fill("kavya", "SB00002", 1)
    create_bill(number="B-1", by=operator("kavya"))
    scan("kavya", "SB00001", mode="bill", bill="B-1")
    by = operator("kavya")
    jobs = [lambda: complete_bill(number="B-1", by=by) for _ in range(2)]
    jobs += [puller(people["kavya"], f"00001{n:05}", mode="move", parent="SB00002") for n in (1, 2)]
    results = together(*jobs)
    refused = [result for result in results[:2] if isinstance(result, BillRefused)]
    assert [error.code for error in refused] == ["bill_final"]
    assert set(codes(results[2:])) <= {"moved", "bill_final"}
    holds()


def test_one_new_parent_opened_by_ten(people, holds):
    results = together(*[puller(people["ravi"], "SB00009") for _ in range(10)])
    assert codes(results) == ["parent_opened"] * 10
    assert Bag.objects.filter(qr_id="SB00009").count() == 1
    holds()
