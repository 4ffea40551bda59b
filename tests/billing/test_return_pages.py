"""The return pages and the return addresses of the JSON interface."""

import re
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import Return
from billing.returns import commit_return, create_return
from billing.services import complete_bill
from tests.billing.conftest import everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def kavya(signed_in):
    return signed_in("kavya")


@pytest.fixture
def ticket(bill, operator, scan):
    """A draft return that holds SB00001 of bill B-1."""
    complete_bill(number="B-1", by=operator("kavya"), reason="short")
    made = create_return(area="lucknow", notes="torn\nsacks <b>", by=operator("kavya"))
    assert scan("kavya", "SB00001", mode="return", bill=made.number)["code"] == "returned"
    return made


def text(answer):
    page = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return " ".join(page.replace("&#x27;", "'").split())


def post(client, path, body):
    return client.post(f"/api/v1/returns{path}", body, content_type="application/json")


def test_a_return_is_made_from_the_form(kavya):
    answer = kavya.post("/returns/new/", {"area": "lucknow", "notes": "x"})
    made = Return.objects.get()
    assert (answer["Location"], made.area_id, made.notes) == (f"/returns/{made.number}/", "lucknow", "x")
    answer = kavya.post("/returns/new/", {"area": "nowhere", "notes": "my own words"})
    assert (answer.status_code, Return.objects.count(), "my own words" in text(answer)) == (400, 1, True)


def test_a_return_is_committed_and_cancelled_on_its_page(ticket, kavya, holds):
    place = f"/returns/{ticket.number}/"
    page = kavya.get(place).content.decode()
    assert "torn<br>sacks &lt;b&gt;" in page
    answer = kavya.post(place, {"do": "commit"}, follow=True)
    assert "Its sacks can go on bills again." in text(answer)
    bill_page = text(kavya.get("/bills/B-1/"))
    assert "Came back: 1 of these sacks, 2.000 kg" in bill_page
    assert "17.000 Actual weight, kg" in bill_page.replace(
        "Actual weight, kg 17.000", "17.000 Actual weight, kg"
    )
    told = f"SB00001 came back with return {ticket.number}: 2 packets, 2.000 kg. The bill's figures stay."
    assert told in text(kavya.get("/bills/B-1/history/"))
    answer = kavya.post(place, {"do": "cancel", "reason": "by mistake"}, follow=True)
    assert "Its sacks stand as they did before." in text(answer)
    assert f"Return {ticket.number} was cancelled: SB00001 is on this bill again." in text(
        kavya.get("/bills/B-1/history/")
    )
    assert "Came back" not in text(kavya.get("/bills/B-1/"))
    holds()


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"do": "burn"}, "did not say what to do"),
        ({"do": ""}, "did not say what to do"),
        ({"off": "M444-00002", "key": str(uuid.uuid4())}, "M444-00002 is not on this return."),
    ],
)
def test_a_refusal_is_a_sentence(ticket, kavya, sent, told):
    answer = kavya.post(f"/returns/{ticket.number}/", sent)
    assert (answer.status_code, told in text(answer)) == (409, True)
    assert (Return.objects.get().state, ticket.lines.filter(removed_at=None).count()) == ("draft", 1)


def test_a_sack_is_taken_off_on_the_page(ticket, kavya, holds):
    sent = {"off": "SB00001", "key": str(kavya.get(f"/returns/{ticket.number}/").context["key"])}
    for _touch in range(2):
        answer = kavya.post(f"/returns/{ticket.number}/", sent, follow=True)
        assert f"SB00001 is off return {ticket.number}" in text(answer)
    assert ticket.lines.filter(removed_at=None).count() == 0
    holds()


def test_the_filters_of_the_list(ticket, kavya, operator):
    other = create_return(area="indore", by=operator("kavya"))
    for query, numbers in (
        ("", [other.number, ticket.number]),
        ("?bill=b-1", [ticket.number]),
        ("?bill=b-2", []),
        ("?area=indore", [other.number]),
        ("?state=committed", []),
        ("?to=2020-01-01", []),
    ):
        assert [one["number"] for one in kavya.get(f"/returns/{query}").context["page"]["results"]] == numbers
        told = kavya.get(f"/api/v1/returns{query}").json()
        assert [one["number"] for one in told["results"]] == numbers


def test_the_interface(ticket, kavya, holds):
    created = post(kavya, "", {"area": "lucknow", "notes": "x"})
    assert (created.status_code, created.json()["state"], created.json()["lines"]) == (201, "draft", [])
    told = kavya.get(f"/api/v1/returns/{ticket.number}").json()
    assert (told["parents"], told["children"], told["weight_kg"], told["state"]) == (1, 2, "2.000", "draft")
    line = told["lines"][0]
    assert (line["qr_id"], line["bill"], line["children"], line["weight_kg"], line["product"]) == (
        "SB00001",
        "B-1",
        2,
        "2.000",
        "mustard",
    )
    done = post(kavya, f"/{ticket.number}/commit", {})
    assert (done.status_code, done.json()["state"], done.json()["committed_by"]) == (
        200,
        "committed",
        "kavya",
    )
    before = everything()
    for path, body, status, code in (
        (f"/{ticket.number}/commit", {}, 409, "return_final"),
        (f"/{created.json()['number']}/commit", {}, 409, "return_empty"),
        (f"/{ticket.number}/cancel", {}, 409, "reason_needed"),
        ("/R-99999/commit", {}, 404, "not_found"),
        ("", {"area": "nowhere"}, 400, "invalid"),
        ("", {"area": "luck\0now"}, 400, "invalid"),
        ("", {"area": "lucknow", "notes": "a\0b"}, 400, "invalid"),
        ("", {"area": "lucknow", "more": 1}, 400, "invalid"),
    ):
        answer = post(kavya, path, body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert everything() == before
    assert post(kavya, f"/{ticket.number}/cancel", {"reason": "x"}).json()["state"] == "cancelled"
    assert kavya.get("/api/v1/returns/R-99999").status_code == 404
    holds()


def test_a_scan_by_the_interface(ticket, kavya):
    scan = {
        "key": str(uuid.uuid4()),
        "seq": 1,
        "mode": "return",
        "raw": "M444-00002",
        "parent": None,
        "bill": ticket.number,
        "captured_at": "2026-11-24T09:15:02.101+05:30",
        "source": "wedge",
        "offline": False,
    }
    call = {"device": str(uuid.uuid4()), "clock": scan["captured_at"], "scans": [scan]}
    answer = kavya.post("/api/v1/scans", call, content_type="application/json").json()["results"][0]
    assert (answer["code"], answer["bill"]["parents"]) == ("returned", 2)


def queries(client, path):
    with CaptureQueriesContext(connection) as found:
        assert client.get(path).status_code == 200
    return len(found)


def test_the_statements_do_not_grow_with_the_rows(ticket, kavya, scan, operator):
    paths = ["/returns/", f"/returns/{ticket.number}/", "/bills/B-1/"]
    kavya.get("/returns/")
    before = [queries(kavya, path) for path in paths]
    assert scan("kavya", "M444-00002", mode="return", bill=ticket.number)["code"] == "returned"
    create_return(area="indore", by=operator("kavya"))
    commit_return(number=ticket.number, by=operator("kavya"))
    assert [queries(kavya, path) for path in paths] == before == [6, 5, 6]
