"""Printing labels: read back at 203 dpi, in the right place, and recorded."""

import time
from io import BytesIO

import pypdf
import pytest

from audit.models import AuditLog
from bags.labels.drawing import draw_ruler
from bags.labels.layouts import GRIDS, Paper
from bags.labels.models import LabelPrint
from tests.labels.conftest import codes, pictures, texts

pytestmark = pytest.mark.django_db


def words(body):
    return [page.extract_text() for page in pypdf.PdfReader(BytesIO(body)).pages]


def sizes_mm(body):
    return [
        tuple(round(float(side) / 72 * 25.4, 2) for side in page.mediabox[2:])
        for page in pypdf.PdfReader(BytesIO(body)).pages
    ]


@pytest.mark.parametrize("layout", GRIDS)
def test_every_code_of_a_sheet_is_read_back(sacks, printed, layout):
    places = GRIDS[layout].places
    labels = sacks(places + 1)
    _, body = printed(labels, paper=Paper(layout=layout))
    expected = [labels.code(number) for number in range(1, places + 2)]
    first, second = pictures(body)
    assert (texts(first), texts(second)) == (expected[:-1], expected[-1:])
    assert sizes_mm(body) == [(210.0, 297.0)] * 2


@pytest.mark.parametrize("layout", GRIDS)
def test_every_packet_is_read_back_in_the_warehouses_form(packets, printed, layout):
    places = GRIDS[layout].places
    _, body = printed(packets(count=places), paper=Paper(layout=layout))
    (page,) = pictures(body)
    assert texts(page) == [
        f"LABEL NO.{12345 + number:07} LOT NO.:MST-24-118, D.O.T.:03/11/2025" for number in range(places)
    ]


@pytest.mark.parametrize("size", [(50.0, 25.0), (75.0, 50.0), (100.0, 150.0), (40.0, 40.0)])
def test_a_roll_has_a_page_for_each_label(sacks, printed, size):
    _, body = printed(sacks(3), paper=Paper(layout="roll", size=size))
    assert sizes_mm(body) == [size] * 3
    assert [texts(page) for page in pictures(body)] == [["SB00001"], ["SB00002"], ["SB00003"]]


def test_people_read_the_code_the_product_the_lot_and_the_day(sacks, packets, printed):
    (page,) = words(printed(sacks(2))[1])
    assert page.split() == ["SB00001", "mustard", "SB00002", "mustard"]
    (page,) = words(printed(packets(count=1))[1])
    assert page.splitlines() == ["0012345", "LOT NO.: MST-24-118", "D.O.T.: 03/11/2025"]


def test_a_scan_of_a_printed_label_brings_the_child_and_its_lot(packets, printed, fill, scan):
    (page,) = pictures(printed(packets(count=1))[1])
    fill("ravi", "SB00001", 0)
    told = scan("ravi", texts(page)[0], parent="SB00001")
    assert (told["code"], told["bag"]["qr_id"], told["bag"]["lot"]) == ("linked", "0012345", "MST-24-118")


def test_it_begins_at_the_label_that_is_named(sacks, printed):
    _, body = printed(sacks(20), paper=Paper(layout="a4-3x8", start=6))
    first, second = pictures(body)
    assert texts(first) == [f"SB{number:05}" for number in range(1, 20)]
    assert texts(second) == ["SB00020"]
    (_, x, y) = codes(first)[0]
    # The sixth place of a sheet of 3 × 8 is the third of the second row.
    assert (140 < x < 210, 37.5 < y < 74.5) == (True, True)


def test_it_is_moved_by_the_printers_offset(sacks, printed):
    labels = sacks(2)
    plain = codes(pictures(printed(labels)[1])[0])
    moved = codes(
        pictures(printed(labels, paper=Paper(layout="a4-3x8", right=3, down=-2), reason="offset")[1])[0]
    )
    for (_, x, y), (_, moved_x, moved_y) in zip(plain, moved, strict=True):
        assert (moved_x - x, moved_y - y) == (pytest.approx(3, abs=0.15), pytest.approx(-2, abs=0.15))


def test_the_ruler_page_shows_every_label_and_the_scales(people):
    body = draw_ruler(Paper(layout="a4-2x7", right=1.5))
    (page,) = words(body)
    assert page.split().count("0") == 2
    content = pypdf.PdfReader(BytesIO(body)).pages[0].get_contents().get_data().decode()
    assert content.count(" re ") == 14
    assert content.count(" l S") == 42


def test_what_is_registered_gets_no_label(sacks, scan, printed):
    scan("ravi", "SB00041")
    made, body = printed(sacks(3, first=40))
    assert made.labels == 2
    assert texts(pictures(body)[0]) == ["SB00040", "SB00042"]


def test_a_part_of_a_range(sacks, printed):
    made, body = printed(sacks(100), first=" sb00020", last="SB00021")
    assert (made.first_code, made.last_code, made.labels) == ("SB00020", "SB00021", 2)
    assert texts(pictures(body)[0]) == ["SB00020", "SB00021"]


def test_again_only_with_a_reason(sacks, printed, refused):
    labels = sacks(100)
    printed(labels, first="SB00010", last="SB00020")
    for first, last in (("SB00010", "SB00020"), ("SB00001", "SB00010"), ("SB00015", "SB00015")):
        with refused("reason_needed"):
            printed(labels, first=first, last=last, reason=" ")
    made, _ = printed(labels, first="SB00020", last="SB00021", reason=" smudged ")
    assert (made.is_reprint, made.reason) == (True, "smudged")
    assert printed(labels, first="SB00022", last="SB00100")[0].is_reprint is False


def test_each_printing_is_recorded(sacks, printed):
    labels = sacks(10)
    printed(labels)
    made, _ = printed(labels, first="SB00002", last="SB00003", reason="smudged")
    entries = AuditLog.objects.filter(action__startswith="labels_").exclude(action="labels_reserved")
    assert [
        (entry.actor, entry.action, entry.target_id, entry.after, entry.reason)
        for entry in entries.order_by("pk")
    ] == [
        (
            "asha",
            "labels_printed",
            str(labels.pk),
            {"first": "SB00001", "last": "SB00010", "labels": 10},
            "",
        ),
        (
            "asha",
            "labels_reprinted",
            str(labels.pk),
            {"first": "SB00002", "last": "SB00003", "labels": 2},
            "smudged",
        ),
    ]
    assert made.paper == {
        "layout": "a4-3x8",
        "width": 70.0,
        "height": 37.0,
        "start": 1,
        "right": 0.0,
        "down": 0.0,
    }


@pytest.mark.parametrize("by", ["ravi", "nobody", "kavya"])
def test_only_admins_print(sacks, printed, refused, by):
    labels = sacks(10)
    with refused("not_allowed"):
        printed(labels, by=by)


def test_no_such_range(sacks, printed, refused):
    labels = sacks(10)
    labels.pk += 1
    with refused("unknown"):
        printed(labels)


@pytest.mark.parametrize("code", ["SB00011", "SB00000", "SB0001", "M444-00001", "1", "", "SB0000१", "SB\0"])
def test_labels_of_no_such_range(sacks, printed, refused, code):
    labels = sacks(10)
    with refused("not_in_range"):
        printed(labels, first=code or " ")
    with refused("not_in_range"):
        printed(labels, last=code or " ")


def test_nothing_between_first_and_last(sacks, scan, printed, refused):
    scan("ravi", "SB00041")
    labels = sacks(10, first=40)
    for first, last in (("SB00045", "SB00044"), ("SB00041", "SB00041")):
        with refused("no_labels"):
            printed(labels, first=first, last=last)


@pytest.mark.parametrize("size", [(20.0, 15.0), (200.0, 15.0)])
def test_a_label_too_small_for_its_code(packets, printed, refused, size):
    labels = packets(count=1)
    with refused("label_too_small"):
        printed(labels, paper=Paper(layout="roll", size=size))


def test_a_lot_too_long_for_its_label(packets, printed, refused):
    labels = packets(count=1, lot="A" * 64)
    with refused("label_too_small"):
        printed(labels, paper=Paper(layout="a4-5x13"))
    printed(labels, paper=Paper(layout="a4-2x4"))


def test_a_file_holds_so_many_and_takes_no_longer(packets, printed, refused):
    labels = packets(count=1_001)
    with refused("too_many"):
        printed(labels)
    began = time.process_time()
    made, body = printed(labels, last="0013344")
    assert time.process_time() - began < 2
    assert (made.labels, len(pypdf.PdfReader(BytesIO(body)).pages)) == (1_000, 42)
    assert LabelPrint.objects.count() == 1
