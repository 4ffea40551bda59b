"""A sack in doubt can be scanned onto a bill, and holds the bill up until somebody counted it."""

import pytest

from bags.models import Bag
from bags.recounts.confirming import confirm_count
from billing.models import Bill
from billing.reading import bill_detail, find_bill
from billing.services import cancel_bill, complete_bill, edit_bill, reopen_bill

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_statics")]


@pytest.fixture
def in_doubt(bill, fill, scan):
    """A packet of SB00001, which is on bill B-1, was put into SB00009 offline."""
    fill("ravi", "SB00009", 1)
    assert scan("ravi", "0000100001", parent="SB00009", offline=True)["code"] == "conflict"


def test_completing_waits_for_the_count(in_doubt, operator, refused, holds):
    with refused("needs_recount"):
        complete_bill(number="B-1", by=operator("kavya"), reason="the lorry is full")
    confirm_count(code="SB00001", reason="2 inside", by=operator("kavya"))
    complete_bill(number="B-1", by=operator("kavya"), reason="the lorry is full")
    assert Bill.objects.get().state == "completed"
    holds()


def test_the_refusal_names_every_sack(in_doubt, scan, signed_in):
    scan("kavya", "SB00009", mode="bill", bill="B-1")
    path, body = "/api/v1/bills/B-1/complete", {"reason": "full"}
    answer = signed_in("kavya").post(path, body, content_type="application/json")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (409, "needs_recount")
    assert "SB00001, SB00009" in error["message"]


def test_scanning_onto_a_bill_stays_possible_and_says_so(in_doubt, scan):
    told = scan("kavya", "SB00009", mode="bill", bill="B-1")
    assert told["code"] == "billed"
    assert "must be counted again" in told["message"]
    assert "must be counted again" not in scan("kavya", "SB00009", mode="unbill", bill="B-1")["message"]


def test_everything_else_with_the_bill_stays_possible(in_doubt, operator):
    by = operator("kavya")
    edit_bill(number="B-1", version=1, changes={"destination": "Kanpur"}, by=by)
    cancel_bill(number="B-1", by=by)
    assert Bag.objects.get(qr_id="SB00001").needs_recount is True


def test_a_conflict_after_completion_holds_up_the_next_completion(bill, operator, scan, fill, refused, holds):
    by = operator("kavya")
    fill("ravi", "SB00009", 1)
    complete_bill(number="B-1", by=by, reason="full")
    scan("ravi", "7000001", parent="SB00001", offline=True)
    holds()
    reopen_bill(number="B-1", by=by, reason="one more")
    with refused("needs_recount"):
        complete_bill(number="B-1", by=by, reason="full")


def test_the_lines_say_which(in_doubt):
    lines = bill_detail(find_bill("B-1"))["lines"]
    assert [(line["qr_id"], line["needs_recount"]) for line in lines] == [
        ("SB00001", True),
        ("M444-00002", False),
    ]
