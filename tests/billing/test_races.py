"""Two billers at the same moment; each race's twin goes without what protects it."""

import pytest
from django.db.models import Func, TextField, Value

from bags import holding
from bags.scanning import store
from billing import scanning
from billing.models import Bill, BillBag, BillQuerySet
from billing.services import (
    BillRefused,
    cancel_bill,
    complete_bill,
    create_bill,
    edit_bill,
    reopen_bill,
)
from monitoring.invariants import broken
from tests.scanning.racing import codes, halfway, puller, together, without_index

pytestmark = pytest.mark.django_db(transaction=True)


def told(operation, **named):
    """A job: its bill's state, or the code with which it was refused."""

    def job():
        try:
            return operation(**named).state
        except BillRefused as refused:
            return refused.code

    return job


def test_one_number_by_eight(operator, holds):
    by = operator("kavya")
    numbers = ["B-1", "b-1", " B-1", "b-1 "] * 2
    results = together(*[told(create_bill, number=number, by=by) for number in numbers])
    assert sorted(results) == ["draft"] + ["number_taken"] * 7
    assert Bill.objects.count() == 1
    holds()


def test_one_number_by_eight_without_the_index(operator):
    by = operator("kavya")
    with without_index("bill_number_unique"):
        together(*[told(create_bill, number="B-1", by=by) for _ in range(8)])
        assert Bill.objects.count() == 8


def edits(operator):
    by = operator("kavya")
    create_bill(number="B-1", by=by)
    return [
        told(edit_bill, number="B-1", version=1, changes={field: "x"}, by=by)
        for field in ("destination", "vehicle_number", "description")
    ]


def test_of_editors_at_once_one_saves_and_the_others_are_told(operator, holds):
    results = together(*edits(operator))
    assert sorted(results) == ["changed_meanwhile", "changed_meanwhile", "draft"]
    assert Bill.objects.get().version == 2
    holds()


@pytest.fixture
def no_bill_lock(monkeypatch):
    """Operations read the bill without locking it and then take their time."""

    def dawdling(bills):
        return bills.annotate(dawdles=Func(Value(1), function="pg_sleep", output_field=TextField()))

    monkeypatch.setattr(BillQuerySet, "select_for_update", dawdling)


@pytest.fixture
def scans_lock_nothing(monkeypatch):
    monkeypatch.setattr(scanning, "_LOCK_BILLS", scanning._LOCK_BILLS.replace("FOR UPDATE OF bill", ""))
    monkeypatch.setattr(store, "_LOCK", store._LOCK.replace("FOR UPDATE", ""))
    monkeypatch.setattr(holding, "lock", lambda _parents: None)


def test_of_editors_at_once_without_the_lock(operator, no_bill_lock):
    assert together(*edits(operator)) == ["draft"] * 3


@pytest.fixture
def completed(bill, operator):
    return complete_bill(number="B-1", by=operator("kavya"), reason="short")


def test_reopened_once(completed, operator, holds):
    by = operator("kavya")
    results = together(*[told(reopen_bill, number="B-1", by=by, reason="again") for _ in range(4)])
    assert sorted(results) == ["not_completed"] * 3 + ["processing"]
    holds()


def test_reopened_twice_without_the_lock(completed, operator, no_bill_lock):
    by = operator("kavya")
    results = together(*[told(reopen_bill, number="B-1", by=by, reason="again") for _ in range(2)])
    assert results == ["processing"] * 2
    assert 13 in broken()


def test_complete_against_cancel(bill, operator, holds):
    by = operator("kavya")
    for _round in range(3):
        jobs = [told(verb, number="B-1", by=by, reason="now") for verb in (complete_bill, cancel_bill)]
        results = together(*jobs)
        assert results in (["completed", "bill_final"], ["bill_final", "cancelled"])
        holds()
        if results[0] != "completed":
            break
        reopen_bill(number="B-1", by=by, reason="again")


def test_completed_once_of_four(bill, operator, holds):
    by = operator("kavya")
    results = together(*[told(complete_bill, number="B-1", by=by, reason="now") for _ in range(4)])
    assert sorted(results) == ["bill_final"] * 3 + ["completed"]
    assert (Bill.objects.get().version, Bill.objects.get().actual_kg) == (2, 17)
    holds()


def test_completed_twice_without_the_lock(bill, operator, no_bill_lock):
    by = operator("kavya")
    results = together(*[told(complete_bill, number="B-1", by=by, reason="now") for _ in range(2)])
    assert results == ["completed"] * 2
    assert 13 in broken()


def another_sack(people, fill):
    fill("ravi", "SB00003", 4)
    return puller(people["kavya"], "SB00003", mode="bill", bill="B-1")


def test_complete_against_one_more_sack(bill, people, fill, operator, holds):
    job, by = another_sack(people, fill), operator("kavya")
    state, answer = together(told(complete_bill, number="B-1", by=by, reason="now"), job)
    assert (state, answer["code"]) in (("completed", "billed"), ("completed", "bill_final"))
    assert Bill.objects.get().actual_kg == (21 if answer["code"] == "billed" else 17)
    holds()


def test_complete_against_one_more_sack_without_the_lock(
    bill, people, fill, operator, monkeypatch, scans_lock_nothing
):
    job, by = another_sack(people, fill), operator("kavya")
    with halfway(monkeypatch, job) as answer:
        complete_bill(number="B-1", by=by, reason="now")
    assert answer.result()["code"] == "billed"
    assert 11 in broken()  # a line without a weight on a completed bill


def test_cancel_against_undo_of_its_line(bill, people, operator, holds):
    line = BillBag.objects.select_related("scan").first()
    undo = puller(people["kavya"], str(line.scan.key), mode="undo")
    state, answer = together(told(cancel_bill, number="B-1", by=operator("kavya")), undo)
    assert state == "cancelled"
    assert codes([answer])[0] in ("undone", "undo_superseded")
    holds()


def test_cancel_against_undo_of_its_line_without_the_locks(
    bill, people, operator, monkeypatch, scans_lock_nothing
):
    line = BillBag.objects.select_related("scan").first()
    undo = puller(people["kavya"], str(line.scan.key), mode="undo")
    with halfway(monkeypatch, undo) as answer:
        cancel_bill(number="B-1", by=operator("kavya"))
    assert answer.result()["code"] == "undone"
    assert 13 in broken()  # off the bill twice in the audit log
