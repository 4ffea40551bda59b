"""What a live bill says while its parents change below it."""

from decimal import Decimal

import pytest

from bags.models import Bag, Product
from bags.products import forget_products
from billing.models import Bill
from billing.reading import bill_detail, find_bill

pytestmark = pytest.mark.django_db


def weights():
    told = bill_detail(find_bill("B-1"))
    return (
        told["parents"],
        told["children"],
        told["actual_kg"],
        told["expected_kg"],
        told["variance_kg"],
    )


def test_weights_follow_the_packets(bill, scan, holds):
    assert weights() == (2, 17, "17.000", "45.000", "-28.000")
    scan("kavya", "0000100001", mode="unlink", reason="torn")
    assert weights() == (2, 16, "16.000", "45.000", "-29.000")
    assert scan("ravi", mode="undo")["code"] == "undone"  # the last packet of the full sack
    assert weights() == (2, 15, "15.000", "45.000", "-30.000")
    scan("kavya", "M444-00002", mode="unbill", bill="B-1")
    assert weights() == (1, 1, "1.000", "30.000", "-29.000")
    holds()


def test_a_kilogram_is_never_a_float(bill):
    Product.objects.filter(name="mustard").update(kg_per_child=Decimal("0.333"))
    forget_products()
    assert weights() == (2, 17, "15.666", "24.990", "-9.324")


def test_an_open_parent_is_closed_by_being_billed_and_shown_as_short(bill):
    lines = bill_detail(find_bill("B-1"))["lines"]
    assert [(line["qr_id"], line["children"], line["short"]) for line in lines] == [
        ("SB00001", 2, True),
        ("M444-00002", 15, False),
    ]
    assert {line["added_by"] for line in lines} == {"kavya"}
    assert Bag.objects.get(qr_id="SB00001").state == "closed"


def test_a_bill_is_in_processing_from_its_first_line_on_even_when_that_is_taken_off(bill, scan, holds):
    for parent in ("SB00001", "M444-00002"):
        told = scan("kavya", parent, mode="unbill", bill="B-1")
    assert told["bill"] == {"number": "B-1", "state": "processing", "target": 3, "parents": 0}
    assert Bill.objects.get().state == "processing"
    assert set(Bag.objects.parents().values_list("state", "held_by")) == {("closed", "")}
    holds()


def test_a_parent_comes_back_onto_the_bill_by_a_new_line(bill, scan, holds):
    scan("kavya", "SB00001", mode="unbill", bill="B-1")
    assert scan("kavya", "SB00001", mode="bill", bill=" b-1 ")["bill"]["parents"] == 2
    assert bill.lines.filter(bag__qr_id="SB00001").count() == 2
    assert bill.lines.filter(bag__qr_id="SB00001", removed_at=None).count() == 1
    holds()


def test_a_parent_taken_off_opens_by_losing_a_packet_and_takes_another(bill, scan, holds):
    scan("kavya", "SB00001", mode="unbill", bill="B-1")
    assert scan("ravi", "7000001", parent="SB00001")["code"] == "parent_closed"
    scan("kavya", "0000100001", mode="unlink", reason="torn")
    assert scan("ravi", "7000001", parent="SB00001")["code"] == "linked"
    holds()
