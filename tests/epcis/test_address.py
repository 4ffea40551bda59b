"""GET /api/v1/epcis/events: the same events, page by page."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import AuditLog

pytestmark = pytest.mark.django_db
PATH = "/api/v1/epcis/events"


def events_of(answer):
    return answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]


@pytest.mark.parametrize("limit", [1, 2, 7, 1000])
def test_following_the_link_tells_everything_once(day, signed_in, events, limit):
    kavya, found, path = signed_in("kavya"), [], f"{PATH}?limit={limit}&to=2026-11-25"
    while path:
        answer = kavya.get(path)
        assert len(events_of(answer)) <= limit
        found += events_of(answer)
        path = (re.findall(r'^<(.+)>; rel="next"$', answer.get("Link", "")) or [None])[0]
    assert found == events()


def test_each_page_is_what_the_standard_asks_for(day, signed_in, valid):
    document = signed_in("asha").get(f"{PATH}?limit=20").json()
    valid(document)
    assert document["type"] == "EPCISQueryDocument"
    valid(signed_in("asha").get(f"{PATH}?to=2026-01-01").json())


def test_who_comes_back_later_goes_on_where_it_was(day, signed_in, scan):
    kavya = signed_in("kavya")
    place = kavya.get(f"{PATH}?limit=1000").json()["traitortrack:after"]
    again = kavya.get(PATH, {"after": place})
    assert (events_of(again), again.json()["traitortrack:after"], again.get("Link")) == ([], place, None)
    scan("ravi", "SB00009")
    [new] = events_of(kavya.get(PATH, {"after": place}))
    assert new["epcList"] == ["urn:traitortrack:bag:SB00009"]


def test_who_begins_to_read_is_written_down(day, signed_in):
    kavya = signed_in("kavya")
    place = kavya.get(f"{PATH}?limit=3&from=2026-11-24").json()["traitortrack:after"]
    kavya.get(PATH, {"after": place})
    entry = AuditLog.objects.get(action="exported")
    assert (entry.actor, entry.after) == ("kavya", {"from": "2026-11-24T00:00:00+05:30"})


def test_times_are_ours_where_no_offset_is_given(day, signed_in, events):
    kavya = signed_in("kavya")
    local = kavya.get(f"{PATH}?from=2026-11-24T09:30&to=2026-11-24T09:32")
    utc = kavya.get(f"{PATH}?from=2026-11-24T04:00:00Z&to=2026-11-24T04:02:00Z")
    assert [event["bizStep"] for event in events_of(local)] == ["shipping", "void_shipping"]
    assert events_of(utc) == events_of(local)


@pytest.mark.parametrize("name", ["ravi", "nobody"])
def test_dispatchers_are_refused(day, signed_in, name):
    answer = signed_in(name).get(PATH)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_allowed")


@pytest.mark.parametrize(
    "query", ["after=abc", "after=aWQgMQ", "limit=0", "limit=1001", "limit=x", "from=soon", "to=1"]
)
def test_what_is_not_understood_is_refused(day, signed_in, query):
    answer = signed_in("kavya").get(f"{PATH}?{query}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid")


def test_a_page_asks_no_more_for_more_events(day, signed_in):
    kavya, counts = signed_in("kavya"), []
    kavya.get(PATH)
    for limit in (
        19,
        3,
    ):  # the first nineteen hold all kinds that the first three hold, and more rows of each
        with CaptureQueriesContext(connection) as queries:
            assert len(events_of(kavya.get(f"{PATH}?limit={limit}&to=2026-11-24T09:02"))) == min(limit, 5)
        counts.append(len(queries))
    assert counts[0] <= counts[1] + 1
