import pytest

from audit.models import AuditLog
from bags.models import Bag
from billing.models import Bill, BillBag
from billing.services import cancel_bill, complete_bill, create_bill
from tests.billing.conftest import MAY, MAY_NOT

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", MAY)
def test_cancelling_frees_the_parents_which_stay_closed(bill, operator, scan, holds, name):
    cancel_bill(number="b-1", by=operator(name), reason="no lorry")
    assert Bill.objects.values_list("state", "version").get() == ("cancelled", 2)
    assert set(Bag.objects.parents().values_list("state", "held_by", "held_final")) == {("closed", "", False)}
    ends = BillBag.objects.values_list("removed_at", "removed_by__username")
    assert {who for _at, who in ends} == {name}
    assert BillBag.objects.filter(removed_at=None).count() == 0
    entry = AuditLog.objects.get(action="bill_cancelled")
    assert (entry.actor, entry.reason) == (name, "no lorry")
    assert (entry.before, entry.after) == ({"state": "processing"}, {"state": "cancelled", "parents": 2})
    removed = AuditLog.objects.filter(action="parent_unbilled").order_by("pk")
    assert [row.before["parent"] for row in removed] == ["SB00001", "M444-00002"]
    create_bill(number="B-2", by=operator("kavya"))
    assert scan("kavya", "SB00001", mode="bill", bill="B-2")["code"] == "billed"
    holds()


def test_a_draft_may_be_cancelled(operator, holds):
    create_bill(number="B-1", by=operator("kavya"))
    cancel_bill(number="B-1", by=operator("kavya"))
    entry = AuditLog.objects.get(action="bill_cancelled")
    assert (entry.before, entry.after) == ({"state": "draft"}, {"state": "cancelled", "parents": 0})
    holds()


def test_a_scan_onto_a_cancelled_bill_is_refused(bill, operator, scan, fill):
    fill("kavya", "SB00003", 1)
    cancel_bill(number="B-1", by=operator("kavya"))
    assert scan("kavya", "SB00003", mode="bill", bill="B-1")["code"] == "bill_final"
    assert scan("kavya", "SB00001", mode="unbill", bill="B-1")["code"] == "bill_final"
    assert scan("kavya", str(BillBag.objects.first().scan.key), mode="undo")["code"] == "undo_superseded"


@pytest.mark.parametrize("finish", [complete_bill, cancel_bill])
def test_a_finished_bill_is_not_cancelled(bill, operator, refused, finish):
    finish(number="B-1", by=operator("kavya"), reason="short")
    with refused("bill_final"):
        cancel_bill(number="B-1", by=operator("kavya"))


@pytest.mark.parametrize("name", MAY_NOT)
def test_dispatchers_cancel_no_bill(bill, operator, refused, name):
    with refused("not_allowed"):
        cancel_bill(number="B-1", by=operator(name))


def test_an_unknown_bill(bill, operator, refused):
    with refused("unknown"):
        cancel_bill(number="B-2", by=operator("kavya"))
