"""The races of test_races once more, each without what protects it: the promise must break, or the check
that finds nothing would prove nothing."""

import threading

import pytest
from django.db import OperationalError, connection

from bags import holding
from bags.models import Bag, Link
from bags.scanning import service, store
from billing.models import BillBag
from billing.services import complete_bill, create_bill
from monitoring.invariants import broken
from tests.scanning.racing import MeetingPoint, codes, halfway, puller, together, without_index, without_lock

pytestmark = pytest.mark.django_db(transaction=True)


def crossing(people, fill):
    fill("kavya", "SB00001", 2)
    fill("kavya", "SB00002", 2)
    return [
        puller(people["kavya"], "0000100001", mode="move", parent="SB00002"),
        puller(people["kavya"], "0000200001", mode="move", parent="SB00001"),
    ]


def test_moves_that_cross_without_the_lock(people, fill, monkeypatch):
    jobs = crossing(people, fill)
    with without_lock(monkeypatch, 2):
        assert codes(together(*jobs)) == ["moved", "moved"]
    assert set(broken()) == {3}


@pytest.fixture
def locks_in_the_order_of_need(monkeypatch):
    """Both lock the sack that they move to, and only when both have it, the one that they leave."""
    lock, point = store.lock_bags, MeetingPoint(2)

    def locking(*, codes, leaving, ids):
        named = lock(codes=codes, leaving=[], ids=[])
        if leaving:
            point.meet()
        return named | lock(codes=codes, leaving=leaving, ids=ids)

    monkeypatch.setattr(store, "lock_bags", locking)


def test_moves_that_cross_without_the_order_of_ids(people, fill, monkeypatch, locks_in_the_order_of_need):
    jobs = crossing(people, fill)
    monkeypatch.setattr(service, "OTHERS_WERE_QUICKER", frozenset())
    results = together(*jobs)
    (deadlock,) = [result for result in results if isinstance(result, OperationalError)]
    assert "deadlock" in str(deadlock)


def test_a_deadlock_costs_time_but_no_scan(people, fill, holds, locks_in_the_order_of_need):
    assert codes(together(*crossing(people, fill))) == ["moved", "moved"]
    holds()


def test_move_against_move_without_lock_and_index(people, fill, monkeypatch):
    fill("kavya", "SB00001", 1)
    for parent in ("SB00002", "SB00003"):
        fill("kavya", parent, 0)
    jobs = [puller(people["kavya"], "0000100001", mode="move", parent=f"SB0000{n}") for n in (2, 3)]
    with without_index("link_child_in_one_parent"), without_lock(monkeypatch, 2):
        assert codes(together(*jobs)) == ["moved", "moved"]
        assert 2 in broken()


def test_undo_twice_without_the_lock(people, fill, monkeypatch):
    linked = fill("ravi", "SB00001", 2)
    jobs = [puller(people["ravi"], linked["key"], mode="undo") for _ in range(2)]
    with without_lock(monkeypatch, 2):
        assert codes(together(*jobs)) == ["undone", "undone"]
    assert set(broken()) == {13}  # twice in the audit log


def undo_and_link(people, fill):
    linked = fill("ravi", "M444-00001", 14)
    return [
        puller(people["ravi"], linked["key"], mode="undo"),
        puller(people["meena"], "7900001", parent="M444-00001"),
    ]


def test_undo_against_link(people, fill, holds):
    results = together(*undo_and_link(people, fill))
    assert results[0]["code"] == "undone"
    assert results[1]["code"] in ("linked", "linked_last")
    assert Bag.objects.parents().values_list("child_count", "state").get() == (14, "open")
    holds()


def test_undo_against_link_without_the_lock(people, fill, monkeypatch):
    jobs = undo_and_link(people, fill)
    with without_lock(monkeypatch, 2):
        assert codes(together(*jobs)) == ["linked_last", "undone"]
    assert 3 in broken()


def test_bill_against_link_without_the_lock(people, fill, operator, monkeypatch):
    fill("ravi", "SB00001", 2)
    create_bill(number="B-1", by=operator("kavya"))
    jobs = [
        puller(people["kavya"], "SB00001", mode="bill", bill="B-1"),
        puller(people["ravi"], "8000001", parent="SB00001"),
    ]
    with without_lock(monkeypatch, 2):
        assert codes(together(*jobs)) == ["billed", "linked"]
    # Who wrote last has overwritten the other: a counter that lies, or an open sack on a bill.
    assert set(broken()) & {3, 13}


def test_one_parent_on_two_bills_without_lock_and_index(people, fill, operator, monkeypatch):
    fill("ravi", "SB00001", 2)
    for number in ("B-1", "B-2"):
        create_bill(number=number, by=operator("kavya"))
    jobs = [puller(people["kavya"], "SB00001", mode="bill", bill=bill) for bill in ("B-1", "B-2")]
    with without_index("bill_line_parent_on_one_bill"), without_lock(monkeypatch, 2):
        assert codes(together(*jobs)) == ["billed", "billed"]
        assert 10 in broken()


@pytest.fixture
def three_on_a_bill(fill, scan, operator):
    fill("kavya", "SB00001", 3)
    create_bill(number="B-1", by=operator("kavya"))
    scan("kavya", "SB00001", mode="bill", bill="B-1")


def frozen_and_real():
    frozen = BillBag.objects.values_list("child_count", flat=True).get()
    return frozen, Link.objects.filter(parent__qr_id="SB00001", unlinked_at=None).count()


def test_complete_against_taking_out(three_on_a_bill, people, operator, holds):
    by = operator("kavya")
    results = together(
        lambda: {"code": complete_bill(number="B-1", by=by).state},
        puller(people["kavya"], "0000100003", mode="unlink", reason="torn"),
    )
    assert codes(results) in (["completed", "undone"], ["bill_final", "completed"])
    frozen, real = frozen_and_real()
    assert frozen == real
    holds()


@pytest.fixture
def no_lock(monkeypatch):
    monkeypatch.setattr(store, "_LOCK", store._LOCK.replace("FOR UPDATE", ""))
    monkeypatch.setattr(holding, "lock", lambda _parents: None)


def test_complete_against_taking_out_without_the_lock(
    three_on_a_bill, people, operator, no_lock, monkeypatch
):
    job = puller(people["kavya"], "0000100003", mode="unlink", reason="torn")
    with halfway(monkeypatch, job) as answer:
        complete_bill(number="B-1", by=operator("kavya"))
    assert answer.result()["code"] == "undone"
    assert frozen_and_real() == (3, 2)


@pytest.fixture
def two_labels(people, scan, fill, monkeypatch):
    """One free packet without a lot, and two labels of its number: meena's scan is halfway when ravi's comes
    and is taken back. Returns the answers to both, and the lot at the end."""
    for parent in ("SB00001", "SB00002"):
        fill("ravi", parent, 0)
    scan("ravi", "7000001", parent="SB00001")
    scan("ravi", mode="undo")

    def run():
        job = puller(people["meena"], "LABEL NO.7000001 LOT NO.:MST-2", parent="SB00002")
        with halfway(monkeypatch, job) as answer:
            first = scan("ravi", "LABEL NO.7000001 LOT NO.:MST-1", parent="SB00001")
            scan("ravi", mode="undo")
        return first["code"], answer.result()["code"], Bag.objects.get(qr_id="7000001").lot

    return run


def test_two_labels_of_one_number(two_labels, holds):
    assert two_labels() == ("lot_differs", "linked", "MST-2")
    holds()


def test_two_labels_of_one_number_without_the_lock(two_labels, no_lock):
    assert two_labels() == ("linked", "linked", "MST-2")  # MST-1 is overwritten


@pytest.fixture
def is_locked():
    """Asks on a connection of its own."""

    def ask(code):
        def others_may_have_it():
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM bags_bag WHERE qr_id = %s FOR UPDATE SKIP LOCKED", [code])
                return {"free": cursor.fetchone() is not None}

        return not together(others_may_have_it)[0]["free"]

    return ask


@pytest.mark.parametrize("mode", ["move", "unlink", "undo"])
def test_what_a_child_has_come_to_meanwhile_is_locked(
    people, fill, scan, monkeypatch, is_locked, holds, mode
):
    """The child changes its sack while the lock of its old one is waited for."""
    fill("kavya", "SB00001", 1)
    for code in ("SB00002", "SB00003"):
        fill("kavya", code, 0)
    if mode == "undo":  # of a move that brings the child to where the other job finds it
        fill("kavya", "SB00004", 0)
        moved = scan("kavya", "0000100001", mode="move", parent="SB00004")
    raw = moved["key"] if mode == "undo" else "0000100001"
    seen, write = [], service._write

    def looking(*call):
        if threading.current_thread() is threading.main_thread():
            seen.append(is_locked("SB00002"))
        write(*call)

    other = puller(people["kavya"], "0000100001", mode="move", parent="SB00002")
    monkeypatch.setattr(service, "_write", looking)
    with halfway(monkeypatch, other):
        told = scan("kavya", raw, mode=mode, parent="SB00003", reason="torn")
    assert told["code"] == {"move": "moved", "unlink": "undone", "undo": "undo_superseded"}[mode]
    assert seen == [True]
    holds()


def test_a_sack_that_comes_while_the_lock_is_taken_is_locked(people, scan, monkeypatch, is_locked, holds):
    """It was not there to be locked and is there to be read: nobody may count in it without its lock."""
    came, seen, lock, write = [], [], store.lock_bags, service._write
    here = threading.main_thread

    def locking(**named):
        locked = lock(**named)
        if threading.current_thread() is here() and not came:
            came.extend(together(puller(people["meena"], "SB00002")))
        return locked

    def looking(*call):
        if threading.current_thread() is here():
            seen.append(is_locked("SB00002"))
        write(*call)

    monkeypatch.setattr(store, "lock_bags", locking)
    monkeypatch.setattr(service, "_write", looking)
    assert scan("ravi", "7000001", parent="SB00002")["code"] == "linked"
    assert (codes(came), seen) == (["parent_opened"], [True])
    holds()


def test_one_new_parent_without_the_index(people, monkeypatch):
    with without_index("bag_code_unique"), without_lock(monkeypatch, 2):
        together(*[puller(people["ravi"], "SB00009") for _ in range(2)])
        assert Bag.objects.filter(qr_id="SB00009").count() == 2
        assert 5 in broken()


def test_the_indexes_are_back():
    """What a twin takes away, the next test has again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE schemaname = 'public'")
        names = {row[0] for row in cursor.fetchall()}
    assert {
        "bag_code_unique",
        "link_child_in_one_parent",
        "bill_line_parent_on_one_bill",
        "bags_scan_key_key",
    } <= names
