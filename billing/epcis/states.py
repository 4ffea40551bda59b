"""States of sacks and bills as EPCIS events, from the entries of the audit log: they turn to and fro, and
nothing else keeps each turn."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.db import connection
from django.db.models import Q

from audit.actions import Action
from audit.models import AuditLog
from bags.models import Bag
from billing.epcis.identity import event_id, uri
from billing.epcis.shapes import Event, declared, event, papers, place_of
from billing.models import BillBag

# (code, area) of each sack
Sacks = dict[int, tuple[str, str | None]]


def state_events(ids: list[int]) -> Iterator[tuple[int, Event]]:
    by_action: dict[str, list[AuditLog]] = defaultdict(list)
    for entry in AuditLog.objects.filter(pk__in=ids):
        by_action[entry.action].append(entry)
    for action, entries in by_action.items():
        yield from _TOLD_BY[action](entries)


def _observed(entry: AuditLog, sacks: Sequence[tuple[str, str | None]], **what: Any) -> Event:
    return event(
        "ObjectEvent",
        event_id("state", entry.pk),
        entry.at,
        "OBSERVE",
        epcList=[uri("bag", code) for code, _area in sacks],
        readPoint=place_of(*(area for _code, area in sacks)),
        **what,
    )


def _closed(entries: list[AuditLog]) -> Iterator[tuple[int, Event]]:
    sacks = _sacks({int(entry.target_id) for entry in entries})
    for entry in entries:
        yield entry.pk, _closing(entry, sacks)


def _closing(entry: AuditLog, sacks: Sacks) -> Event:
    return _observed(entry, [sacks[int(entry.target_id)]], bizStep="packing", disposition="container_closed")


def _opened(entries: list[AuditLog]) -> Iterator[tuple[int, Event]]:
    """A sack that opens because its closing was undone was never closed; else it was, and is open again."""
    sacks = _sacks({int(entry.target_id) for entry in entries})
    undone = _undone_closings([entry.pk for entry in entries])
    closings = AuditLog.objects.in_bulk(list(undone.values()))
    for entry in entries:
        if entry.pk in undone:
            yield entry.pk, declared(_closing(closings[undone[entry.pk]], sacks), entry.at)
        else:
            sack = sacks[int(entry.target_id)]
            yield entry.pk, _observed(entry, [sack], bizStep="unpacking", disposition="container_open")


_UNDONE_CLOSINGS = """
SELECT entry.id, closing.id
  FROM audit_auditlog entry
 CROSS JOIN LATERAL (
       SELECT id FROM audit_auditlog
        WHERE target_type = 'bag' AND target_id = entry.target_id AND id < entry.id AND action = %s
        ORDER BY id DESC LIMIT 1) AS closing
 WHERE entry.id = ANY(%s)
   AND EXISTS (SELECT FROM bags_scan scan JOIN bags_scan undo ON undo.id = scan.undone_by_id
                WHERE scan.parent_id = entry.target_id::bigint AND scan.undone_at = entry.at
                  AND scan.code IN ('closed', 'linked_last') AND undo.mode = 'undo')
"""


def _undone_closings(ids: list[int]) -> dict[int, int]:
    """Of those entries that tell of a sack opened by undoing: the closing that was undone."""
    with connection.cursor() as cursor:
        cursor.execute(_UNDONE_CLOSINGS, [Action.PARENT_CLOSED, ids])
        return dict(cursor.fetchall())


def _shipped(entries: list[AuditLog]) -> Iterator[tuple[int, Event]]:
    yield from _with_lines(entries, bizStep="shipping", disposition="in_transit")


def _held_back(entries: list[AuditLog]) -> Iterator[tuple[int, Event]]:
    """A reopened bill has not been shipped."""
    yield from _with_lines(entries, bizStep="void_shipping", disposition="in_progress")


def _with_lines(entries: list[AuditLog], **what: Any) -> Iterator[tuple[int, Event]]:
    for entry in entries:
        open_then = Q(removed_at=None) | Q(removed_at__gt=entry.at)
        lines = BillBag.objects.filter(open_then, bill=int(entry.target_id), added_at__lte=entry.at)
        sacks = list(lines.order_by("added_at", "pk").values_list("bag__qr_id", "bag__area"))
        yield entry.pk, _observed(entry, sacks, bizTransactionList=papers(bol=entry.target_label), **what)


def _came_back(entries: list[AuditLog]) -> Iterator[tuple[int, Event]]:
    sacks = _sacks({_line(entry.after)["parent_id"] for entry in entries})
    for entry in entries:
        yield entry.pk, _returning(entry, sacks)


def _returning(entry: AuditLog, sacks: Sacks) -> Event:
    facts = _line(entry.after)
    return _observed(
        entry,
        [sacks[facts["parent_id"]]],
        bizStep="receiving",
        disposition="returned",
        bizTransactionList=papers(rma=facts["return"], bol=entry.target_label),
    )


def _did_not_come_back(entries: list[AuditLog]) -> Iterator[tuple[int, Event]]:
    for entry in entries:
        returned = AuditLog.objects.filter(
            target_type="bill",
            target_id=entry.target_id,
            action=Action.PARENT_RETURNED,
            after__parent_id=_line(entry.before)["parent_id"],
            pk__lt=entry.pk,
        ).latest("pk")
        yield entry.pk, declared(_returning(returned, _sacks({_line(entry.before)["parent_id"]})), entry.at)


def _line(told: dict[str, Any] | None) -> dict[str, Any]:
    """A returned sack's line as the log tells it."""
    if told is None:
        raise ValueError("an entry about a returned sack names its line")
    return told


def _sacks(ids: set[int]) -> Sacks:
    rows = Bag.objects.filter(pk__in=ids).values_list("pk", "qr_id", "area")
    return {pk: (code, area) for pk, code, area in rows}


_TOLD_BY: dict[str, Callable[[list[AuditLog]], Iterator[tuple[int, Event]]]] = {
    Action.PARENT_CLOSED: _closed,
    Action.PARENT_REOPENED: _opened,
    Action.BILL_COMPLETED: _shipped,
    Action.BILL_REOPENED: _held_back,
    Action.PARENT_RETURNED: _came_back,
    Action.PARENT_RETURN_CANCELLED: _did_not_come_back,
}
