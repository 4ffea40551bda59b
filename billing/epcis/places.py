"""The order of all events: by time, then by kind, then by the row that tells them.

A place is that triple. Rows are only read once no running transaction can bring an earlier one, so that a
reader who goes on behind the last place it saw misses nothing, however late it comes back.
"""

import base64
import binascii
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from accounts.api import ApiError
from audit.actions import Action

_MOST = 2**63 - 1


class Told(IntEnum):
    """Which rows tell events, in the order of what happens at the same time. The values stand in cursors."""

    BAG = 1
    LINK = 2
    LINK_END = 3
    STATE = 4  # of sacks and bills: entries of the audit log
    LINE = 5
    LINE_END = 6


class Place(NamedTuple):
    at: datetime
    told: int
    row: int

    @property
    def cursor(self) -> str:
        words = f"{self.at.isoformat()} {int(self.told)} {self.row}"
        return base64.urlsafe_b64encode(words.encode()).decode().rstrip("=")

    @classmethod
    def of(cls, cursor: str) -> "Place":
        """Raises ApiError for a cursor that we did not make."""
        try:
            words = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii").split(" ")
            at, told, row = datetime.fromisoformat(words[0]), Told(int(words[1])), int(words[2])
            if len(words) == 3 and at.tzinfo and 0 <= row <= _MOST:
                return cls(at, told, row)
        except (ValueError, IndexError, binascii.Error):
            pass
        raise ApiError(
            400, "invalid", _("This is no place in the list."), fields={"after": _("Not understood.")}
        )


def just_before(at: datetime) -> Place:
    return Place(at, 0, 0)


BEGINNING = just_before(datetime(1900, 1, 1, tzinfo=UTC))

STATE_ACTIONS = (
    Action.PARENT_CLOSED,
    Action.PARENT_REOPENED,
    Action.BILL_COMPLETED,
    Action.BILL_REOPENED,
    Action.PARENT_RETURNED,
    Action.PARENT_RETURN_CANCELLED,
)
_SOURCES = (
    (Told.BAG, "bags_bag", "created_at", ""),
    (Told.LINK, "bags_link", "linked_at", ""),
    (Told.LINK_END, "bags_link", "unlinked_at", "AND unlinked_at IS NOT NULL"),
    (Told.LINE, "billing_billbag", "added_at", ""),
    (Told.LINE_END, "billing_billbag", "removed_at", "AND removed_at IS NOT NULL"),
    # One by one, for the log's index leads through one action in order of time.
    *((Told.STATE, "audit_auditlog", "at", f"AND action = '{action}'") for action in STATE_ACTIONS),
)
# The limit stands in the text: the planner must know it to walk the indexes.
_BEHIND = " UNION ALL ".join(
    f"(SELECT {time} AS at, {told.value} AS told, id FROM {table} "  # noqa: S608 - our own names
    f"WHERE ({time}, id) > (%(at)s, %(row_{told.value})s) AND {time} < %(until)s {only} "
    f"ORDER BY {time}, id LIMIT {{limit}})"
    for told, table, time, only in _SOURCES
)
_SETTLED = """
SELECT least(clock_timestamp(), min(xact_start)) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def settled_until() -> datetime:
    """The time before which no running transaction can still write."""
    with connection.cursor() as cursor:
        cursor.execute(_SETTLED)
        [until] = cursor.fetchone()
    return until


def places_behind(place: Place, *, until: datetime, limit: int) -> list[Place]:
    """The next `limit` places before the time `until`, in order."""
    rows = {
        f"row_{told.value}": -1 if told > place.told else place.row if told == place.told else _MOST
        for told in Told
    }
    params: dict[str, Any] = {"at": place.at, "until": until, **rows}
    with connection.cursor() as cursor:
        cursor.execute(f"{_BEHIND.format(limit=limit)} ORDER BY at, told, id LIMIT {limit}", params)
        return [Place(*row) for row in cursor.fetchall()]


_NEWEST = " UNION ALL ".join(
    f"(SELECT {time} AS at FROM {table} WHERE {time} < %(until)s {only} ORDER BY {time} DESC LIMIT 1)"  # noqa: S608
    for _told, table, time, only in _SOURCES
)


def newest_before(until: datetime) -> datetime | None:
    """When the last thing before `until` happened."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT max(at) FROM ({_NEWEST}) AS place", {"until": until})  # noqa: S608
        [at] = cursor.fetchone()
    return at
