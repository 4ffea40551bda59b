"""The pages for billers: each form makes one call, and a refusal is a sentence on the page."""

import re
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from billing.models import Bill
from billing.services import complete_bill, create_bill, edit_bill
from tests.billing.conftest import everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def kavya(signed_in):
    return signed_in("kavya")


def text(answer):
    """What a reader sees, without the tags."""
    page = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return " ".join(page.replace("&#x27;", "'").replace("&quot;", '"').split())


@pytest.fixture
def nothing_changed():
    before = everything()
    yield
    assert everything() == before


def test_a_bill_is_made_from_the_form(kavya):
    facts = {
        "number": " B-7 ",
        "destination": "Kanpur",
        "vehicle_number": "UP32",
        "target": "3",
        "description": "x",
    }
    answer = kavya.post("/bills/new/", facts)
    assert (answer.status_code, answer["Location"]) == (302, "/bills/B-7/")
    made = Bill.objects.get()
    assert (
        made.number,
        made.destination,
        made.vehicle_number,
        made.target,
        made.description,
        made.state,
    ) == (
        "B-7",
        "Kanpur",
        "UP32",
        3,
        "x",
        "draft",
    )


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"number": "b-1"}, "Bill B-1 exists already."),
        ({"number": ""}, "This field is required."),
        ({"number": "B-2", "target": "501"}, "less than or equal to 500"),
        ({"number": "B-2", "destination": "a\x07b"}, "Only printable characters."),
        ({"number": "B\x00"}, "Null characters are not allowed."),
    ],
)
def test_a_bill_that_cannot_be_made_keeps_what_was_typed(bill, kavya, nothing_changed, facts, told):
    answer = kavya.post("/bills/new/", {"description": "my own words", **facts})
    assert answer.status_code == 400
    assert told in text(answer)
    assert "my own words" in text(answer)


def edit_form(client, number="B-1"):
    """The fields of the edit form as a browser would send them back."""
    form = client.get(f"/bills/{number}/edit/").context["form"]
    hidden = {
        form.add_initial_prefix(name): form.data.get(form.add_initial_prefix(name)) for name in form.fields
    }
    sent = {**{name: form.data.get(name) for name in form.fields}, **hidden}
    return {name: "" if value is None else str(value) for name, value in sent.items()}


def test_editing_saves_only_what_was_changed(bill, kavya):
    answer = kavya.post(
        "/bills/B-1/edit/", {**edit_form(kavya), "destination": "Agra", "measured_weight_kg": "17.25"}
    )
    assert answer["Location"] == "/bills/B-1/"
    stored = Bill.objects.get()
    assert (stored.destination, str(stored.measured_weight_kg), stored.target, stored.version) == (
        "Agra",
        "17.250",
        3,
        2,
    )
    page = text(kavya.get("/bills/B-1/"))
    assert "17.250 kg on the scale, 17.000 kg computed" in page
    told = text(kavya.get("/bills/B-1/history/"))
    assert "Destination: nothing → “Agra”" in told
    assert "Measured weight, kg: nothing → “17.25”" in told


def test_the_second_editor_sees_what_changed_and_keeps_his_text(bill, kavya, operator):
    mine = {**edit_form(kavya), "description": "my own words"}
    edit_bill(number="B-1", version=1, changes={"destination": "Agra", "target": 4}, by=operator("asha"))
    before = everything()
    answer = kavya.post("/bills/B-1/edit/", mine)
    assert answer.status_code == 409
    assert everything() == before
    page = text(answer)
    assert "asha changed this bill while you were writing" in page
    assert "Sacks expected 3 → 4" in page
    assert "Destination – → Agra" in page
    assert "my own words" in page
    again = answer.context["form"]
    assert (again.data["destination"], again.data["description"], again.data["version"]) == (
        "Agra",
        "my own words",
        2,
    )
    kavya.post(
        "/bills/B-1/edit/", {name: "" if value is None else str(value) for name, value in again.data.items()}
    )
    stored = Bill.objects.get()
    assert (stored.destination, stored.target, stored.description, stored.version) == (
        "Agra",
        4,
        "my own words",
        3,
    )


def test_a_finished_bill_is_not_edited(bill, kavya, operator):
    mine = edit_form(kavya)
    complete_bill(number="B-1", by=operator("asha"), reason="short")
    before = everything()
    answer = kavya.post("/bills/B-1/edit/", {**mine, "version": "2", "destination": "Agra"})
    assert (answer.status_code, "This bill is finished." in text(answer)) == (409, True)
    assert everything() == before


def test_complete_reopen_and_cancel_with_reasons(bill, kavya):
    for do, state in (("complete", "completed"), ("reopen", "processing"), ("cancel", "cancelled")):
        answer = kavya.post("/bills/B-1/", {"do": do, "reason": f"why {do}"}, follow=True)
        assert answer.redirect_chain == [("/bills/B-1/", 302)]
        assert Bill.objects.get().state == state
    page = text(kavya.get("/bills/B-1/history/"))
    for told in (
        "Bill made.",
        "SB00001 put on, with 2 packets.",
        "Completed: 2 sacks, 17.000 kg. kavya · Reason: why complete",
        "Reopened. It had been completed with 17.000 kg. kavya · Reason: why reopen",
        "Cancelled. 2 sacks were set free. kavya · Reason: why cancel",
        "SB00001 taken off, with 2 packets.",
    ):
        assert told in page


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"do": "complete"}, "2 of 3 sacks are on this bill. Say why it is finished now."),
        ({"do": "reopen", "reason": "x"}, "Only a completed bill can be reopened."),
        ({"do": "burn"}, "this page did not say what to do"),
        ({"off": "SB00077", "key": str(uuid.uuid4())[:8]}, "Load this page again."),
    ],
)
def test_a_refusal_is_a_sentence_and_changes_nothing(bill, kavya, nothing_changed, sent, told):
    answer = kavya.post("/bills/B-1/", {"reason": "", **sent})
    assert answer.status_code == 409
    assert told in text(answer)


def test_a_line_is_taken_off_once_however_often_it_is_sent(bill, kavya, holds):
    sent = {"off": "SB00001", "key": str(kavya.get("/bills/B-1/").context["key"])}
    for _touch in range(2):
        answer = kavya.post("/bills/B-1/", sent, follow=True)
        assert "SB00001 is off bill B-1" in text(answer)
    assert list(bill.lines.filter(removed_at=None).values_list("bag__qr_id", flat=True)) == ["M444-00002"]
    answer = kavya.post("/bills/B-1/", {**sent, "key": str(uuid.uuid4())})
    assert (answer.status_code, "SB00001 is not on this bill." in text(answer)) == (409, True)
    holds()


def listed(client, query=""):
    return [bill["number"] for bill in client.get(f"/bills/{query}").context["page"]["results"]]


def test_the_filters_of_the_list(bill, kavya, operator):
    create_bill(number="X/2", destination="Agra B-1", by=operator("asha"))
    create_bill(number="X/3", vehicle_number="UP32 AB", by=operator("asha"))
    Bill.objects.filter(number="X/3").update(
        created_at=timezone.make_aware(timezone.datetime(2025, 3, 31, 23, 59))
    )
    today = timezone.localdate()
    assert listed(kavya) == ["X/3", "X/2", "B-1"]
    assert listed(kavya, "?q=b-1") == ["X/2", "B-1"]
    assert listed(kavya, "?q=up32") == ["X/3"]
    assert listed(kavya, "?state=processing") == ["B-1"]
    assert listed(kavya, "?created_by=ASHA") == ["X/3", "X/2"]
    assert listed(kavya, "?from=2025-03-31&to=2025-03-31") == ["X/3"]
    assert listed(kavya, f"?from={today}&created_by=asha") == ["X/2"]
    assert listed(kavya, "?to=2025-03-30") == []
    assert listed(kavya, "?q=%25") == []
    wrong = kavya.get("/bills/?from=yesterday&state=lost")
    assert "Enter a valid date." in text(wrong)
    assert "lost is not one of the available choices." in text(wrong)
    assert kavya.get("/bills/?after=nowhere").status_code == 404


def test_every_bill_is_reached_by_going_on(kavya, operator):
    numbers = [f"B-{number}" for number in range(120)]
    for number in numbers:
        create_bill(number=number, by=operator("kavya"))
    found, query = [], ""
    while query is not None:
        page = kavya.get(f"/bills/{query}").context["page"]
        found += [bill["number"] for bill in page["results"]]
        query = page["next"] and f"?after={page['next']}"
    assert found == numbers[::-1]


@pytest.mark.parametrize("number", ["new", "edit", "A/edit", "24/25/017", "x/history", "50% off", "ä b"])
def test_each_number_has_an_address(kavya, operator, number):
    create_bill(number=number, by=operator("kavya"))
    link = re.search(r'<th scope="row"><a href="([^"]+)"', kavya.get("/bills/").content.decode()).group(1)
    assert kavya.get(link).context["bill"]["number"] == number


def queries(client, path):
    with CaptureQueriesContext(connection) as found:
        assert client.get(path).status_code == 200
    return len(found)


def test_the_statements_do_not_grow_with_the_rows(bill, kavya, operator, fill, scan):
    kavya.get("/bills/")  # the session is read by the first
    before = {path: queries(kavya, path) for path in ("/bills/", "/bills/B-1/", "/bills/B-1/history/")}
    for number in range(10, 20):
        create_bill(number=f"B-{number}", by=operator("kavya"))
        fill("ravi", f"SB000{number}", 1)
        scan("kavya", f"SB000{number}", mode="bill", bill="B-1")
    assert {path: queries(kavya, path) for path in before} == before
    assert before == {"/bills/": 5, "/bills/B-1/": 4, "/bills/B-1/history/": 5}


def test_what_is_on_the_bill_is_shown_escaped(kavya, operator, fill, scan):
    create_bill(number="<b>{x}</b>", by=operator("kavya"), destination="{0} <i>")
    fill("ravi", "SB00001", 1)
    scan("kavya", "SB00001", mode="bill", bill="<b>{x}</b>")
    page = kavya.get("/bills/%3Cb%3E%7Bx%7D%3C/b%3E/").content.decode()
    assert "&lt;b&gt;{x}&lt;/b&gt;" in page
    assert "<b>{x}" not in page
