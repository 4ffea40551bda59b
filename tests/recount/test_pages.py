"""The recounts' pages, their buttons and the address that finishes one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bags.models import Bag, Recount, RecountDecision, RecountLine
from bags.recounts import reading
from bags.recounts.reading import PAGE, list_recounts
from tests.recount.conftest import inside

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_statics")]


def text(answer):
    """What stands on the page, blanks made one."""
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_an_open_one_tells_nothing_of_what_is_expected(fill, count, signed_in):
    fill("ravi", "SB00001", 3)
    count("ravi", "SB00001")
    count("ravi", "0000100001", "SB00001")
    page = text(signed_in("ravi").get(f"/recounts/{Recount.objects.get().pk}/"))
    assert "1 packet counted." in page
    for hidden in ("Expected", "Missing", "0000100001", "0000100002"):
        assert hidden not in page


def test_the_board_has_four_numbers_and_each_difference(loose, counted, signed_in):
    recount = counted()
    page = text(signed_in("kavya").get(f"/recounts/{recount.pk}/"))
    for name, number in (("Expected", 3), ("Found", 2), ("Missing", 1), ("Unexpected", 3)):
        assert f"<dt>{name}</dt><dd>{number}</dd>" in page
    for line, where in (
        ("0000100003", "recorded in this sack, not found"),
        ("0000200001", "recorded in sack SB00002"),
        ("7000001", "recorded in no sack"),
        ("7000002", "not known here"),
    ):
        assert where in page.split(f">{line}</label>")[1][:200]
    assert "Correct the chosen" in page


def test_a_dispatcher_sees_it_and_decides_nothing(counted, signed_in):
    recount = counted()
    page = text(signed_in("ravi").get(f"/recounts/{recount.pk}/"))
    assert "A biller decides" in page
    assert "Correct the chosen" not in page
    assert 'type="checkbox"' not in page


def test_a_packet_of_elsewhere_is_not_known_to_a_dispatcher(fill, count, finish, signed_in):
    fill("ravi", "SB00001", 0)
    fill("arjun", "SB00007", 1)
    count("ravi", "SB00001")
    count("ravi", "0000700001", "SB00001")
    recount = finish(Recount.objects.get())
    page = text(signed_in("ravi").get(f"/recounts/{recount.pk}/"))
    assert "not known here" in page
    assert "SB00007" not in page
    assert "recorded in sack SB00007" in text(signed_in("kavya").get(f"/recounts/{recount.pk}/"))


def test_chosen_packets_are_settled_each_by_itself(counted, scan, signed_in, holds):
    recount = counted()
    scan("kavya", "7000001", parent="SB00002")
    lines = dict(RecountLine.objects.values_list("code", "pk"))
    chosen = [lines[code] for code in ("0000100003", "0000200001", "7000001")]
    form = {"decision": "apply", "line": chosen, "reason": ""}
    page = text(signed_in("kavya").post(f"/recounts/{recount.pk}/decide/", form, follow=True))
    assert "Settled: 2 packets." in page
    assert "The packet was moved meanwhile." in page
    assert inside("SB00001") == ["0000100001", "0000100002", "0000200001"]
    recount.refresh_from_db()
    assert recount.undecided == 2
    again = text(signed_in("asha").post(f"/recounts/{recount.pk}/decide/", form, follow=True))
    assert "kavya decided this already: Corrected." in again
    assert RecountDecision.objects.count() == 2
    holds()


def test_one_button_takes_it_back(counted, decide, signed_in, holds):
    recount = counted()
    decide("0000100003", "apply")
    line = RecountLine.objects.get(code="0000100003")
    page = text(signed_in("kavya").get(f"/recounts/{recount.pk}/"))
    assert "<strong>Corrected</strong>" in page
    path = f"/recounts/{recount.pk}/lines/{line.pk}/take-back/"
    assert path in page
    page = text(signed_in("kavya").post(path, {"reason": "found it"}, follow=True))
    assert "Taken back." in page
    assert inside("SB00001") == ["0000100001", "0000100002", "0000100003"]
    holds()


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"decision": "burn", "line": "1"}, 400),
        ({"decision": "apply", "line": "x"}, 400),
        ({"decision": "apply", "line": "9" * 19}, 400),
        ({"decision": "apply"}, 302),
        ({"decision": "apply", "line": [str(number) for number in range(101)]}, 302),
    ],
)
def test_what_a_form_may_not_say(counted, signed_in, form, status):
    recount = counted()
    assert signed_in("kavya").post(f"/recounts/{recount.pk}/decide/", form).status_code == status
    assert not RecountDecision.objects.exists()


def test_the_desk_shows_what_waits_and_the_badge_counts_it(counted, decide, signed_in):
    recount = counted()
    page = text(signed_in("kavya").get("/conflicts/"))
    assert (
        f'<a href="/recounts/{recount.pk}/"><span class="code">SB00001</span>&nbsp;· 4 differences</a>'
        in page
    )
    assert '<span class="badge" aria-label="1 open">1</span>' in page
    for code in ("0000100003", "0000200001", "7000001", "7000002"):
        decide(code, "dismiss", reason="so")
    page = text(signed_in("kavya").get("/conflicts/"))
    assert "Recounts with differences" not in page
    assert 'class="badge"' not in page


def test_a_sack_in_doubt_is_confirmed_from_its_decided_recount(counted, decide, signed_in, holds):
    """By the same operation as on the bag's page; a recount alone takes no flag off."""
    recount = counted()
    assert "I counted it" not in text(signed_in("kavya").get(f"/recounts/{recount.pk}/"))
    Bag.objects.filter(qr_id="SB00001").update(needs_recount=True)
    assert "I counted it" not in text(signed_in("kavya").get(f"/recounts/{recount.pk}/"))
    for code in ("0000100003", "0000200001", "7000001", "7000002"):
        decide(code, "dismiss", reason="so")
    page = text(signed_in("kavya").get(f"/recounts/{recount.pk}/"))
    assert 'action="/bags/SB00001/counted/"' in page
    assert f'value="Recount {recount.pk}: 2 of 3 found"' in page
    assert "I counted it" not in text(signed_in("ravi").get(f"/recounts/{recount.pk}/"))


def test_given_up_from_its_page(fill, count, signed_in, holds):
    fill("ravi", "SB00001", 1)
    count("ravi", "SB00001")
    recount = Recount.objects.get()
    page = text(signed_in("ravi").post(f"/recounts/{recount.pk}/drop/", follow=True))
    assert "This recount is given up." in page
    assert "Given up" in page
    assert "was given up. Nothing was changed." in text(
        signed_in("ravi").post(f"/recounts/{recount.pk}/drop/", follow=True)
    )
    holds()


def test_the_address_that_finishes(fill, count, signed_in):
    fill("ravi", "SB00001", 2)
    count("ravi", "SB00001")
    count("ravi", "0000100001", "SB00001")
    recount = Recount.objects.get()
    path = f"/api/v1/recounts/{recount.pk}/finish"
    told = {
        "number": recount.pk,
        "sack": "SB00001",
        "state": "finished",
        "expected": 2,
        "found": 1,
        "differences": 1,
    }
    for _ in range(2):
        answer = signed_in("ravi").post(path, {}, content_type="application/json")
        assert (answer.status_code, answer.json()) == (200, told)
    answer = signed_in("arjun").post(path, {}, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_a_given_up_one_is_not_finished_by_it(fill, count, drop, signed_in):
    fill("ravi", "SB00001", 1)
    count("ravi", "SB00001")
    recount = drop(Recount.objects.get())
    answer = signed_in("ravi").post(
        f"/api/v1/recounts/{recount.pk}/finish", {}, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "dropped")


@pytest.fixture
def many(fill, people):
    """PAGE + 2 finished recounts of one sack, every second with a difference, and one that is open."""
    fill("ravi", "SB00001", 0)
    facts = {
        "sack": Bag.objects.get(),
        "started_at": "2026-11-24T09:15:02+05:30",
        "started_by": people["ravi"],
    }
    done = {"state": "finished", "ended_at": "2026-11-24T09:20:02+05:30", "ended_by": people["meena"]}
    made = [
        Recount(**facts, **done, expected=1, found=1, differences=number % 2, undecided=number % 2)
        for number in range(PAGE + 2)
    ]
    return Recount.objects.bulk_create([*made, Recount(**facts)])


def test_pages_follow_each_other_at_the_same_cost(many, signed_in, operator):
    kavya = operator("kavya")
    page = list_recounts(kavya, {}, after=None)
    newest = [recount.pk for recount in reversed(many)]
    assert [row["recount"].pk for row in page["results"]] == newest[:PAGE]
    assert (page["count"], page["count_is"]) == (PAGE + 3, "exact")
    with CaptureQueriesContext(connection) as queries:
        rest = list_recounts(kavya, {}, after=page["next"])
        assert [row["recount"].sack.qr_id for row in rest["results"]] == ["SB00001"] * 3
    assert ([row["recount"].pk for row in rest["results"]], rest["next"]) == (newest[PAGE:], None)
    assert len(queries) == 2
    client = signed_in("kavya")
    client.get("/recounts/")
    with CaptureQueriesContext(connection) as full:
        client.get("/recounts/")
    with CaptureQueriesContext(connection) as short:
        client.get(f"/recounts/?after={page['next']}")
    assert len(full) == len(short)
    assert client.get("/recounts/?after=nonsense").status_code == 404


@pytest.mark.parametrize(
    ("show", "found"), [("", PAGE + 3), ("open", 1), ("differences", (PAGE + 2) // 2), ("undecided", 26)]
)
def test_the_filter(many, operator, signed_in, show, found):
    assert list_recounts(operator("kavya"), {"show": show}, after=None)["count"] == found
    assert list_recounts(operator("ravi"), {"show": show}, after=None)["count"] == found
    for name in ("arjun", "nobody"):
        assert list_recounts(operator(name), {"show": show}, after=None)["count"] == 0
    assert f"{found} found" in text(signed_in("kavya").get(f"/recounts/?show={show}"))


def test_a_filter_that_nobody_knows_is_told(signed_in):
    page = text(signed_in("kavya").get("/recounts/?show=all"))
    assert "field-error" in page


def test_the_indexes_lead_to_them(many):
    """Other plans are forbidden, so this says only that each index fits its statement."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    rows = Recount.objects
    for name, asked in (
        ("recount_open", rows.open()),
        ("recount_differs", rows.with_differences()),
        ("recount_to_decide", rows.to_decide()),
    ):
        assert f"using {name} on" in asked.order_by("-pk")[:51].explain()


def test_a_board_costs_the_same_however_many_lines(fill, count, finish, operator):
    fill("ravi", "SB00001", 10)
    kavya, costs = operator("kavya"), []
    for packets in (1, 20):
        count("ravi", "SB00001")
        for number in range(packets):
            count("ravi", f"71000{number:02}", "SB00001")
        recount = reading.find_recount(finish(Recount.objects.open().get()).pk, kavya)
        with CaptureQueriesContext(connection) as queries:
            shown = reading.board(recount, kavya)
        assert (len(shown["missing"]), len(shown["unexpected"])) == (10, packets)
        costs.append(len(queries))
    assert costs == [2, 2]
