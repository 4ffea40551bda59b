"""Billing a sack while somebody packs it; each race's twin goes without what protects it."""

import pytest

from bags import holding
from bags.models import Bag
from bags.scanning import store
from billing import scanning
from billing.models import BillBag
from billing.reading import bill_detail, find_bill
from billing.services import complete_bill, create_bill
from tests.scanning.racing import halfway, puller, together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sack(people, fill, operator):
    """SB00003 with four packets on no bill, and bill B-2."""
    fill("ravi", "SB00003", 4)
    create_bill(number="B-2", by=operator("kavya"))
    return Bag.objects.get(qr_id="SB00003")


@pytest.fixture
def billing(people, sack):
    return puller(people["kavya"], "SB00003", mode="bill", bill="B-2")


@pytest.fixture
def no_locks(monkeypatch):
    monkeypatch.setattr(scanning, "_LOCK_BILLS", scanning._LOCK_BILLS.replace("FOR UPDATE OF bill", ""))
    monkeypatch.setattr(store, "_LOCK", store._LOCK.replace("FOR UPDATE", ""))
    monkeypatch.setattr(holding, "lock", lambda _parents: None)


def live_weight(number):
    return bill_detail(find_bill(number))["actual_kg"]


def test_bill_against_link(people, sack, billing, holds):
    link = puller(people["ravi"], "7000001", parent="SB00003")
    billed, linked = together(billing, link)
    assert (billed["code"], linked["code"]) in (("billed", "linked"), ("billed", "parent_billed"))
    assert live_weight("B-2") == ("5.000" if linked["code"] == "linked" else "4.000")
    holds()


def test_bill_against_link_without_the_locks(people, sack, billing, monkeypatch, no_locks):
    """The packet goes into a sack that is on a bill, and the bill's hold is lost."""
    with halfway(monkeypatch, puller(people["ravi"], "7000001", parent="SB00003")) as linked:
        assert billing()["code"] == "billed"
    assert linked.result()["code"] == "linked"
    assert Bag.objects.get(pk=sack.pk).held_by == ""
    assert BillBag.objects.get(bag=sack).removed_at is None


def test_bill_against_undo_of_its_last_packet(people, sack, billing, holds):
    link = sack.child_links.select_related("scan").latest("pk")
    undo = puller(people["ravi"], str(link.scan.key), mode="undo")
    billed, undone = together(billing, undo)
    assert (billed["code"], undone["code"]) == ("billed", "undone")
    assert live_weight("B-2") == "3.000"
    holds()


def test_bill_against_move_out(people, fill, sack, billing, holds):
    fill("kavya", "SB00004", 1)
    move = puller(people["kavya"], "0000300001", mode="move", parent="SB00004")
    billed, moved = together(billing, move)
    assert (billed["code"], moved["code"]) == ("billed", "moved")
    assert live_weight("B-2") == "3.000"
    holds()


@pytest.fixture
def moving_out(people, fill, bill):
    """A job: a packet leaves SB00001, which is on bill B-1."""
    fill("kavya", "SB00004", 1)
    return puller(people["kavya"], "0000100001", mode="move", parent="SB00004")


def test_complete_against_move_out(operator, moving_out, holds):
    def complete():
        return complete_bill(number="B-1", by=operator("kavya"), reason="now").actual_kg

    weight, moved = together(complete, moving_out)
    assert (weight, moved["code"]) in ((16, "moved"), (17, "bill_final"))
    holds()


def test_complete_against_move_out_without_the_locks(operator, moving_out, monkeypatch, no_locks):
    with halfway(monkeypatch, moving_out) as moved:
        complete_bill(number="B-1", by=operator("kavya"), reason="now")
    assert moved.result()["code"] == "moved"
    line = BillBag.objects.select_related("bag").get(bag__qr_id="SB00001")
    assert (line.child_count, line.bag.child_count) == (2, 1)  # the bill weighs a packet that has left
