"""Reserving numbers for labels."""

import uuid

import pytest

from audit.models import AuditLog
from bags.labels.models import LabelRange
from bags.models import Bag
from bags.products import known_products
from bags.scanning.codes import read

pytestmark = pytest.mark.django_db


def test_ranges_follow_each_other_without_a_gap(sacks):
    assert [str(sacks(10)), str(sacks(5)), str(sacks(1))] == [
        "SB00001–SB00010",
        "SB00011–SB00015",
        "SB00016–SB00016",
    ]


def test_each_product_has_numbers_of_its_own(sacks):
    sacks(10)
    assert str(sacks(3, product="moong")) == "M444-00001–M444-00003"


def test_the_first_one_lies_behind_all_that_is_registered(sacks, scan):
    scan("ravi", "SB00041")
    scan("ravi", "SB00007")
    scan("ravi", "M444-00100")
    assert str(sacks(2)) == "SB00042–SB00043"


def test_old_codes_are_registered_too_however_they_are_written(sacks, scan):
    scan("ravi", "SB00041")
    Bag.objects.filter(qr_id="SB00041").update(qr_id=" sb00061")
    assert str(sacks(2)) == "SB00062–SB00063"


def test_what_is_registered_within_gets_no_label(sacks, scan):
    scan("ravi", "SB00041")
    made = sacks(10, first=40)
    assert (str(made), made.labels, made.skipped_codes) == ("SB00040–SB00049", 9, ["SB00041"])


def test_the_products_digits_are_the_limit(sacks, refused):
    assert str(sacks(10, first=99_990)) == "SB99990–SB99999"
    with refused("no_numbers_left"):
        sacks(1)
    with refused("no_numbers_left"):
        sacks(12, first=99_989)


def test_packets_of_a_lot_leading_zeros_kept(packets):
    made = packets()
    assert str(made) == "0012345–0012354"
    assert made.text(made.first) == "LABEL NO.0012345 LOT NO.:MST-24-118, D.O.T.:03/11/2025"


def test_numbers_of_another_length_are_other_numbers(packets):
    packets("0012345")
    assert str(packets("012345", count=1)) == "012345–012345"
    assert str(packets("12345", count=1)) == "12345–12345"


def test_a_lot_is_cleaned_as_scans_are(packets):
    assert packets(lot=" mst-24-118 ").lot == "MST-24-118"


@pytest.mark.parametrize("lot", ["MST-24-118", "A", "A/1_2.3", "LOT", "DOT-9", "A" * 64])
def test_what_is_printed_is_read_as_what_it_is(packets, people, lot):
    made = packets(lot=lot)
    for number in (made.first, made.last):
        reading = read(made.text(number), known_products().values())
        assert (reading.kind, reading.code, reading.lot) == ("child", made.code(number), lot)


def test_a_packet_that_is_registered_gets_no_label(packets, fill, scan):
    scan("ravi", "SB00001")
    scan("ravi", "0012346", parent="SB00001")
    assert packets(count=3).skipped_codes == ["0012346"]


@pytest.mark.parametrize("by", ["ravi", "nobody", "kavya"])
def test_only_admins_reserve(sacks, packets, refused, by):
    with refused("not_allowed"):
        sacks(by=by)
    with refused("not_allowed"):
        packets(by=by)


@pytest.mark.parametrize("count", [0, -1, 10_001])
def test_how_many(sacks, packets, refused, count):
    with refused("count"):
        sacks(count)
    with refused("count"):
        packets(count=count)


def test_an_unknown_product(sacks, refused):
    with refused("unknown"):
        sacks(product="barley")


@pytest.mark.parametrize("first", [-1, 100_000])
def test_a_number_that_the_digits_cannot_tell(sacks, refused, first):
    with refused("no_numbers_left"):
        sacks(1, first=first)


@pytest.mark.parametrize(("first", "count"), [(1, 1), (10, 1), (10, 5), (0, 2), (0, 100), (3, 2)])
def test_reserved_before(sacks, refused, first, count):
    sacks(10)
    with refused("reserved_already"):
        sacks(count, first=first)


def test_packets_reserved_before_of_whatever_lot(packets, refused):
    packets()
    with refused("reserved_already"):
        packets("0012354", lot="MST-24-119")


def test_all_registered_before(sacks, scan, refused):
    scan("ravi", "SB00041")
    with refused("registered_already"):
        sacks(1, first=41)


@pytest.mark.parametrize("first", ["", "123", "1234567890123", "००१२३४५", "12a45", "-1234", "12 34"])
def test_what_is_no_label_number(packets, refused, first):
    with refused("number_unreadable"):
        packets(first)


@pytest.mark.parametrize("lot", ["", "-A", "A-", "A,B", "A B", "लॉट", "A\0B", "A LABEL NO.1234"])
def test_a_lot_that_no_scanner_would_read(packets, refused, lot):
    with refused("label_unreadable"):
        packets(lot=lot)


def test_label_numbers_run_out(packets, refused):
    with refused("no_numbers_left"):
        packets("9999", count=2)


def test_each_is_recorded(sacks, packets):
    made = sacks(10)
    packets()
    entries = AuditLog.objects.filter(action="labels_reserved").order_by("pk")
    assert [(entry.actor, entry.target_label, entry.after) for entry in entries] == [
        ("asha", "SB00001–SB00010", {"first": "SB00001", "last": "SB00010", "labels": 10}),
        (
            "asha",
            "0012345–0012354",
            {"first": "0012345", "last": "0012354", "labels": 10, "lot": "MST-24-118"},
        ),
    ]
    assert entries[0].target_id == str(made.pk)
    assert LabelRange.objects.count() == 2


def test_a_known_key_gives_what_it_gave_before(sacks, packets, refused):
    key, other = uuid.uuid4(), uuid.uuid4()
    made, of_packets = sacks(10, key=key), packets(key=other)
    assert (sacks(10, key=key).pk, packets(key=other).pk) == (made.pk, of_packets.pk)
    assert LabelRange.objects.count() == AuditLog.objects.filter(action="labels_reserved").count() == 2
    for reused in (
        lambda: sacks(11, key=key),
        lambda: sacks(10, first=2, key=key),
        lambda: sacks(10, product="moong", key=key),
        lambda: packets(lot="MST-24-119", key=other),
        lambda: packets("012345", key=other),
        lambda: packets(key=key),
    ):
        with refused("key_reused"):
            reused()
