"""The desk's page and its buttons, the badge, the mark on bags and bills."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bags.models import Bag, ConflictDecision, Scan
from billing.services import complete_bill, create_bill
from tests.desk.conftest import is_in, waiting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_statics")]


@pytest.fixture
def press(signed_in):
    """press("kavya", path, …) -> the page that follows, as text."""

    def post(name, path, **form):
        return signed_in(name).post(path, form, follow=True).content.decode()

    return post


def seen(conflict):
    return conflict.bag.parent_links.get(unlinked_at=None).pk


def test_the_page_says_what_was_meant_and_what_is_so(conflict, signed_in):
    Scan.objects.filter(pk=conflict.pk).update(captured_at="2026-11-24T09:15:02+05:30")
    page = signed_in("kavya").get("/conflicts/").content.decode()
    for text in (
        "0000100001",
        "Into sack SB00002",
        "ravi",
        "24 Nov 2026, 09:15:02",
        "In SB00001 since",
        "2 of 30",
        "Move into SB00002",
        "Count again",
    ):
        assert text in page


@pytest.mark.parametrize(("decision", "sack"), [("keep", "SB00001"), ("move", "SB00002")])
def test_a_button_decides_and_another_takes_it_back(conflict, press, holds, decision, sack):
    form = {"decision": decision, "seen": seen(conflict), "reason": "I looked"}
    page = press("kavya", f"/conflicts/{conflict.pk}/decide/", **form)
    assert "Decided." in page
    assert "No open conflicts" in page
    assert "I looked" in page
    assert is_in("0000100001") == sack
    page = press("asha", f"/conflicts/{conflict.pk}/take-back/", reason="wrong sack")
    assert "The conflict is open again" in page
    assert "wrong sack" in page
    assert (is_in("0000100001"), waiting()) == ("SB00001", [conflict])
    holds()


def test_a_refusal_is_said_in_words(conflict, press):
    page = press(
        "kavya", f"/conflicts/{conflict.pk}/decide/", decision="keep", seen=seen(conflict), reason=" "
    )
    assert "Say why." in page
    assert 'class="note note-bad"' in page
    assert waiting() == [conflict]


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"decision": "burn", "seen": "1", "reason": "x"},
        {"decision": "keep", "seen": "-1", "reason": "x"},
        {"decision": "keep", "seen": "1" * 30, "reason": "x"},
        {"decision": "keep", "seen": "1", "reason": "x" * 501},
        {"decision": "keep", "seen": "1", "reason": "a\0b"},
    ],
)
def test_a_form_that_is_none_of_ours(conflict, signed_in, form):
    assert signed_in("kavya").post(f"/conflicts/{conflict.pk}/decide/", form).status_code == 400
    assert ConflictDecision.objects.count() == 0


@pytest.mark.parametrize(
    "path", ["/conflicts/1/decide/", "/conflicts/1/take-back/", "/bags/SB00001/counted/"]
)
def test_looking_changes_nothing(signed_in, path):
    assert signed_in("kavya").get(path).status_code == 405


def test_the_badge_counts_what_is_open(conflict, signed_in, decide):
    client = signed_in("kavya")
    assert '<span class="badge" aria-label="1 open">1</span>' in client.get("/bags/").content.decode()
    assert client.get("/api/v1/stats").json()["open_conflicts"] == 1
    decide(conflict, "keep")
    assert "badge" not in client.get("/bags/").content.decode()
    assert client.get("/api/v1/stats").json()["open_conflicts"] == 0


def test_a_dispatcher_is_asked_nothing(conflict, signed_in):
    ravi = signed_in("ravi")
    assert ravi.get("/api/v1/stats").json()["open_conflicts"] is None
    assert "Conflicts" not in ravi.get("/bags/").content.decode()
    page = ravi.get("/bags/SB00001/").content.decode()
    assert "Ask a biller or an admin to count it." in page
    assert "I counted it" not in page


def test_a_sack_is_counted_on_its_page(conflict, press):
    page = press("kavya", "/bags/SB00001/counted/", reason="2 inside")
    assert "Noted: this sack was counted." in page
    assert "I counted it" not in page
    assert Bag.objects.get(qr_id="SB00001").needs_recount is False
    assert "needs no recount" in press("kavya", "/bags/SB00001/counted/", reason="2 inside")


def test_the_mark_stands_in_lists_and_in_the_interface(conflict, signed_in):
    client = signed_in("kavya")
    assert client.get("/bags/?q=SB").content.decode().count("Count again") == 2
    told = {bag["qr_id"]: bag["needs_recount"] for bag in client.get("/api/v1/bags").json()["results"]}
    assert told["SB00001"] is told["SB00002"] is True
    assert told["0000100001"] is None


def test_conflicts_of_every_kind_can_be_looked_at(fill, scan, operator, signed_in, decide):
    fill("ravi", "SB00001", 1)
    scan("ravi", mode="close", parent="SB00001")
    scan("ravi", "SB00001", offline=True)
    scan("ravi", "TT-DONE", mode="close", parent="SB00001", offline=True)
    scan("ravi", "7000001", parent="SB00001", offline=True)
    assert len(waiting()) == 3
    client = signed_in("kavya")
    assert client.get("/conflicts/").status_code == 200
    for conflict in waiting():
        decide(conflict, "keep")
    assert client.get("/conflicts/").content.decode().count("Keep as it is now") == 3


def test_more_conflicts_cost_no_more_statements(conflict, scan, signed_in):
    client, counts = signed_in("kavya"), []
    for more in (1, 6):
        for _ in range(more):
            scan("ravi", "0000100002", parent="SB00002", offline=True)
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/conflicts/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("bill", "why"),
    [
        ("SB00002", "It cannot be moved into SB00002 now: that sack takes no more."),
        ("SB00001", "It cannot be moved now: SB00001 is on a completed bill."),
    ],
)
def test_a_move_that_cannot_be_is_not_offered(conflict, scan, operator, signed_in, bill, why):
    create_bill(number="B-1", by=operator("kavya"))
    scan("ravi", "7000001", parent="SB00002")
    scan("kavya", bill, mode="bill", bill="B-1")
    Bag.objects.update(needs_recount=False)
    complete_bill(number="B-1", by=operator("kavya"))
    page = signed_in("kavya").get("/conflicts/").content.decode()
    assert why in page
    assert "Move into" not in page


def test_pages_of_conflicts(conflict, scan, signed_in):
    for _ in range(20):
        scan("ravi", "0000100002", parent="SB00002", offline=True)
    client = signed_in("kavya")
    first = client.get("/conflicts/")
    assert first.context["page"]["count"] == 21
    rest = client.get("/conflicts/", {"after": first.context["page"]["next"]})
    assert [row["scan"] for row in rest.context["page"]["results"]] == [conflict]
    assert client.get("/conflicts/?after=x").status_code == 404


def test_open_conflicts_are_found_in_their_index(conflict):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "scan_open_conflicts" in Scan.objects.open_conflicts().order_by("-pk").explain()
