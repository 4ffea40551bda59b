"""The same rules at this door: each row's verdict is the one that a scan would have got."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.models import AuditLog
from bags.models import Bag, Product
from bags.products import forget_products
from billing.services import complete_bill, create_bill
from tests.imports.conftest import bags_csv, inside

pytestmark = pytest.mark.django_db


def test_an_old_bag_is_found_whatever_its_code_looks_like(take_in, people, fill, holds):
    fill("ravi", "SB00001", 1)
    Bag.objects.filter(qr_id="0000100001").update(qr_id="ravi kumar 7 ")
    batch, told = take_in(bags_csv("Ravi Kumar 7,child,SB00001", "Nobody 8,child,SB00001"))
    assert (batch.known, told) == (1, {3: "unreadable"})
    holds()


def test_a_label_brings_its_lot_and_the_number_as_printed(take_in, holds):
    take_in(
        bags_csv("SB00001,parent,", '"LABEL NO.0012345 LOT NO.:MST-24-118, D.O.T.:03/11/2025",child,SB00001')
    )
    child = Bag.objects.get(kind="child")
    assert (child.qr_id, child.lot) == ("0012345", "MST-24-118")
    assert AuditLog.objects.get(action="child_linked").after["lot"] == "MST-24-118"
    holds()


def test_a_packet_gets_its_lot_later_and_never_another(take_in, holds):
    take_in(bags_csv("0012345,child,"))
    label = "LABEL NO.0012345 LOT NO.:{}"
    batch, told = take_in(bags_csv("SB00001,parent,", f"{label.format('A-1')},child,SB00001"))
    assert (batch.good, told) == (2, {})
    assert Bag.objects.get(qr_id="0012345").lot == "A-1"
    _batch, told = take_in(bags_csv(f"{label.format('A-2')},child,SB00001"))
    assert told == {2: "lot_differs"}
    holds()


def test_new_sacks_and_their_packets_get_the_area_and_old_packets_follow(take_in, fill, scan, holds):
    fill("arjun", "SB00009", 1)
    scan("arjun", mode="undo")
    batch, told = take_in(
        bags_csv("SB00001,parent,", "4000001,child,SB00001", "0000900001,child,SB00001"), area="lucknow"
    )
    assert (batch.good, told) == (3, {})
    areas = dict(Bag.objects.values_list("qr_id", "area"))
    assert areas == {
        "SB00009": "indore",
        "SB00001": "lucknow",
        "4000001": "lucknow",
        "0000900001": "lucknow",
    }
    entry = AuditLog.objects.filter(action="child_linked", target_label="0000900001").latest("pk")
    assert (entry.before, entry.after["area"]) == ({"parent": None, "area": "indore"}, "lucknow")
    holds()


def test_a_sack_in_its_own_area_keeps_it(take_in, fill, holds):
    fill("arjun", "SB00009", 1)
    take_in(bags_csv("4000001,child,SB00009"), area="lucknow")
    assert Bag.objects.get(qr_id="4000001").area_id == "indore"
    holds()


def test_each_refusal_and_nothing_changed(take_in, fill, scan, operator, holds):
    fill("ravi", "M444-00001", 15)  # full
    fill("ravi", "SB00002", 2)  # closed short
    scan("ravi", mode="close", parent="SB00002")
    fill("ravi", "SB00003", 1)  # on a bill
    create_bill(number="B-1", by=operator("kavya"))
    scan("kavya", "SB00003", mode="bill", bill="B-1")
    complete_bill(number="B-1", by=operator("kavya"))
    fill("ravi", "SB00004", 1)
    before = list(Bag.objects.order_by("pk").values_list()), inside()
    _batch, told = take_in(
        bags_csv(
            "5000001,child,M444-00001",
            "5000002,child,SB00002",
            "5000003,child,SB00003",
            "0000400001,child,SB00009",
            "0000400001,child,M444-00001",
            "SB00004,child,M444-00001",
            "5000004,child,0000400001",
            "0000400001,parent,",
            "SB123,parent,",
            "SB00011,parent,SB00004",
            "5000005,packet,SB00004",
            "SB00004SB00005,child,SB00004",
            "5000006,child,SB00001SB00002",
        )
    )
    assert told == {
        2: "parent_full",
        3: "parent_closed",
        4: "parent_billed",
        5: "unknown",
        6: "doubled",
        7: "wrong_kind",
        8: "wrong_kind",
        9: "wrong_kind",
        10: "unreadable",
        11: "sack_in_sack",
        12: "unknown_type",
        13: "unreadable",
        14: "unknown",
    }
    assert (list(Bag.objects.order_by("pk").values_list()), inside()) == before
    holds()


def test_a_packet_in_another_sack_stays_there(take_in, fill, holds):
    fill("ravi", "SB00001", 1)
    batch, told = take_in(bags_csv("SB00002,parent,", "0000100001,child,SB00002"))
    assert told == {3: "in_other_parent"}
    assert batch.problems.get().facts["other"] == "SB00001"
    assert inside() == {"SB00001": ["0000100001"]}
    holds()


def test_the_row_of_a_sack_may_stand_below_its_packets(take_in, holds):
    batch, told = take_in(bags_csv("4000001,child,SB00001", "SB00001,parent,"))
    assert (batch.good, told, inside()) == (2, {}, {"SB00001": ["4000001"]})
    holds()


def test_a_batch_without_its_sack_does_not_flow_into_the_next(take_in, holds):
    file = "Sr. No.;QR code\n1;4000001\n2;4000002\n1;4000003\n2;4000004\nParent Code;SB00001\n"
    _batch, told = take_in(file, "batches")
    assert told == {2: "need_parent", 3: "need_parent"}
    assert inside() == {"SB00001": ["4000003", "4000004"]}
    holds()


def test_a_batch_longer_than_any_sack(take_in):
    rows = "".join(f"{number};{4000000 + number}\n" for number in range(1, 1102))
    batch, told = take_in(f"Sr. No.;QR code\n{rows}Parent Code;SB00001\n", "batches")
    assert set(list(told.values())[:1001]) == {"batch_too_long"}
    assert batch.made["links"] == 30


CODES = [*(f"400000{n}" for n in range(6)), "LABEL NO.4000001 LOT NO.:A", "LABEL NO.4000001 LOT NO.:B", "x<"]
SACKS = ["T10001", "T10002", "T10003", "T1000"]
pairs = st.tuples(st.sampled_from(CODES), st.sampled_from(SACKS))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    packed=st.lists(pairs, max_size=6),
    rows=st.lists(pairs, max_size=8, unique_by=lambda pair: pair[0].removeprefix("LABEL NO.")[:7]),
)
def test_as_scans_would_have_been_judged(take_in, scan, people, products_of_three, holds, packed, rows):
    """The same rows, once as scans and once as a file, after the same beginning."""
    with transaction.atomic():
        for sack in SACKS[:2]:
            scan("asha", sack)
        for raw, sack in packed:
            scan("asha", raw, parent=sack)
        with transaction.atomic():
            answers = [scan("asha", raw, parent=sack) for raw, sack in rows]
            scanned = inside()
            transaction.set_rollback(True)
        _batch, told = take_in(bags_csv(*[f'"{raw}",child,{sack}' for raw, sack in rows]))
        verdicts = [told.get(line, "fine") for line in range(2, len(rows) + 2)]
        assert verdicts == [expected(answer["code"]) for answer in answers]
        assert {sack: sorted(packets) for sack, packets in inside().items()} == {
            sack: sorted(packets) for sack, packets in scanned.items()
        }
        holds()
        transaction.set_rollback(True)


def expected(code):
    return "fine" if code in ("linked", "linked_last", "already_here") else code


@pytest.fixture
def products_of_three(people):
    """A sack that is full with three."""
    Product.objects.create(name="tiny", prefix="T1", digits=4, children_per_parent=3, kg_per_child=1)
    forget_products()
