"""A dealer sends sacks back: the return collects them, commits, cancels."""

import uuid
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from audit.models import AuditLog
from bags.models import Bag
from bags.scanning.rules import Pull
from bags.scanning.service import process
from billing.models import Bill, BillBag, Return, ReturnLine
from billing.reading import bill_detail, find_bill
from billing.returns import cancel_return, commit_return, create_return
from billing.services import complete_bill, create_bill, reopen_bill
from tests.billing.conftest import MAY, MAY_NOT, everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def completed(bill, operator):
    """Bill B-1 with SB00001 (2 packets) and M444-00002 (15), completed with 17 kg."""
    return complete_bill(number="B-1", by=operator("kavya"), reason="short")


@pytest.fixture
def ticket(completed, operator):
    return create_return(area="lucknow", notes=" torn sacks ", by=operator("kavya"))


@pytest.fixture
def back(ticket, scan):
    """back("SB00001") scans it onto the return; returns the answer."""

    def one(parent, *, mode="return", number=ticket.number, **rest):
        return scan("kavya", parent, mode=mode, bill=number, **rest)

    return one


def actions(**which):
    return list(AuditLog.objects.filter(**which).order_by("pk").values_list("action", flat=True))


# Creating


@pytest.mark.parametrize("name", MAY)
def test_the_system_gives_the_number(operator, holds, name):
    tickets = [create_return(area="lucknow", notes="x", by=operator(name)) for _ in range(2)]
    assert [ticket.number for ticket in tickets] == [f"R-{ticket.pk:05}" for ticket in tickets]
    stored = Return.objects.earliest("pk")
    assert (stored.state, stored.area_id, stored.notes, stored.created_by.username) == (
        "draft",
        "lucknow",
        "x",
        name,
    )
    entry = AuditLog.objects.filter(action="return_created").earliest("pk")
    assert (entry.target_label, entry.before, entry.after) == (
        stored.number,
        None,
        {"number": stored.number, "area": "lucknow", "notes": "x"},
    )
    holds()


@pytest.mark.parametrize(
    "facts",
    [{"area": "nowhere"}, {"area": "lucknow", "notes": "x" * 1001}, {"area": "lucknow", "notes": "a\0b"}],
)
def test_facts_that_are_not_right(operator, facts):
    before = everything()
    with pytest.raises(ValidationError), transaction.atomic():
        create_return(by=operator("kavya"), **facts)
    assert everything() == before


@pytest.mark.parametrize("name", MAY_NOT)
def test_dispatchers_work_on_no_return(ticket, operator, scan, refused, name):
    by = operator(name)
    with refused("not_allowed"):
        create_return(area="lucknow", by=by)
    with refused("not_allowed"):
        commit_return(number=ticket.number, by=by)
    with refused("not_allowed"):
        cancel_return(number=ticket.number, by=by)
    assert scan(name, "SB00001", mode="return", bill=ticket.number)["code"] == "not_allowed"
    assert not ReturnLine.objects.exists()


# Scanning


def test_a_sack_comes_onto_a_return(ticket, back, holds):
    answer = back(" sb00001", number=f" {ticket.number.lower()}")
    assert (answer["code"], answer["severity"]) == ("returned", "success")
    assert answer["message"] == f"SB00001 came back from bill B-1: on return {ticket.number}"
    assert answer["bill"] == {"number": ticket.number, "state": "draft", "target": None, "parents": 1}
    assert answer["explain"] == {"bill": "B-1"}
    line = ReturnLine.objects.get()
    assert (line.bill_line.bill.number, line.bag.qr_id, line.child_count, line.weight_kg) == (
        "B-1",
        "SB00001",
        2,
        Decimal(2),
    )
    assert Bag.objects.get(qr_id="SB00001").held_final  # until the return is committed
    entry = AuditLog.objects.get(action="return_line_added")
    assert entry.after == {"parent": "SB00001", "parent_id": line.bag_id, "bill": "B-1", "count": 2}
    holds()


def test_what_cannot_come_back(ticket, back, fill, scan, operator, holds):
    fill("ravi", "SB00003", 1)
    create_bill(number="B-2", by=operator("kavya"))
    scan("kavya", "SB00003", mode="bill", bill="B-2")
    other = create_return(area="lucknow", by=operator("kavya"))
    back("SB00001")
    for parent, rest, code in (
        ("?!", {}, "unreadable"),
        ("SB00001", {"number": "R-99999"}, "unknown"),
        ("SB99999", {}, "unknown"),
        ("0000100001", {}, "wrong_kind"),
        ("SB00003", {}, "not_dispatched"),
        ("SB00001", {}, "already_returned_here"),
        ("SB00001", {"number": other.number}, "on_other_return"),
        ("M444-00002", {"mode": "unreturn"}, "not_on_return"),
    ):
        answer = back(parent, **rest)
        assert (answer["code"], ReturnLine.objects.count()) == (code, 1)
        assert answer["message"]
    holds()


def test_a_sack_goes_off_again_by_scan_or_undo_and_comes_again(ticket, back, scan, holds):
    back("SB00001")
    assert back("SB00001", mode="unreturn")["code"] == "unreturned"
    key = uuid.uuid4()
    assert back("SB00001", key=key)["code"] == "returned"
    answer = scan("kavya", str(key), mode="undo")
    assert (answer["code"], answer["bill"]["parents"]) == ("undone", 0)
    assert scan("kavya", str(key), mode="undo")["code"] == "undo_superseded"
    assert back("SB00001")["code"] == "returned"
    lines = ReturnLine.objects.order_by("pk").values_list("removed_at", flat=True)
    assert [at is None for at in lines] == [False, False, True]
    holds()


def test_one_call_may_bring_a_sack_take_it_off_and_bring_it_again(ticket, people, holds, operator):
    modes = ["return", "unreturn", "return", "return"]
    pulls = [Pull(key=uuid.uuid4(), mode=mode, raw="SB00001", bill=ticket.number) for mode in modes]
    told = process(pulls=pulls, operator=operator("kavya"), device=None)
    assert [answer["code"] for answer in told] == [
        "returned",
        "unreturned",
        "returned",
        "already_returned_here",
    ]
    assert [answer["bill"]["parents"] for answer in told] == [1, 0, 1, 1]
    holds()


# Committing


@pytest.fixture
def committed(ticket, back, operator):
    back("SB00001")
    return commit_return(number=ticket.number, by=operator("asha"))


def test_committing_frees_the_sack_and_leaves_the_bill_as_it_was(ticket, back, operator, holds):
    back("SB00001")
    before = bill_detail(find_bill("B-1"))
    commit_return(number=ticket.number.lower(), by=operator("asha"))
    assert bill_detail(find_bill("B-1")) == before
    assert (before["actual_kg"], before["parents"], len(before["lines"])) == ("17.000", 2, 2)
    sack = Bag.objects.get(qr_id="SB00001")
    assert (sack.held_by, sack.held_final, sack.state, sack.child_count) == ("", False, "closed", 2)
    line = BillBag.objects.get(bag=sack)
    assert (line.removed_at, line.returned_at is not None, line.child_count) == (None, True, 2)
    stored = Return.objects.get()
    assert (stored.state, stored.committed_by.username) == ("committed", "asha")
    assert actions(target_type="return") == ["return_created", "return_line_added", "return_committed"]
    entry = AuditLog.objects.get(action="parent_returned")
    assert (entry.target_label, entry.after) == (
        "B-1",
        {
            "return": ticket.number,
            "parent": "SB00001",
            "parent_id": sack.pk,
            "count": 2,
            "weight_kg": "2.000",
        },
    )
    holds()


def test_a_naive_sum_over_the_lines_stays_the_frozen_weight(committed):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT actual_kg, (SELECT sum(weight_kg) FROM billing_billbag line "
            "WHERE line.bill_id = bill.id AND removed_at IS NULL) FROM billing_bill bill"
        )
        assert cursor.fetchall() == [(Decimal(17), Decimal(17))]


def test_a_sack_that_came_back_can_be_packed_anew_billed_and_come_back_again(
    committed, back, scan, operator, holds
):
    assert scan("kavya", "0000100001", mode="unlink", reason="torn")["code"] == "undone"
    assert scan("ravi", "7000001", parent="SB00001")["code"] == "linked"
    create_bill(number="B-2", by=operator("kavya"))
    assert scan("kavya", "SB00001", mode="bill", bill="B-2")["code"] == "billed"
    complete_bill(number="B-2", by=operator("kavya"))
    holds()
    again = create_return(area="indore", by=operator("kavya"))
    answer = back("SB00001", number=again.number)
    assert (answer["code"], answer["explain"]) == ("returned", {"bill": "B-2"})
    commit_return(number=again.number, by=operator("kavya"))
    assert BillBag.objects.filter(bag__qr_id="SB00001", returned_at=None).count() == 0
    holds()


def test_committing_is_refused(ticket, back, operator, refused):
    with refused("unknown"):
        commit_return(number="R-99999", by=operator("kavya"))
    with refused("return_empty"):
        commit_return(number=ticket.number, by=operator("kavya"))
    back("SB00001")
    commit_return(number=ticket.number, by=operator("kavya"))
    with refused("return_final"):
        commit_return(number=ticket.number, by=operator("kavya"))
    assert back("M444-00002")["code"] == "return_final"
    assert back("SB00001", mode="unreturn")["code"] == "return_final"


def test_a_committed_return_is_not_undone_by_a_scan(ticket, back, scan, operator, holds):
    key = uuid.uuid4()
    back("SB00001", key=key)
    commit_return(number=ticket.number, by=operator("kavya"))
    before = ReturnLine.objects.values().get()
    assert scan("kavya", str(key), mode="undo")["code"] == "undo_superseded"
    assert ReturnLine.objects.values().get() == before
    holds()


@pytest.mark.parametrize("is_committed", [False, True])
def test_a_bill_with_sacks_on_a_return_is_not_reopened(ticket, back, operator, refused, is_committed):
    back("SB00001")
    if is_committed:
        commit_return(number=ticket.number, by=operator("kavya"))
    with refused("has_return"):
        reopen_bill(number="B-1", by=operator("kavya"), reason="count again")
    cancel_return(number=ticket.number, by=operator("kavya"), reason="by mistake")
    assert reopen_bill(number="B-1", by=operator("kavya"), reason="count again").state == "processing"


# Cancelling


def test_cancelling_a_draft_leaves_the_bill_alone(ticket, back, operator, holds):
    back("SB00001")
    before = bill_detail(find_bill("B-1"))
    cancel_return(number=ticket.number, by=operator("kavya"))
    assert bill_detail(find_bill("B-1")) == before
    assert Bag.objects.get(qr_id="SB00001").held_final
    assert (Return.objects.get().state, ReturnLine.objects.get().removed_by.username) == (
        "cancelled",
        "kavya",
    )
    assert actions(target_type="return")[2:] == ["return_cancelled", "return_line_removed"]
    assert actions(action__startswith="parent_return") == []
    holds()


def test_cancelling_a_committed_return_restores_everything(completed, committed, operator, holds):
    held = Bag.objects.get(qr_id="M444-00002")
    cancel_return(number=committed.number, by=operator("kavya"), reason="counted wrong")
    sack = Bag.objects.get(qr_id="SB00001")
    assert (sack.held_by, sack.held_final, sack.state) == (held.held_by, held.held_final, held.state)
    assert list(BillBag.objects.values_list("returned_at", "removed_at").distinct()) == [(None, None)]
    entry = AuditLog.objects.get(action="parent_return_cancelled")
    assert (entry.target_label, entry.reason, entry.after) == ("B-1", "counted wrong", {"return": None})
    assert Return.objects.get().state == "cancelled"
    holds()


def test_a_sack_that_was_billed_and_taken_off_again_still_goes_back(committed, scan, operator, holds):
    create_bill(number="B-2", by=operator("kavya"))
    for mode in ("bill", "unbill"):
        scan("kavya", "SB00001", mode=mode, bill="B-2")
    cancel_return(number=committed.number, by=operator("kavya"), reason="counted wrong")
    assert Bag.objects.get(qr_id="SB00001").held_by == "B-1"
    holds()


def test_cancelling_a_committed_return_is_refused(committed, scan, operator, refused, holds):
    by = operator("kavya")
    with refused("reason_needed"):
        cancel_return(number=committed.number, by=by, reason=" ")
    create_bill(number="B-2", by=by)
    scan("kavya", "SB00001", mode="bill", bill="B-2")
    with refused("on_other_bill"):
        cancel_return(number=committed.number, by=by, reason="x")
    scan("kavya", "SB00001", mode="unbill", bill="B-2")
    scan("kavya", "0000100001", mode="unlink", reason="torn")
    scan("ravi", "0000100001", parent="SB00001")
    with refused("parent_changed"):
        cancel_return(number=committed.number, by=by, reason="x")
    holds()


def test_a_cancelled_return_is_final(ticket, operator, refused, back):
    cancel_return(number=ticket.number, by=operator("kavya"))
    with refused("return_final"):
        cancel_return(number=ticket.number, by=operator("kavya"), reason="x")
    with refused("return_final"):
        commit_return(number=ticket.number, by=operator("kavya"))
    assert back("SB00001")["code"] == "return_final"


# What the database keeps


@pytest.mark.parametrize("table", ["billing_return", "billing_returnline"])
def test_nothing_of_a_return_is_deleted(ticket, back, table):
    back("SB00001")
    with (
        pytest.raises(IntegrityError, match="nothing in it is ever deleted"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - one of two constants


def test_a_sack_is_on_one_return(ticket, back):
    back("SB00001")
    line = ReturnLine.objects.get()
    line.pk = None
    with pytest.raises(IntegrityError, match="return_line_sack_on_one"), transaction.atomic():
        line.save()


def test_only_a_frozen_line_comes_back(bill):
    with pytest.raises(IntegrityError, match="bill_line_returned_was_frozen"), transaction.atomic():
        BillBag.objects.update(returned_at=Bill.objects.get().created_at)
