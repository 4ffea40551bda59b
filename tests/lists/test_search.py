"""Parts of codes, the search field, and the statements that they take."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bags import searching
from bags.models import Bag
from billing.services import create_bill

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_statics")]
CODES = [
    "SB00001",
    "SB00002",
    "M444-00012",
    "1000000001",
    "1000000002",
    "2000000001",
    "100%_OFF\\",
    "50%%%",
    "A-1",
    "श्री कृष्ण 12",
    "रवि",
    "RAVI KUMAR 7",
]


@pytest.fixture
def bags(people):
    """Old, loose codes among new ones; the last one is the newest."""
    shape = {"kind": "child", "area_id": "lucknow", "created_by": people["asha"]}
    for number, code in enumerate(CODES):
        Bag.objects.create(qr_id=code, created_at=f"2026-11-24T09:00:{number:02}+05:30", **shape)


def expected(text):
    """By the rule alone: from three signs on anywhere in the code, fewer at its beginning; newest first."""
    text = text.upper()
    fits = (lambda code: text in code) if len(text) >= 3 else (lambda code: code.startswith(text))
    return [code for code in reversed(CODES) if fits(code.upper())]


TEXTS = [
    "SB0",
    "sb00001",
    "00001",
    "000",
    "1",
    "10",
    "4-0",
    "M444",
    "%%%",
    "%",
    "_",
    "%_O",
    "\\",
    "F\\",
    "f\\",
]
TEXTS += ["श्री", "कृष्ण", "रवि", "AVI", "KUMAR 7", "A-1", "-", "'; --", "ZZZ", "0000000", "I K"]


@pytest.mark.parametrize("walk", [0, 2, 5_000])
@pytest.mark.parametrize("text", TEXTS)
def test_each_way_of_looking_finds_the_same(bags, signed_in, monkeypatch, text, walk):
    monkeypatch.setattr(searching, "WALK_ROWS", walk)
    told = signed_in("kavya").get("/api/v1/bags", {"q": text}).json()
    assert [bag["qr_id"] for bag in told["results"]] == expected(text)
    assert told["count"] == len(expected(text))


@pytest.mark.parametrize("walk", [0, 2, 5_000])
@pytest.mark.parametrize("query", [{}, {"from": "2026-11-01"}])
def test_page_by_page_each_is_met_once(bags, signed_in, monkeypatch, walk, query):
    monkeypatch.setattr(searching, "WALK_ROWS", walk)
    kavya, found, after = signed_in("kavya"), [], ""
    while after is not None:
        told = kavya.get("/api/v1/bags", {"q": "000", "limit": 1, "after": after, **query}).json()
        found += [bag["qr_id"] for bag in told["results"]]
        after = told["next"]
    assert found == expected("000")


def test_a_search_takes_few_statements(bags, signed_in):
    kavya = signed_in("kavya")
    for query in ("q=00", "q=000", "q=ZZZ", "q=%25%25%25", "q=SB00001&kind=child&from=2026-01-01"):
        with CaptureQueriesContext(connection) as seen:
            kavya.get(f"/api/v1/bags?{query}")
        assert len(seen) <= 6, query


def test_the_field_finds_bags_bills_and_people(bags, operator, signed_in, people):
    for number in ("SB00001", "SB00001-B", "K-9"):
        create_bill(number=number, by=operator("kavya"), destination="Kanpur")
    asha = signed_in("asha")
    told = asha.get("/api/v1/search", {"q": "sb00001"}).json()
    assert [bag["qr_id"] for bag in told["bags"]] == ["SB00001"]
    assert [bill["number"] for bill in told["bills"]] == ["SB00001", "SB00001-B"]
    assert told["users"] == []
    assert [user["username"] for user in asha.get("/api/v1/search?q=KAV").json()["users"]] == ["kavya"]
    assert asha.get("/api/v1/search?q=kanpur").json()["bills"][0]["number"] == "K-9"


def test_exact_hits_stand_first(bags, signed_in, operator):
    told = signed_in("asha").get("/api/v1/search", {"q": "A-1"}).json()
    assert [bag["qr_id"] for bag in told["bags"]] == ["A-1"]
    Bag.objects.filter(qr_id="1000000002").update(qr_id="A-11")
    Bag.objects.filter(qr_id="RAVI KUMAR 7").update(qr_id="A-12")
    told = signed_in("asha").get("/api/v1/search", {"q": "a-1"}).json()
    assert [bag["qr_id"] for bag in told["bags"]] == ["A-1", "A-12", "A-11"]


def test_a_printed_label_finds_its_packet(bags, signed_in):
    label = "LABEL NO.1000000001 LOT NO.:MST-24-118, D.O.T.:03/11/2025"
    told = signed_in("kavya").get("/api/v1/search", {"q": label}).json()
    assert [bag["qr_id"] for bag in told["bags"]] == ["1000000001"]


def test_who_finds_what(bags, signed_in, operator):
    create_bill(number="SB00001", by=operator("kavya"))
    found = {
        name: signed_in(name).get("/api/v1/search?q=SB00001").json()
        for name in ("asha", "kavya", "ravi", "arjun", "nobody")
    }
    assert {name: (len(told["bags"]), len(told["bills"])) for name, told in found.items()} == {
        "asha": (1, 1),
        "kavya": (1, 1),
        "ravi": (1, 0),
        "arjun": (0, 0),
        "nobody": (0, 0),
    }
    assert signed_in("kavya").get("/api/v1/search?q=asha").json()["users"] == []


@pytest.mark.parametrize("text", ["", "   ", "\0", "%00", "x" * 256, "'\"\\%_"])
def test_any_text_is_answered(bags, signed_in, text):
    assert signed_in("asha").get("/api/v1/search", {"q": text}).status_code == 200
    assert signed_in("asha").get("/search/", {"q": text}).status_code == 200


def test_the_page_links_to_what_it_found(bags, signed_in, operator):
    create_bill(number="B/7", by=operator("kavya"), destination="Ravi Nagar")
    page = signed_in("asha").get("/search/?q=ravi").content.decode()
    for href in ("/bags/RAVI%20KUMAR%207/", "/bills/B/7/", "/users/", "/bags/?q=ravi"):
        assert f'href="{href}' in page, href
