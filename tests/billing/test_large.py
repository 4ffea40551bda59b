"""A bill of 500 sacks, and more sacks than expected."""

import itertools
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bags.models import Bag
from bags.scanning.rules import Pull
from bags.scanning.service import process
from billing.models import Bill
from billing.reading import bill_detail, find_bill
from billing.services import cancel_bill, complete_bill, create_bill, reopen_bill

pytestmark = pytest.mark.django_db
SACKS = 500


@pytest.fixture
def large(operator):
    """Bill B-500, expecting 500 sacks; each of the 500 on it holds one packet."""
    by = operator("kavya")
    create_bill(number="B-500", target=SACKS, by=by)
    sacks = [f"SB{number:05}" for number in range(1, SACKS + 1)]
    steps = itertools.chain.from_iterable(
        (
            {"mode": "pack", "raw": sack},
            {"mode": "pack", "raw": f"8{sack[2:]}", "parent": sack},
            {"mode": "bill", "raw": sack, "bill": "B-500"},
        )
        for sack in sacks
    )
    pulls = [Pull(key=uuid.uuid4(), **step) for step in steps]
    for first in range(0, len(pulls), 300):
        process(pulls=pulls[first : first + 300], operator=by, device=None)
    return sacks


def test_a_bill_of_500_from_completion_to_cancelling(large, operator, holds):
    by = operator("kavya")
    assert [line["qr_id"] for line in bill_detail(find_bill("B-500"))["lines"]] == large
    with CaptureQueriesContext(connection) as queries:
        assert complete_bill(number="B-500", by=by).actual_kg == SACKS
    assert len(queries) < 20
    holds()
    reopen_bill(number="B-500", by=by, reason="count again")
    cancel_bill(number="B-500", by=by, reason="lost")
    assert Bag.objects.parents().exclude(held_by="").count() == 0
    holds()


def test_more_sacks_than_expected_are_allowed_and_shown(bill, operator, scan, fill, holds):
    for sack in ("SB00003", "SB00004"):
        fill("ravi", sack, 1)
        answer = scan("kavya", sack, mode="bill", bill="B-1")
    assert (answer["code"], answer["bill"]["parents"], answer["bill"]["target"]) == ("billed", 4, 3)
    assert complete_bill(number="B-1", by=operator("kavya")).state == Bill.State.COMPLETED
    told = bill_detail(find_bill("B-1"))
    assert (told["parents"], told["target"], told["actual_kg"]) == (4, 3, "19.000")
    holds()
