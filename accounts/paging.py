"""Keyset paging: the next page begins behind the last row shown, so any depth takes the same time."""

import base64
import binascii
from collections.abc import Callable
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from accounts.api import ApiError

COUNT_UP_TO = 10_000


def keyset_page(
    rows: models.QuerySet[Any], *, after: str | None, limit: int, describe: Callable[[Any], dict[str, Any]]
) -> dict[str, Any]:
    """Newest first: {"results", "next": cursor or None, "count", "count_is": "exact" or "at_least"}.

    Counting stops at COUNT_UP_TO. Raises ApiError 400 for a cursor that we did not make.
    """
    counted = rows.order_by()[: COUNT_UP_TO + 1].count()
    page = rows.order_by("-pk")
    if after:
        page = page.filter(pk__lt=_read_cursor(after))
    found = list(page[: limit + 1])
    return {
        "results": [describe(row) for row in found[:limit]],
        "next": _cursor(found[limit - 1].pk) if len(found) > limit else None,
        "count": min(counted, COUNT_UP_TO),
        "count_is": "exact" if counted <= COUNT_UP_TO else "at_least",
    }


def _cursor(pk: int) -> str:
    return base64.urlsafe_b64encode(f"id:{pk}".encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> int:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        name, number = text.split(":")
        if name == "id" and number.isascii() and number.isdigit() and len(number) <= 18:
            return int(number)
    except (ValueError, binascii.Error):
        pass
    raise ApiError(400, "invalid", _("This is no place in the list."), fields={"after": _("Not understood.")})
