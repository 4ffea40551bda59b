"""Rows as EPCIS events: for each place what its row tells, if anything.

Business steps, dispositions and kinds of papers are words of GS1's CBV 2.0.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.db.models import F

from bags.models import Bag, Link
from billing.epcis.identity import event_id, uri
from billing.epcis.places import Place, Told
from billing.epcis.shapes import Event, declared, event, papers, place_of
from billing.epcis.states import state_events
from billing.models import BillBag

Found = Iterator[tuple[int, Event]]


def events_at(places: Iterable[Place]) -> list[Event]:
    """The events of these places, in their order; a few statements, however many."""
    places = list(places)
    rows: dict[Told, list[int]] = {}
    for place in places:
        rows.setdefault(Told(place.told), []).append(place.row)
    found: dict[tuple[int, int], Event] = {
        (told, row): one for told, ids in rows.items() for row, one in _TOLD_BY[told](ids)
    }
    return [found[place.told, place.row] for place in places if (place.told, place.row) in found]


def _registered(ids: list[int]) -> Found:
    """The area is left out of a packet's event: it changes with the sack that the packet lies in."""
    bags = Bag.objects.filter(pk__in=ids).values_list("pk", "qr_id", "kind", "area", "lot", "created_at")
    for pk, code, kind, area, lot, at in bags:
        yield (
            pk,
            event(
                "ObjectEvent",
                event_id("bag", pk),
                at,
                "ADD",
                epcList=[uri("bag", code)],
                bizStep="commissioning",
                disposition="active",
                readPoint=place_of(area if kind == Bag.Kind.PARENT else None),
                ilmd={"cbvmda:lotNumber": lot} if lot else None,
            ),
        )


_LINK = ("pk", "parent__qr_id", "child__qr_id", "parent__area", "linked_at", "unlinked_at", "end_reason")


def _packed(ids: list[int]) -> Found:
    for row in Link.objects.filter(pk__in=ids).values_list(*_LINK):
        yield row[0], _packing(*row)


def _packing(pk: int, parent: str, child: str, area: str | None, at: Any, *_end: Any) -> Event:
    return event(
        "AggregationEvent",
        event_id("link", pk),
        at,
        "ADD",
        parentID=uri("bag", parent),
        childEPCs=[uri("bag", child)],
        bizStep="packing",
        disposition="in_progress",
        readPoint=place_of(area),
        bizLocation=place_of(area),
    )


def _unpacked(ids: list[int]) -> Found:
    for row in Link.objects.filter(pk__in=ids).values_list(*_LINK):
        pk, parent, child, area, _at, ended_at, why = row
        if why == Link.EndReason.UNDO:
            yield pk, declared(_packing(*row), ended_at)
        else:
            yield (
                pk,
                event(
                    "AggregationEvent",
                    event_id("link end", pk),
                    ended_at,
                    "DELETE",
                    parentID=uri("bag", parent),
                    childEPCs=[uri("bag", child)],
                    bizStep="unpacking",
                    disposition="in_progress",
                    readPoint=place_of(area),
                ),
            )


_LINE = ("pk", "bill__number", "bag__qr_id", "bag__area", "added_at", "removed_at")


def _billed(ids: list[int]) -> Found:
    for row in BillBag.objects.filter(pk__in=ids).values_list(*_LINE):
        yield row[0], _billing("line", "ADD", row[4], *row)


def _billing(
    kind: str, action: str, at: Any, pk: int, bill: str, parent: str, area: str | None, *_times: Any
) -> Event:
    return event(
        "TransactionEvent",
        event_id(kind, pk),
        at,
        action,
        bizTransactionList=papers(bol=bill),
        epcList=[uri("bag", parent)],
        bizStep="staging_outbound" if action == "ADD" else None,
        readPoint=place_of(area),
    )


def _unbilled(ids: list[int]) -> Found:
    """Undoing takes back the scan that had put the sack on; whatever else takes it off leaves that scan."""
    lines = BillBag.objects.filter(pk__in=ids)
    undone = set(lines.filter(scan__undone_at=F("removed_at")).values_list("pk", flat=True))
    for row in lines.values_list(*_LINE):
        pk, removed_at = row[0], row[5]
        if pk in undone:
            yield pk, declared(_billing("line", "ADD", row[4], *row), removed_at)
        else:
            yield pk, _billing("line end", "DELETE", removed_at, *row)


_TOLD_BY: dict[Told, Callable[[list[int]], Found]] = {
    Told.BAG: _registered,
    Told.LINK: _packed,
    Told.LINK_END: _unpacked,
    Told.STATE: state_events,
    Told.LINE: _billed,
    Told.LINE_END: _unbilled,
}
