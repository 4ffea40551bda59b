"""The admins' pages for labels."""

import pytest

from bags.labels.models import LabelPrint, LabelRange
from tests.labels.conftest import pictures, texts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_statics")]
PACKETS = {
    "packets-key": "5f0c8f0a-7c1b-4f1e-9a55-0d5f3c0b9a11",
    "packets-first": "0012345",
    "packets-count": "5",
    "packets-lot": "mst-24-118",
    "packets-tested_on": "2025-11-03",
}
SACKS = {"sacks-key": "0b9a115f-4f1e-7c1b-9a55-8f0a0d5f3c0c", "sacks-product": "mustard", "sacks-count": "30"}
SHEET = {"layout": "a4-3x8", "start": "1", "right": "0", "down": "0", "reason": ""}


def test_an_admin_reserves_and_prints(signed_in):
    asha = signed_in("asha")
    answer = asha.post("/labels/sacks/", SACKS, follow=True)
    assert "30 labels are reserved: SB00001–SB00030." in answer.content.decode()
    address = f"/labels/{LabelRange.objects.get().pk}/"
    assert answer.redirect_chain == [(address, 302)]
    assert 'value="SB00001"' in answer.content.decode()
    answer = asha.post(address, {**SHEET, "first": "SB00001", "last": "SB00003", "start": "23"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Content-Disposition"] == 'attachment; filename="labels SB00001 to SB00003.pdf"'
    assert [texts(page) for page in pictures(answer.content)] == [["SB00001", "SB00002"], ["SB00003"]]
    page = asha.get(address).content.decode()
    assert "3 labels, SB00001 to SB00003, by asha" in page
    assert 'value="SB00004"' in page


def test_a_form_sent_twice_reserves_once(signed_in):
    asha = signed_in("asha")
    first, again = (asha.post("/labels/sacks/", SACKS) for _ in range(2))
    assert (first.status_code, first["Location"]) == (again.status_code, again["Location"])
    assert asha.post("/labels/sacks/", SACKS | {"sacks-count": "31"}).status_code == 409
    assert asha.post("/labels/sacks/", SACKS | {"sacks-key": "soon"}).status_code == 400
    assert LabelRange.objects.count() == 1


def test_packets(signed_in):
    asha = signed_in("asha")
    assert asha.post("/labels/packets/", PACKETS).status_code == 302
    page = asha.get("/labels/").content.decode()
    assert "0012345–0012349" in page
    assert "Packets, lot MST-24-118" in page


def test_a_reprint_asks_why_and_shows_it(signed_in, sacks):
    asha, address = signed_in("asha"), f"/labels/{sacks(10).pk}/"
    sheet = {**SHEET, "first": "SB00001", "last": "SB00010"}
    assert asha.post(address, sheet).status_code == 200
    answer = asha.post(address, sheet)
    assert answer.status_code == 409
    assert "Some of these labels were printed before." in answer.content.decode()
    assert LabelPrint.objects.count() == 1
    assert asha.post(address, {**sheet, "reason": "The roll was <wet>"}).status_code == 200
    page = asha.get(address).content.decode()
    assert "The roll was &lt;wet&gt;" in page
    assert "once again" in asha.get("/labels/").content.decode()


def test_a_refusal_keeps_what_was_typed(signed_in, sacks):
    sacks(10)
    more = SACKS | {"sacks-count": "7", "sacks-first": "5"}
    answer = signed_in("asha").post("/labels/sacks/", more)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "SB00001 to SB00010 were reserved already, by asha." in page
    assert 'value="7"' in page
    assert LabelRange.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("layout", "a5"),
        ("start", "25"),
        ("start", "0"),
        ("start", "x"),
        ("right", "20.1"),
        ("right", "nan"),
        ("down", "inf"),
        ("layout", "roll"),
        ("first", "SB00011"),
        ("first", "\0"),
    ],
)
def test_what_is_not_understood_prints_nothing(signed_in, sacks, field, value):
    address = f"/labels/{sacks(10).pk}/"
    answer = signed_in("asha").post(
        address, {**SHEET, "first": "SB00001", "last": "SB00010"} | {field: value}
    )
    assert answer.status_code in (400, 409)
    assert LabelPrint.objects.count() == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [("first", "12"), ("count", "0"), ("count", "10001"), ("lot", "A B"), ("lot", ""), ("tested_on", "soon")],
)
def test_what_is_not_understood_reserves_nothing(signed_in, field, value):
    answer = signed_in("asha").post("/labels/packets/", PACKETS | {f"packets-{field}": value})
    assert answer.status_code in (400, 409)
    assert LabelRange.objects.count() == 0


def test_the_paper_used_last_is_offered_again(signed_in, sacks):
    asha, address = signed_in("asha"), f"/labels/{sacks(10).pk}/"
    roll = {"layout": "roll", "width": "75", "height": "50", "right": "1.5", "down": "-0.5"}
    asha.post(address, {**SHEET, **roll, "first": "SB00001", "last": "SB00002"})
    page = asha.get(address).content.decode()
    for told in ('value="roll" selected', 'value="75.0"', 'value="50.0"', 'value="1.5"', 'value="-0.5"'):
        assert told in page, told


def test_the_ruler_page_is_no_printing(signed_in, sacks):
    answer = signed_in("asha").post(f"/labels/{sacks(10).pk}/ruler/", SHEET)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert LabelPrint.objects.count() == 0


def test_no_such_range(signed_in, people):
    asha = signed_in("asha")
    assert asha.get("/labels/1/").status_code == 404
    assert asha.post("/labels/1/", SHEET).status_code == 404
    assert asha.post("/labels/1/ruler/", SHEET).status_code == 404
    assert asha.get("/labels/?after=soon").status_code == 404


def test_a_list_takes_the_same_few_statements_however_long_it_is(
    signed_in, sacks, packets, django_assert_max_num_queries
):
    asha = signed_in("asha")
    for _ in range(5):
        sacks(2)
    packets()
    with django_assert_max_num_queries(9):
        assert asha.get("/labels/").status_code == 200
