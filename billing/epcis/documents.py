"""Events as EPCIS documents: a page for a program that asks, a whole stretch of time as one stream."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from django.conf import settings

from billing.epcis.events import events_at
from billing.epcis.places import (
    BEGINNING,
    Place,
    just_before,
    newest_before,
    places_behind,
    settled_until,
)
from billing.epcis.shapes import when

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
AT_ONCE = 2_000


class Page(NamedTuple):
    """`place` is where the page ends and the next one begins, now or later; `has_more` says whether now."""

    document: dict[str, Any]
    place: str | None
    has_more: bool


class Part(NamedTuple):
    """A piece of a document, and how many events are in it."""

    text: bytes
    events: int


def events_page(*, begin: datetime | None, end: datetime | None, after: str | None, limit: int) -> Page:
    """Up to `limit` places from `begin` on and before `end`, behind the cursor `after`, as an
    EPCISQueryDocument. Raises ApiError 400 for a cursor that we did not make."""
    start = max(_start(begin), Place.of(after)) if after else _start(begin)
    until = _until(end)
    places = places_behind(start, until=until, limit=limit + 1)
    shown = places[:limit]
    place = shown[-1].cursor if shown else after
    created = shown[-1].at if shown else until
    document = {
        **_head("EPCISQueryDocument", created),
        "epcisBody": {
            "queryResults": {
                "queryName": "SimpleEventQuery",
                "resultsBody": {"eventList": events_at(shown)},
            }
        },
        "traitortrack:after": place,
    }
    return Page(document, place, len(places) > limit)


def document_parts(*, begin: datetime | None, end: datetime | None) -> Iterator[Part]:
    """One EPCISDocument with all events from `begin` on and before `end`, piece by piece. It is dated by its
    newest event, so that the same events are the same bytes."""
    until = _until(end)
    head = orjson.dumps(_head("EPCISDocument", newest_before(until) or until))
    yield Part(head[:-1] + b',"epcisBody":{"eventList":[', 0)
    place, between = _start(begin), b"\n"
    while places := places_behind(place, until=until, limit=AT_ONCE):
        events = [orjson.dumps(event) for event in events_at(places)]
        if events:
            yield Part(between + b",\n".join(events), len(events))
            between = b",\n"
        place = places[-1]
    yield Part(b"\n]}}\n", 0)


def _head(kind: str, created: datetime) -> dict[str, Any]:
    names = {"cbvmda": "urn:epcglobal:cbv:mda:", "traitortrack": settings.EPCIS_NAMESPACE}
    return {
        "@context": [CONTEXT, names],
        "type": kind,
        "schemaVersion": "2.0",
        "creationDate": when(created),
    }


def _start(begin: datetime | None) -> Place:
    return just_before(begin) if begin else BEGINNING


def _until(end: datetime | None) -> datetime:
    settled = settled_until()
    return min(end, settled) if end else settled
