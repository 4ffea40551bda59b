"""Returns at the same moment as other work; each race's twin goes without what protects it."""

import pytest

from bags import holding
from bags.scanning import store
from billing.models import BillBag, Return, ReturnLine
from billing.returns import cancel_return, commit_return, create_return
from billing.services import BillRefused, complete_bill, create_bill, reopen_bill
from monitoring.invariants import broken
from tests.scanning.racing import codes, halfway, puller, together, without_index

pytestmark = pytest.mark.django_db(transaction=True)


def told(operation, **named):
    """A job: the state that it ends in, or the code with which it was refused."""

    def job():
        try:
            return operation(**named).state
        except BillRefused as refused:
            return refused.code

    return job


@pytest.fixture
def ticket(bill, operator):
    complete_bill(number="B-1", by=operator("kavya"), reason="short")
    return create_return(area="lucknow", by=operator("kavya"))


def coming(people, ticket, parent="SB00001"):
    return puller(people["kavya"], parent, mode="return", bill=ticket.number)


def test_one_sack_onto_four_returns(ticket, people, operator, holds):
    tickets = [ticket, *(create_return(area="lucknow", by=operator("kavya")) for _ in range(3))]
    results = together(*[coming(people, one) for one in tickets])
    assert codes(results) == ["on_other_return"] * 3 + ["returned"]
    assert ReturnLine.objects.count() == 1
    holds()


def test_one_sack_onto_two_returns_without_lock_and_index(ticket, people, operator, monkeypatch):
    other = create_return(area="lucknow", by=operator("kavya"))
    monkeypatch.setattr(store, "_LOCK", store._LOCK.replace("FOR UPDATE", ""))
    with without_index("return_line_sack_on_one"):
        with halfway(monkeypatch, coming(people, ticket)) as answer:
            assert coming(people, other)()["code"] == "returned"
        assert answer.result()["code"] == "returned"
        assert ReturnLine.objects.filter(removed_at=None).count() == 2
        ReturnLine.objects.all().update(removed_at=other.created_at, removed_by=people["kavya"])


def test_committed_once_of_four(ticket, people, operator, holds):
    coming(people, ticket)()
    by = operator("kavya")
    results = together(*[told(commit_return, number=ticket.number, by=by) for _ in range(4)])
    assert sorted(results) == ["committed"] + ["return_final"] * 3
    holds()


def test_commit_against_one_more_sack(ticket, people, operator, holds):
    coming(people, ticket)()
    commit = told(commit_return, number=ticket.number, by=operator("kavya"))
    state, answer = together(commit, coming(people, ticket, "M444-00002"))
    assert (state, answer["code"]) in (("committed", "returned"), ("committed", "return_final"))
    lines = 2 if answer["code"] == "returned" else 1
    assert BillBag.objects.exclude(returned_at=None).count() == lines
    holds()


def test_commit_against_one_more_sack_without_the_lock(ticket, people, operator, monkeypatch):
    """The sack that came too late stands on a committed return, and its bill never heard of it."""
    coming(people, ticket)()
    with monkeypatch.context() as patch:
        patch.setattr(type(Return.objects.all()), "select_for_update", lambda rows, **_: rows)
        with halfway(monkeypatch, coming(people, ticket, "M444-00002")) as answer:
            commit_return(number=ticket.number, by=operator("kavya"))
        assert answer.result()["code"] == "returned"
    late = ReturnLine.objects.get(bag__qr_id="M444-00002")
    assert (late.ticket.state, late.removed_at, late.bill_line.returned_at) == ("committed", None, None)


def test_reopening_a_bill_against_a_sack_coming_back(ticket, people, operator, holds):
    reopen = told(reopen_bill, number="B-1", by=operator("kavya"), reason="again")
    state, answer = together(reopen, coming(people, ticket))
    assert (state, answer["code"]) in (("processing", "not_dispatched"), ("has_return", "returned"))
    holds()


def test_reopening_a_bill_against_a_sack_coming_back_without_the_locks(ticket, people, operator, monkeypatch):
    monkeypatch.setattr(store, "_LOCK", store._LOCK.replace("FOR UPDATE", ""))
    monkeypatch.setattr(holding, "lock", lambda _parents: None)
    with halfway(monkeypatch, coming(people, ticket)) as answer:
        assert reopen_bill(number="B-1", by=operator("kavya"), reason="again").state == "processing"
    assert answer.result()["code"] == "returned"
    assert ReturnLine.objects.get().bill_line.bill.state == "processing"  # on a return, and on a live bill


def test_cancelling_a_committed_return_against_billing_its_sack(ticket, people, operator, holds):
    coming(people, ticket)()
    by = operator("kavya")
    commit_return(number=ticket.number, by=by)
    create_bill(number="B-2", by=by)
    state, answer = together(
        told(cancel_return, number=ticket.number, by=by, reason="by mistake"),
        puller(people["kavya"], "SB00001", mode="bill", bill="B-2"),
    )
    assert (state, answer["code"]) in (("cancelled", "on_other_bill"), ("on_other_bill", "billed"))
    holds()


def test_cancelling_a_committed_return_against_billing_its_sack_without_the_locks(
    ticket, people, operator, monkeypatch
):
    coming(people, ticket)()
    by = operator("kavya")
    commit_return(number=ticket.number, by=by)
    create_bill(number="B-2", by=by)
    monkeypatch.setattr(store, "_LOCK", store._LOCK.replace("FOR UPDATE", ""))
    monkeypatch.setattr(holding, "lock", lambda _parents: None)
    with without_index("bill_line_parent_on_one_bill"):
        job = puller(people["kavya"], "SB00001", mode="bill", bill="B-2")
        with halfway(monkeypatch, job) as answer:
            assert cancel_return(number=ticket.number, by=by, reason="by mistake").state == "cancelled"
        assert answer.result()["code"] == "billed"
        assert 10 in broken()
