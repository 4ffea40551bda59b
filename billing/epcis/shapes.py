"""How EPCIS writes an event down."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from billing.epcis.identity import uri

Event = dict[str, Any]


def event(kind: str, event_id: str, at: datetime, action: str, **what: Any) -> Event:
    """An event, recorded when it happened; times carry the offset of TIME_ZONE. What is None is left out."""
    told = when(at)
    return {
        "type": kind,
        "eventID": event_id,
        "eventTime": told,
        "eventTimeZoneOffset": told[-6:],
        "recordTime": told,
        "action": action,
        **{name: value for name, value in what.items() if value is not None},
    }


def declared(original: Event, at: datetime) -> Event:
    """The event once more, under its own id: it did not occur, as was said at `at`."""
    told = when(at)
    return {
        **original,
        "recordTime": told,
        "errorDeclaration": {"declarationTime": told, "reason": "did_not_occur"},
    }


def when(at: datetime) -> str:
    return timezone.localtime(at).isoformat(timespec="microseconds")


def place_of(*areas: str | None) -> dict[str, str] | None:
    """Where it happened: the area, if all that it happened to is of one."""
    [*known] = {area for area in areas if area}
    return {"id": uri("area", known[0])} if len(known) == 1 else None


def papers(**numbers: str) -> list[dict[str, str]]:
    """`bol` is a bill, `rma` a return."""
    kinds = {"bol": "bill", "rma": "return"}
    return [{"type": kind, "bizTransaction": uri(kinds[kind], number)} for kind, number in numbers.items()]
