"""The page of the parked codes and its buttons."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.database import analyze
from bags.models import Bag, ParkedDecision, Scan
from bags.parked.reading import PAGE, list_parked
from tests.parked.conftest import waiting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_statics")]


def test_a_text_stands_there_once_with_who_where_and_when(misread, scan, signed_in):
    first = misread("SB0001")
    last = misread("SB0001", by="arjun")
    misread("<b>&", by="meena")
    Scan.objects.filter(pk=first.pk).update(received_at="2026-11-24T09:15:02+05:30")
    Scan.objects.filter(pk=last.pk).update(received_at="2026-11-25T10:16:03+05:30")
    assert waiting() == [("<b>&", 1), ("SB0001", 2)]
    row = list_parked(after=None)["results"][1]
    assert (row["operators"], row["devices"], row["results"]) == (
        ["arjun", "ravi"],
        [first.device_id],
        ["unreadable"],
    )
    page = signed_in("kavya").get("/parked/").content.decode()
    for text in ("SB0001", "&lt;B&gt;", "24 Nov 2026, 09:15:02", "25 Nov 2026, 10:16:03", "arjun, ravi"):
        assert text.lower() in page.lower()
    assert str(first.device_id)[:8] in page
    assert f"/devices/{first.device_id}/" not in page
    assert f"/devices/{first.device_id}/" in signed_in("asha").get("/parked/").content.decode()


def test_a_bag_out_of_sight_is_named_to_those_who_see_it(misread, fill, signed_in):
    fill("arjun", "SB00001", 0)
    misread("sb00001")
    assert list_parked(after=None)["results"][0]["bag"].qr_id == "SB00001"
    page = signed_in("kavya").get("/parked/").content.decode()
    assert "Registered as" in page
    assert "Register sack" not in page


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"decision": "register", "area": "indore"}, "Registered"),
        ({"decision": "map", "code": "SB00001"}, "It is this bag"),
        ({"decision": "dismiss", "reason": "a poster"}, "Dismissed"),
    ],
)
def test_a_button_settles_it(misread, fill, signed_in, form, told, holds):
    fill("ravi", "SB00001", 0)
    parked = misread("SB00077", mode="lookup")
    assert "Register sack SB00077" in signed_in("kavya").get("/parked/").content.decode()
    page = signed_in("kavya").post(f"/parked/{parked.pk}/decide/", form, follow=True).content.decode()
    assert "Settled." in page
    assert "No parked codes" in page
    assert f"<strong>{told}</strong>" in page
    assert ParkedDecision.objects.get().decision == form["decision"]
    holds()


def test_another_button_takes_it_back(misread, decide, signed_in):
    parked = misread("SB0001")
    decide(parked, "dismiss", reason="a poster")
    path = f"/parked/{parked.pk}/take-back/"
    page = signed_in("kavya").post(path, {"reason": "no poster"}, follow=True).content.decode()
    assert "parked again" in page
    assert waiting() == [("SB0001", 1)]


def test_a_refusal_is_told_and_an_unknown_decision_is_none(misread, signed_in):
    parked = misread("SB0001")
    path = f"/parked/{parked.pk}/decide/"
    page = signed_in("kavya").post(path, {"decision": "register", "area": "indore"}, follow=True)
    assert "no sack can be registered" in page.content.decode()
    assert signed_in("kavya").post(path, {"decision": "burn"}).status_code == 400
    assert (ParkedDecision.objects.count(), Bag.objects.count()) == (0, 0)


def test_pages_follow_each_other_at_the_same_cost(misread, signed_in):
    for number in range(PAGE + 2):
        misread(f"SB{number:03}")
        misread(f"SB{number:03}")
    client = signed_in("kavya")
    client.get("/parked/")
    page = list_parked(after=None)
    assert [row["scan"].raw for row in page["results"]] == [f"SB{n:03}" for n in range(PAGE + 1, 1, -1)]
    assert (page["count"], page["count_is"]) == (PAGE + 1, "at_least")
    rest = list_parked(after=page["next"])
    assert ([row["scan"].raw for row in rest["results"]], rest["next"]) == (["SB001", "SB000"], None)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        list_parked(after=page["next"])
    assert len(queries) == 3
    assert client.get("/parked/?after=nonsense").status_code == 404


# Among 30,000 scans that went well, 600 of 200 texts that are no bag.
MANY = """
INSERT INTO bags_scan (key, operator_id, mode, source, raw, parent_code, bill, code, reason_code,
                       received_at, offline, answer)
SELECT gen_random_uuid(), operator_id, mode, source,
       CASE WHEN n %% 50 = 0 THEN 'SB' || n %% 10000 / 50 ELSE to_char(n, 'FM0000000000') END,
       '', '', CASE WHEN n %% 50 = 0 THEN 'unreadable' ELSE 'linked' END, '', received_at, false, answer
  FROM bags_scan, generate_series(1, 30000) n WHERE id = %s
"""


def test_the_indexes_lead_to_the_texts_and_their_facts(misread):
    """The planner chooses by what it knows of enough rows: the open ones newest first by one index, later
    scans of the same text and its facts by the other. That it expects few of a text it knows by `scan_text`:
    else it collects the facts' rows in a bitmap, and with more of them starts workers and a compiler."""
    one = misread("SB0001")
    with connection.cursor() as cursor:
        cursor.execute(MANY, [one.pk])
    analyze()  # as a server does by itself after a while
    with CaptureQueriesContext(connection) as queries:
        assert len(list_parked(after=None)["results"]) == PAGE
    texts, facts = (explained(query["sql"]) for query in queries.captured_queries[:2])
    assert "Index Scan using scan_parked on bags_scan" in texts
    assert "Index Scan using scan_parked_text on bags_scan" in texts
    assert "Index Scan using scan_parked_text on bags_scan" in facts
    assert "Seq Scan on bags_scan" not in texts + facts


def explained(statement):
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}")
        return "\n".join(line for (line,) in cursor.fetchall())
