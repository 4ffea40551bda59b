"""Errors by kind and minute, counted where they happen and kept in the database.

A count that cannot be written at once, because the database is away, waits in the process and is written with
the first request that finds it back.
"""

import sys
import threading
import time
from collections import Counter
from typing import Any

from django.core.signals import got_request_exception
from django.db import DatabaseError, InterfaceError, connection
from django.dispatch import receiver
from django.http import HttpRequest

from audit.database import execute

UNAVAILABLE = "unavailable"
TRY_EVERY = 2.0
KIND_LENGTH = 80

_WRITE = """
INSERT INTO monitoring_errorcount (minute, kind, times)
SELECT to_timestamp(minute), kind, times
  FROM unnest(%s::bigint[], %s::text[], %s::int[]) AS noted(minute, kind, times) ORDER BY minute, kind
    ON CONFLICT (minute, kind) DO UPDATE SET times = monitoring_errorcount.times + excluded.times
"""

_lock = threading.Lock()
_waiting: Counter[tuple[int, str]] = Counter()
_next_try = 0.0


@receiver(got_request_exception)
def remember_kind(*, request: HttpRequest | None = None, **_signal: Any) -> None:
    """The exception's name stays with the request, for whoever sees the answer."""
    if request is not None:
        request.failed_with = type(sys.exception()).__name__  # type: ignore[attr-defined]


def note_error(kind: str) -> None:
    """Count one error of this kind, now or as soon as the database answers."""
    with _lock:
        _waiting[int(time.time()) // 60 * 60, kind[:KIND_LENGTH]] += 1
    write_waiting()


def write_waiting() -> None:
    """Write what waits, in a transaction of its own; never raises for a database that is away."""
    global _next_try  # noqa: PLW0603 - one queue for the process
    if not _waiting or connection.in_atomic_block or time.monotonic() < _next_try:
        return
    with _lock:
        noted = dict(_waiting)
        _waiting.clear()
    try:
        minutes, kinds = zip(*noted, strict=True)
        execute(_WRITE, [list(minutes), list(kinds), list(noted.values())])
    except (DatabaseError, InterfaceError):
        with _lock:
            _waiting.update(noted)
        _next_try = time.monotonic() + TRY_EVERY
