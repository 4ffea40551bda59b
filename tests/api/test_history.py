"""GET /api/v1/bags/<qr_id>/history and what was inside at a moment, in the API and on the bag's page."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.database import played_at
from bags import history
from bags.models import Bag, Link
from billing.services import cancel_bill, complete_bill, create_bill

pytestmark = pytest.mark.django_db
DAY = datetime(2026, 11, 24, 9, 0, tzinfo=ZoneInfo("Asia/Kolkata"))


def at(minute):
    return DAY + timedelta(minutes=minute)


@pytest.fixture
def morning(scan, operator):
    """A child into SB00001 at minute 0, another at 10; the first moves to SB00002 at 20; SB00001 on a bill
    from 30 on, which is completed at 40."""
    for minute, name, raw, rest in (
        (0, "ravi", "SB00001", {}),
        (0, "ravi", "1000001", {"parent": "SB00001"}),
        (10, "ravi", "1000002", {"parent": "SB00001"}),
        (15, "ravi", "SB00002", {}),
        (20, "kavya", "1000001", {"mode": "move", "parent": "SB00002"}),
    ):
        with played_at(at(minute)):
            assert scan(name, raw, **rest)["severity"] == "success"
    with played_at(at(30)):
        create_bill(number="B-1", by=operator("kavya"))
        assert scan("kavya", "SB00001", mode="bill", bill="B-1")["code"] == "billed"
    with played_at(at(40)):
        complete_bill(number="B-1", by=operator("kavya"))


@pytest.fixture
def ask(signed_in, morning):
    def get(bag, when=None, by="kavya"):
        query = {} if when is None else {"at": when if isinstance(when, str) else when.isoformat()}
        return signed_in(by).get(f"/api/v1/bags/{bag}/history", query)

    return get


@pytest.mark.parametrize(
    ("minute", "inside", "bill"),
    [
        (-1, [], None),
        (0, ["1000001"], None),
        (10, ["1000001", "1000002"], None),
        (19, ["1000001", "1000002"], None),
        (20, ["1000002"], None),
        (30, ["1000002"], "B-1"),
        (9_999, ["1000002"], "B-1"),
    ],
)
def test_what_was_inside_a_sack_at_a_moment(ask, minute, inside, bill):
    told = ask("SB00001", at(minute)).json()
    assert [child["qr_id"] for child in told["children"]] == inside
    assert (told["count"], told["weight_kg"]) == (len(inside), f"{len(inside)}.000")
    assert told["registered"] is (minute >= 0)
    assert (told["bill"] or {}).get("number") == bill
    assert told["parent"] is None
    assert datetime.fromisoformat(told["at"]) == at(minute)


@pytest.mark.parametrize(("minute", "sack"), [(-1, None), (0, "SB00001"), (19, "SB00001"), (20, "SB00002")])
def test_where_a_packet_was_at_a_moment(ask, minute, sack):
    told = ask("1000001", at(minute)).json()
    assert (told["parent"] or {}).get("qr_id") == sack
    assert (told["count"], told["weight_kg"], told["children"]) == (None, None, [])


def test_a_packet_is_on_the_bill_of_its_sack(ask):
    assert ask("1000002", at(29)).json()["bill"] is None
    bill = ask("1000002", at(30)).json()["bill"]
    assert (bill["number"], bill["added_by"]) == ("B-1", "kavya")
    assert datetime.fromisoformat(bill["added_at"]) == at(30)


def test_a_moment_without_offset_is_in_our_zone(ask):
    assert ask("SB00001", "2026-11-24T09:05").json()["count"] == 1
    assert ask("SB00001", "2026-11-24").json()["registered"] is False
    utc = at(5).astimezone(UTC).isoformat()
    assert ask("SB00001", utc).json()["count"] == 1


@pytest.mark.parametrize("when", ["yesterday", "1700000000", "2026-13-01", "2026-11-24T25:00"])
def test_what_is_no_moment_is_refused(ask, when):
    answer = ask("SB00001", when)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid")


def test_the_timeline_tells_scans_links_and_bill_lines(ask):
    told = ask("sb00001").json()
    assert (told["qr_id"], told["kind"], told["is_whole"]) == ("SB00001", "parent", True)
    entries = [
        (entry["type"], entry.get("code") or entry.get("child") or entry["bill"])
        for entry in told["timeline"]
    ]
    assert sorted(entries) == sorted(
        [
            ("scan", "parent_opened"),
            ("scan", "linked"),
            ("scan", "linked"),
            ("scan", "billed"),
            ("link", "1000001"),
            ("link", "1000002"),
            ("bill_line", "B-1"),
        ]
    )
    times = [entry["at"] for entry in told["timeline"]]
    assert times == sorted(times, reverse=True)
    [moved] = [entry for entry in told["timeline"] if entry.get("child") == "1000001"]
    assert (moved["end_reason"], moved["unlinked_by"]) == ("move", "kavya")
    assert datetime.fromisoformat(moved["unlinked_at"]) == at(20)


def test_the_timeline_of_a_packet_tells_the_bills_of_its_sacks_while_it_was_there(ask):
    assert [e["bill"] for e in ask("1000002").json()["timeline"] if e["type"] == "bill_line"] == ["B-1"]
    assert [e for e in ask("1000001").json()["timeline"] if e["type"] == "bill_line"] == []


def test_a_line_taken_off_is_told_with_its_end(ask, operator, scan, fill):
    fill("ravi", "SB00005", 1)
    create_bill(number="B-2", by=operator("kavya"))
    scan("kavya", "SB00005", mode="bill", bill="B-2")
    cancel_bill(number="B-2", by=operator("asha"))
    [line] = [entry for entry in ask("SB00005").json()["timeline"] if entry["type"] == "bill_line"]
    assert (line["bill"], line["removed_by"], line["returned_at"]) == ("B-2", "asha", None)


def test_what_left_the_area_is_not_told(ask, operator, scan, people):
    scan("arjun", "SB00009")
    scan("kavya", "1000002", mode="unbill", bill="B-1")
    with played_at(at(50)):
        scan("kavya", "1000001", mode="move", parent="SB00009")
    assert ask("SB00002", at(45), by="kavya").json()["count"] == 1
    hidden = ask("SB00002", at(45), by="ravi").json()
    assert (hidden["count"], hidden["children"]) == (0, [])
    told = ask("SB00002", by="ravi").content.decode()
    assert "1000001" not in told
    assert ask("1000001", at(45), by="ravi").status_code == 404
    around = ask("1000001", at(45), by="arjun").json()
    assert around["parent"] is None
    assert "SB0000" not in ask("1000001", by="arjun").content.decode().replace("SB00009", "")


def test_the_last_scan_is_the_last_that_exists_for_who_asks(signed_in, scan, morning):
    scan("arjun", "SB00009")
    refused = scan("kavya", "1000002", parent="SB00009")
    told = signed_in("ravi").get("/api/v1/bags/1000002")
    last = told.json()["last_scan"]
    assert (last["operator"], last["code"], last["parent"]) == ("ravi", "linked", "SB00001")
    assert "SB00009" not in told.content.decode() + signed_in("ravi").get("/bags/1000002/").content.decode()
    whole = signed_in("kavya").get("/api/v1/bags/1000002").json()["last_scan"]
    assert (whole["code"], whole["parent"], whole["message"]) == (
        refused["code"],
        "SB00009",
        refused["message"],
    )


def test_words_of_a_last_scan_that_were_for_elsewhere_are_not_repeated(signed_in, scan, morning):
    scan("arjun", "SB00009")
    moved = scan("kavya", "1000001", mode="move", parent="SB00009")
    assert moved["severity"] == "success"
    told = signed_in("arjun").get("/api/v1/bags/1000001").json()["last_scan"]
    assert (told["code"], told["parent"], told["message"]) == (moved["code"], "SB00009", None)


@pytest.mark.parametrize("when", [None, "2026-11-24T10:00"])
def test_a_full_sack_takes_no_more_statements(ask, fill, when):
    assert ask("SB00001").status_code == 200  # signing in has statements of its own
    counts = []
    for parent, children in (("SB00011", 2), ("SB00012", 25)):
        fill("ravi", parent, children)
        with CaptureQueriesContext(connection) as queries:
            assert ask(parent, when).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_page_answers_what_was_inside(ask, signed_in):
    page = signed_in("kavya").get("/bags/SB00001/", {"at": "2026-11-24T09:15"})
    text = " ".join(page.content.decode().split())
    assert "At 24 Nov 2026, 09:15: 2 packets, 2.000 kg." in text
    assert 'value="2026-11-24T09:15"' in text
    assert "Sack SB00001 on bill B-1" in text
    child = signed_in("kavya").get("/bags/1000001/", {"at": "2026-11-24T09:19:59"}).content.decode()
    assert "At 24 Nov 2026, 09:19 it was in sack" in child
    early = signed_in("kavya").get("/bags/SB00001/", {"at": "2026-11-24T08:00"}).content.decode()
    assert "this bag was not known yet" in early


def test_the_page_says_what_it_did_not_understand(ask, signed_in):
    page = signed_in("kavya").get("/bags/SB00001/", {"at": "<soon>"})
    assert page.status_code == 400
    assert "“&lt;soon&gt;” is no day and time." in page.content.decode()


def test_older_events_are_left_out_and_that_is_said(fill, operator):
    fill("ravi", "SB00001", 5)
    bag = Bag.objects.select_related("product").get(qr_id="SB00001")
    told = history.timeline(bag, operator("kavya"), limit=3)
    assert told["is_whole"] is False
    assert [entry["type"] for entry in told["timeline"]].count("scan") == 3
    assert history.timeline(bag, operator("kavya"))["is_whole"] is True
    assert Link.objects.count() == 5
