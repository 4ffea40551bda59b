import pytest

from accounts.models import Notification
from audit.models import AuditLog
from bags.models import Bag
from billing.models import Bill, BillBag
from billing.reading import bill_detail, find_bill
from billing.services import cancel_bill, complete_bill, reopen_bill
from tests.billing.conftest import MAY, MAY_NOT

pytestmark = pytest.mark.django_db


@pytest.fixture
def completed(bill, operator):
    return complete_bill(number="B-1", by=operator("kavya"), reason="short")


@pytest.mark.parametrize("name", MAY)
def test_a_reopened_bill_is_live_again(completed, operator, scan, holds, name):
    reopen_bill(number="b-1", by=operator(name), reason=" wrong sack ")
    stored = Bill.objects.get()
    assert (stored.state, stored.version) == ("processing", 3)
    assert (stored.actual_kg, stored.expected_kg, stored.completed_at, stored.completed_by) == (None,) * 4
    assert set(BillBag.objects.values_list("child_count", "weight_kg")) == {(None, None)}
    assert set(Bag.objects.parents().values_list("state", "held_by", "held_final")) == {
        ("closed", "B-1", False)
    }
    entry = AuditLog.objects.get(action="bill_reopened")
    assert (entry.actor, entry.reason) == (name, "wrong sack")
    assert entry.before == {"state": "completed", "actual_kg": "17.000", "expected_kg": "45.000"}
    assert entry.after == {"state": "processing"}
    assert scan("kavya", "SB00001", mode="unbill", bill="B-1")["code"] == "unbilled"
    holds()


def test_who_made_and_who_completed_it_hear_of_it(completed, people, operator):
    reopen_bill(number="B-1", by=operator("asha"), reason=" wrong sack ")
    told = Notification.objects.get()
    assert (told.user, told.kind, told.link) == (people["kavya"], "bill_reopened", "/bills/B-1/")
    assert told.facts == {"number": "B-1", "by": "asha", "reason": "wrong sack"}


def test_nobody_hears_of_their_own_doing(completed, operator):
    reopen_bill(number="B-1", by=operator("kavya"), reason="wrong sack")
    assert not Notification.objects.exists()


def test_weights_are_computed_anew(completed, operator, scan, holds):
    reopen_bill(number="B-1", by=operator("kavya"), reason="torn packet")
    assert scan("kavya", "0000100001", mode="unlink", reason="torn")["code"] == "undone"
    told = bill_detail(find_bill("B-1"))
    assert (told["actual_kg"], told["expected_kg"], told["children"]) == ("16.000", "45.000", 16)
    again = complete_bill(number="B-1", by=operator("kavya"), reason="short")
    assert str(again.actual_kg) == "16.000"
    holds()


@pytest.mark.parametrize("reason", ["", " \t"])
def test_a_reason_is_needed(completed, operator, refused, reason):
    with refused("reason_needed"):
        reopen_bill(number="B-1", by=operator("asha"), reason=reason)


def test_a_live_bill_is_not_reopened(bill, operator, refused):
    with refused("not_completed"):
        reopen_bill(number="B-1", by=operator("kavya"), reason="why not")


def test_a_cancelled_bill_stays_cancelled(bill, operator, refused):
    cancel_bill(number="B-1", by=operator("kavya"))
    with refused("not_completed"):
        reopen_bill(number="B-1", by=operator("kavya"), reason="why not")


@pytest.mark.parametrize("name", MAY_NOT)
def test_dispatchers_reopen_no_bill(completed, operator, refused, name):
    with refused("not_allowed"):
        reopen_bill(number="B-1", by=operator(name), reason="please")


def test_an_unknown_bill(completed, operator, refused):
    with refused("unknown"):
        reopen_bill(number="B-2", by=operator("kavya"), reason="why not")
