"""Keyset paging: the next page begins behind the last row shown, so any depth takes the same time."""

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from accounts.api import ApiError

COUNT_UP_TO = 10_000
# The rows in order and behind the cursor, and how many are wanted -> the first of them, and how many there
# are in all where that is known.
Find = Callable[[Any, int], tuple[list[Any], int | None]]


def keyset_page(
    rows: models.QuerySet[Any],
    *,
    after: str | None,
    limit: int,
    describe: Callable[[Any], dict[str, Any]],
    by_time: str = "",
    find: Find | None = None,
) -> dict[str, Any]:
    """Newest first: {"results", "next": cursor or None, "count", "count_is"}.

    `by_time` names the time by which rows are in order when a range of it is asked for: its index then leads
    straight there. `find` stands in where a plain slice would take long. Counting stops at COUNT_UP_TO.
    Raises ApiError 400 for a cursor that we did not make.
    """
    page = rows.order_by(f"-{by_time}", "-pk") if by_time else rows.order_by("-pk")
    if after:
        at, pk = _read_cursor(after, with_time=bool(by_time))
        page = page.filter(behind(at, pk, by_time))
    if find is None:
        found = list(page[: limit + 1])
        count, count_is = _count(rows)
    else:
        found, total = find(page, limit + 1)
        count, count_is = (len(found), "at_least") if total is None or after else (total, "exact")
    return {
        "results": [describe(row) for row in found[:limit]],
        "next": _cursor(found[limit - 1], by_time) if len(found) > limit else None,
        "count": count,
        "count_is": count_is,
    }


def _count(rows: models.QuerySet[Any]) -> tuple[int, str]:
    counted = rows.order_by()[: COUNT_UP_TO + 1].count()
    return (counted, "exact") if counted <= COUNT_UP_TO else (COUNT_UP_TO, "at_least")


def behind(at: datetime | None, pk: int, by_time: str) -> models.Q:
    """What comes after this row where newer ones come first, by `by_time` if that is given."""
    if at is None:
        return models.Q(pk__lt=pk)
    # The first half alone is what the index can use.
    return models.Q(**{f"{by_time}__lte": at}) & (models.Q(**{f"{by_time}__lt": at}) | models.Q(pk__lt=pk))


def _cursor(row: Any, by_time: str) -> str:
    words = [str(row.pk), *([getattr(row, by_time).isoformat()] if by_time else [])]
    return base64.urlsafe_b64encode(" ".join(["id", *words]).encode()).decode().rstrip("=")


def _read_cursor(cursor: str, *, with_time: bool) -> tuple[datetime | None, int]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        name, number, *times = text.split(" ")
        if name == "id" and number.isdigit() and len(number) <= 18 and len(times) == with_time:
            at = datetime.fromisoformat(times[0]) if times else None
            if at is None or at.tzinfo:
                return at, int(number)
    except (ValueError, binascii.Error):
        pass
    raise ApiError(400, "invalid", _("This is no place in the list."), fields={"after": _("Not understood.")})
