"""Which reads may come from a replica, and which replica is fresh and quick enough for them.

Everything reads from the primary, but for what stands inside `reading()`. A thread of its own asks each
replica twice a second how far it is: choosing one then costs a request nothing, one that lags or is gone is
left out within moments, and who waits for an answer of one that froze is let go.
"""

import logging
import random
import select
import socket
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from os import dup, register_at_fork
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.db.backends.signals import connection_created
from psycopg import OperationalError, pq
from psycopg.conninfo import make_conninfo
from psycopg.pq import abc

from audit.database import execute

log = logging.getLogger(__name__)

LOOK_EVERY = 0.5  # s
CONNECT_WITHIN = 2  # s, libpq knows no less
ANSWER_WITHIN = 1.0  # s
SEEN_WITHIN = 2.0  # s; what was seen longer ago is not relied upon

# Replaying WAL that it still receives; how far, in bytes since the database's beginning; by how much behind.
_STATE = b"""
SELECT pg_is_in_recovery() AND EXISTS (SELECT FROM pg_stat_wal_receiver),
       pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::int8,
       CASE WHEN pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn() THEN 0
            ELSE extract(epoch FROM now() - pg_last_xact_replay_timestamp()) END
"""
_POSITION = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::int8"

_chosen: ContextVar[str] = ContextVar("replica", default=DEFAULT_DB_ALIAS)


class Router:
    """Reads go where `reading()` says, everything else to the primary; nothing is migrated on a replica."""

    def db_for_read(self, _model: Any, **hints: Any) -> str:
        # What belongs to something that the primary told is there too; a replica may not have it yet.
        owner = hints.get("instance")
        return DEFAULT_DB_ALIAS if owner and owner._state.db == DEFAULT_DB_ALIAS else _chosen.get()

    def db_for_write(self, _model: Any, **_hints: Any) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, _one: Any, _other: Any, **_hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, _app: str, **_hints: Any) -> bool:
        return db == DEFAULT_DB_ALIAS


def position() -> int:
    """How far the primary has written: whatever was committed before stands before it."""
    place: int = execute(_POSITION)[0][0]
    return place


@contextmanager
def reading(since: int, *, patience: float = 0.0) -> Iterator[bool]:
    """Inside, lists come from a replica that knows everything up to `since`, if there is one; True then.

    For what decides no write. patience: seconds to wait for a replica to come so far. Inside, a query may
    raise OperationalError or InterfaceError that the primary would not: the caller asks there again.
    """
    until = time.monotonic() + patience
    while (alias := _watch().choose(since)) is None and time.monotonic() < until:
        time.sleep(0.05)
    token = _chosen.set(alias or DEFAULT_DB_ALIAS)
    try:
        yield alias is not None
    finally:
        _chosen.reset(token)


@dataclass(slots=True)
class _Seen:
    """What was last seen of a replica."""

    place: int = -1
    at: float = float("-inf")
    sockets: set[socket.socket] = field(default_factory=set)


class _Watch:
    """The replicas of this process, each looked at by a thread of its own."""

    def __init__(self) -> None:
        self.seen = {alias: _Seen() for alias in settings.DATABASE_REPLICAS}
        for alias in self.seen:
            threading.Thread(
                target=self._look_after, args=[alias], name=f"watch {alias}", daemon=True
            ).start()

    def choose(self, since: int) -> str | None:
        """A replica that was seen a moment ago and is so far."""
        fresh = time.monotonic() - SEEN_WITHIN
        able = [alias for alias, seen in self.seen.items() if seen.at > fresh and seen.place >= since]
        return random.choice(able) if able else None  # noqa: S311 - spreads work, keeps no secret

    def _look_after(self, alias: str) -> None:
        seen, was_away = self.seen[alias], False
        while True:
            try:
                for place in _looking(alias):
                    was_away = was_away and place is None
                    if place is not None:
                        seen.place, seen.at = place, time.monotonic()
                    time.sleep(LOOK_EVERY)
            except (OperationalError, OSError) as error:
                if not was_away:
                    log.warning(
                        "The replica %s gives no answer; lists come from the primary. %s", alias, error
                    )
                was_away, seen.at = True, float("-inf")
                self._let_go(seen)
                time.sleep(LOOK_EVERY)

    @staticmethod
    def _let_go(seen: _Seen) -> None:
        """Who waits for this replica gets an error now, and asks the primary."""
        for waiting in list(seen.sockets):
            with suppress(OSError):
                waiting.shutdown(socket.SHUT_RDWR)

    def know(self, alias: str, connection: Any) -> None:
        """A descriptor of our own for a new connection, so that no other one can be meant by it later."""
        ours, sockets = socket.socket(fileno=dup(connection.fileno())), self.seen[alias].sockets
        sockets.add(ours)

        def forget() -> None:
            sockets.discard(ours)
            ours.close()

        weakref.finalize(connection, forget)


def _looking(alias: str) -> Iterator[int | None]:
    """At each step how far the replica is, None while it is not to be used. Raises OperationalError, OSError
    (TimeoutError is one). libpq's bare connection, for only that can be waited for with an end."""
    there = make_conninfo(_url(alias), connect_timeout=CONNECT_WITHIN, application_name="traitortrack")
    connection = pq.PGconn.connect(there.encode())
    try:
        if connection.status != pq.ConnStatus.OK:
            raise OperationalError(connection.error_message.decode(errors="replace").strip())
        while True:
            usable, place, lag = _ask(connection)
            is_fresh = usable == b"t" and float(lag or b"inf") <= settings.REPLICA_MAX_LAG_SECONDS
            yield int(place or b"-1") if is_fresh else None
    finally:
        connection.finish()


def _url(alias: str) -> str:
    urls: dict[str, str] = dict(zip(settings.DATABASE_REPLICAS, settings.DATABASE_REPLICA_URLS, strict=True))
    return urls[alias]


def _ask(connection: abc.PGconn) -> list[bytes | None]:
    connection.send_query(_STATE)
    waiting = select.poll()
    waiting.register(connection.socket, select.POLLIN)
    until = time.monotonic() + ANSWER_WITHIN
    while connection.is_busy():
        if not waiting.poll(max(0.0, until - time.monotonic()) * 1000):
            raise TimeoutError("no answer in time")
        connection.consume_input()
    result = connection.get_result()
    if result is None or result.status != pq.ExecStatus.TUPLES_OK:
        raise OperationalError(connection.error_message.decode(errors="replace").strip())
    while connection.get_result():
        pass
    return [result.get_value(0, column) for column in range(3)]


_one = threading.Lock()


def _watch() -> _Watch:
    with _one:
        return _made_watch()


@cache
def _made_watch() -> _Watch:
    return _Watch()


# Threads do not live on in a forked worker.
register_at_fork(after_in_child=_made_watch.cache_clear)


def _know(sender: Any, connection: Any, **_signal: Any) -> None:
    if connection.alias in settings.DATABASE_REPLICAS:
        _watch().know(connection.alias, connection.connection)


connection_created.connect(_know)
