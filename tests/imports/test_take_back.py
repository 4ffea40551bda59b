"""An import is taken back as a whole while nothing depends on it; what depends is named."""

import pytest

from audit.models import AuditLog
from bags.importing import service
from bags.importing.models import ImportBatch
from bags.models import Bag, Link
from billing.models import Bill, BillBag
from billing.services import cancel_bill, complete_bill, create_bill
from tests.billing.conftest import everything
from tests.imports.conftest import DATA, bags_csv, inside

pytestmark = pytest.mark.django_db
FILE = bags_csv(
    "SB00001,parent,", "M444-00002,parent,", *[f"40000{n:02},child,M444-00002" for n in range(15)],
    "5000001,child,SB00001", "5000002,child,SB00001",
)  # fmt: skip


@pytest.fixture
def imported(take_in):
    """Two sacks: SB00001 with 2 packets, M444-00002 full and therefore closed."""
    return take_in(FILE)[0]


@pytest.fixture
def back(people, operator):
    """back(batch) -> the import after somebody asked to take it back and the job was done."""

    def take_back(batch):
        service.ask_back(batch.pk, by=operator("asha"))
        service.take_back(batch.pk, by_id=people["asha"].pk)
        return ImportBatch.objects.get(pk=batch.pk)

    return take_back


@pytest.fixture
def refused_back(back):
    """refused_back(batch, code, bag) -> nothing changed but the reason on the import, which names the bag."""

    def check(batch, code, **facts):
        before = everything()
        stays = back(batch)
        assert (stays.state, stays.code) == ("done", code)
        assert {name: stays.facts[name] for name in facts} == facts
        after = everything()
        for table in before:
            if table != "ImportBatch":
                assert after[table] == before[table], table

    return check


def test_its_packets_leave_and_its_sacks_open_again(imported, back, holds):
    taken = back(imported)
    assert (taken.state, taken.taken_back_by.username) == ("taken_back", "asha")
    assert inside() == {}
    sacks = Bag.objects.filter(kind="parent").order_by("qr_id").values_list("qr_id", "state", "child_count")
    assert list(sacks) == [("M444-00002", "open", 0), ("SB00001", "open", 0)]
    assert set(Link.objects.values_list("end_reason", flat=True)) == {"import"}
    counts = AuditLog.objects.filter(action="child_unlinked", before__parent="M444-00002")
    assert sorted(entry.before["count"] for entry in counts) == list(range(1, 16))
    assert AuditLog.objects.get(action="parent_reopened").after == {"state": "open", "count": 0}
    assert AuditLog.objects.get(action="import_taken_back").target_id == str(imported.pk)
    holds()


def test_a_job_that_comes_twice_takes_back_once(imported, back, people, holds):
    back(imported)
    service.take_back(imported.pk, by_id=people["asha"].pk)
    assert AuditLog.objects.filter(action="child_unlinked").count() == 17
    holds()


def test_what_was_there_before_stays(take_in, fill, back, holds):
    fill("ravi", "SB00001", 3)
    batch, _told = take_in(bags_csv("5000001,child,SB00001"))
    assert Bag.objects.get(qr_id="SB00001").child_count == 4
    assert back(batch).state == "taken_back"
    assert inside() == {"SB00001": ["0000100001", "0000100002", "0000100003"]}
    holds()


def test_taken_back_it_can_be_imported_again(imported, take_in, back, holds):
    back(imported)
    again, told = take_in(FILE)
    assert told == {}
    assert (again.good, again.known, again.made["links"]) == (17, 2, 17)
    holds()


def test_a_packet_that_was_moved(imported, scan, fill, refused_back, holds):
    fill("kavya", "SB00009", 0)
    assert scan("kavya", "5000001", mode="move", parent="SB00009")["code"] == "moved"
    refused_back(imported, "child_left", bag="5000001", other="SB00001")
    holds()


def test_a_move_that_was_undone(imported, scan, fill, back, holds):
    fill("kavya", "SB00009", 0)
    scan("kavya", "5000001", mode="move", parent="SB00009")
    assert scan("kavya", mode="undo")["code"] == "undone"
    assert back(imported).state == "taken_back"
    holds()


def test_a_packet_that_came_since(imported, scan, refused_back, holds):
    assert scan("asha", "7000001", parent="SB00001")["code"] == "linked"
    refused_back(imported, "child_came", bag="7000001", other="SB00001")
    holds()


def test_a_later_import_into_its_sack(imported, take_in, refused_back):
    take_in(bags_csv("7000001,child,SB00001"))
    refused_back(imported, "child_came", bag="7000001", other="SB00001")


def test_a_sack_on_a_bill(imported, scan, operator, refused_back, back, holds):
    create_bill(number="B-1", by=operator("kavya"))
    scan("kavya", "M444-00002", mode="bill", bill="B-1")
    refused_back(imported, "sack_billed", bag="M444-00002", other="B-1")
    cancel_bill(number="B-1", by=operator("kavya"))
    assert back(imported).state == "taken_back"
    holds()


def test_a_sack_that_was_closed(imported, scan, refused_back):
    assert scan("asha", mode="close", parent="SB00001")["code"] == "closed"
    refused_back(imported, "sack_closed", bag="SB00001")


def test_a_sack_to_count_again(imported, scan, refused_back):
    assert scan("asha", "7000001", parent="M444-00002", offline=True)["code"] == "conflict"
    refused_back(imported, "sack_doubted", bag="M444-00002")


def test_looking_a_bag_up_is_no_hindrance(imported, scan, back):
    scan("asha", "5000001", mode="lookup")
    scan("asha", "7000001", parent="M444-00002")  # refused: full
    assert back(imported).state == "taken_back"


@pytest.mark.parametrize("step", ["confirm", "drop", "ask_back"])
@pytest.mark.parametrize("name", ["kavya", "ravi", "nobody"])
def test_nobody_but_an_admin(imported, operator, step, name):
    before = everything()
    with pytest.raises(service.ImportRefused) as caught:
        getattr(service, step)(imported.pk, by=operator(name))
    assert caught.value.code == "not_allowed"
    assert everything() == before


@pytest.fixture
def billed(take_in):
    take_in((DATA / "batches-moong.xlsx").read_bytes(), "batches")
    return take_in((DATA / "parents-to-bills.xlsx").read_bytes(), "bills")[0]


def test_bills_it_made_are_cancelled(billed, back, holds):
    assert back(billed).state == "taken_back"
    assert set(Bill.objects.values_list("state", flat=True)) == {"cancelled"}
    assert BillBag.objects.filter(removed_at=None).count() == 0
    assert set(Bag.objects.filter(qr_id="M444-21000").values_list("held_by", "state")) == {("", "closed")}
    holds()


def test_a_bill_that_was_there_stays(take_in, scan, fill, operator, back, holds):
    fill("ravi", "SB00001", 1)
    fill("ravi", "SB00002", 1)
    create_bill(number="B-1", by=operator("kavya"))
    scan("kavya", "SB00001", mode="bill", bill="B-1")
    batch, told = take_in("Sr. No.,Parent\n1,SB00002\nBill No,b-1\n", "bills")
    assert (told, batch.made["bills"], batch.made["lines"]) == ({}, 0, 1)
    assert back(batch).state == "taken_back"
    assert Bill.objects.get().state == "processing"
    assert list(BillBag.objects.filter(removed_at=None).values_list("bag__qr_id", flat=True)) == ["SB00001"]
    holds()


def test_a_bill_that_was_completed(billed, operator, refused_back):
    complete_bill(number="LKO/24-25/21000", by=operator("kavya"))
    refused_back(billed, "bill_changed", bag="LKO/24-25/21000")


def test_a_sack_that_was_taken_off(billed, scan, refused_back):
    scan("kavya", "M444-21000", mode="unbill", bill="LKO/24-25/21000")
    refused_back(billed, "line_changed", bag="M444-21000", other="LKO/24-25/21000")
    scan("kavya", "M444-21000", mode="bill", bill="LKO/24-25/21000")
    refused_back(billed, "line_changed", bag="M444-21000", other="LKO/24-25/21000")


def test_a_bill_that_grew(billed, scan, fill, refused_back):
    fill("ravi", "SB00001", 1)
    scan("kavya", "SB00001", mode="bill", bill="LKO/24-25/21000")
    refused_back(billed, "bill_grew", bag="LKO/24-25/21000", other="SB00001")
