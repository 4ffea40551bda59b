from decimal import Decimal

import pytest

from audit.models import AuditLog
from bags.models import Bag, Product
from bags.products import forget_products
from billing.models import Bill, BillBag
from billing.reading import bill_detail, find_bill
from billing.services import cancel_bill, complete_bill, create_bill
from tests.billing.conftest import MAY, MAY_NOT

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", MAY)
def test_completing_freezes_the_weights_and_holds_the_parents(bill, operator, holds, name):
    complete_bill(number="b-1", by=operator(name), reason=" the lorry is full ")
    stored = Bill.objects.get()
    assert (stored.state, stored.actual_kg, stored.expected_kg, stored.version) == (
        "completed",
        Decimal(17),
        Decimal(45),
        2,
    )
    assert (stored.completed_by.username, stored.completed_at >= stored.created_at) == (name, True)
    lines = BillBag.objects.order_by("pk").values_list("bag__qr_id", "child_count", "weight_kg")
    assert list(lines) == [("SB00001", 2, Decimal(2)), ("M444-00002", 15, Decimal(15))]
    assert set(Bag.objects.parents().values_list("state", "held_by", "held_final")) == {
        ("closed", "B-1", True)
    }
    entry = AuditLog.objects.get(action="bill_completed")
    assert (entry.actor, entry.reason, entry.before) == (name, "the lorry is full", {"state": "processing"})
    assert entry.after == {"state": "completed", "parents": 2, "actual_kg": "17.000", "expected_kg": "45.000"}
    holds()


def test_frozen_weights_stay_when_the_product_changes(bill, operator, fill, holds):
    complete_bill(number="B-1", by=operator("kavya"), reason="short")
    Product.objects.filter(name="mustard").update(kg_per_child=Decimal("2.500"), children_per_parent=10)
    forget_products()
    told = bill_detail(find_bill("B-1"))
    assert (told["actual_kg"], told["expected_kg"], told["variance_kg"]) == ("17.000", "45.000", "-28.000")
    assert [line["weight_kg"] for line in told["lines"]] == ["2.000", "15.000"]
    holds()


@pytest.mark.parametrize(
    "change", ["bill", "unbill", "pack", "move_in", "move_out", "unlink", "close", "undo"]
)
def test_a_completed_bill_and_its_parents_accept_no_change(bill, operator, scan, fill, holds, change):
    fill("kavya", "SB00003", 1)
    complete_bill(number="B-1", by=operator("kavya"), reason="short")
    before = bill_detail(find_bill("B-1"))
    pulls = {
        "bill": ("SB00003", {"mode": "bill", "bill": "B-1"}, "bill_final"),
        "unbill": ("SB00001", {"mode": "unbill", "bill": "B-1"}, "bill_final"),
        "pack": ("7000001", {"parent": "SB00001"}, "parent_billed"),
        "move_in": ("0000300001", {"mode": "move", "parent": "SB00001"}, "parent_billed"),
        "move_out": ("0000100001", {"mode": "move", "parent": "SB00003"}, "bill_final"),
        "unlink": ("0000100001", {"mode": "unlink", "reason": "torn"}, "bill_final"),
        "close": ("", {"mode": "close", "parent": "SB00001"}, "parent_billed"),
        "undo": (str(bill.lines.first().scan.key), {"mode": "undo"}, "bill_final"),
    }
    raw, rest, code = pulls[change]
    assert scan("kavya", raw, **rest)["code"] == code
    assert bill_detail(find_bill("B-1")) == before
    holds()


def test_enough_parents_need_no_reason(bill, operator, fill, scan):
    fill("ravi", "SB00003", 1)
    scan("kavya", "SB00003", mode="bill", bill="B-1")
    assert complete_bill(number="B-1", by=operator("kavya")).state == "completed"


def test_without_a_target_no_reason_is_needed(operator, fill, scan):
    create_bill(number="B-9", by=operator("kavya"))
    fill("ravi", "SB00003", 1)
    scan("kavya", "SB00003", mode="bill", bill="B-9")
    assert complete_bill(number="B-9", by=operator("kavya")).state == "completed"


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_below_target_needs_a_reason(bill, operator, refused, reason):
    with refused("reason_needed"):
        complete_bill(number="B-1", by=operator("kavya"), reason=reason)


def test_an_empty_bill_is_not_completed(operator, refused):
    by = operator("kavya")
    create_bill(number="B-1", by=by)
    with refused("bill_empty"):
        complete_bill(number="B-1", by=by, reason="whatever")


def test_a_bill_whose_lines_were_all_taken_off_is_empty(bill, operator, scan, refused):
    for parent in ("SB00001", "M444-00002"):
        assert scan("kavya", parent, mode="unbill", bill="B-1")["code"] == "unbilled"
    assert Bill.objects.get().state == "processing"
    with refused("bill_empty"):
        complete_bill(number="B-1", by=operator("kavya"), reason="whatever")


@pytest.mark.parametrize("finish", [complete_bill, cancel_bill])
def test_a_finished_bill_is_not_completed_again(bill, operator, refused, finish):
    finish(number="B-1", by=operator("kavya"), reason="short")
    with refused("bill_final"):
        complete_bill(number="B-1", by=operator("kavya"), reason="again")


@pytest.mark.parametrize("name", MAY_NOT)
def test_dispatchers_complete_no_bill(bill, operator, refused, name):
    with refused("not_allowed"):
        complete_bill(number="B-1", by=operator(name), reason="short")


def test_an_unknown_bill(bill, operator, refused):
    with refused("unknown"):
        complete_bill(number="B-2", by=operator("kavya"))
