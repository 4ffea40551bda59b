"""What everybody asks of the database in the same way: a prepared statement, the time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import close_old_connections, connection
from psycopg import Cursor


def execute(sql: str, params: Any = None) -> list[tuple[Any, ...]]:
    """Run a statement of a hot path and return its rows.

    psycopg's own cursor, for it prepares: planning such a statement anew each time costs more than
    running it. Django's wrapper around it translates errors and logs.
    """
    connection.ensure_connection()
    wrap = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with wrap(Cursor(connection.connection)) as cursor:  # type: ignore[arg-type]
        cursor.execute(sql, params)
        # Not by `description`, which is put together anew each time it is asked for.
        return cursor.fetchall() if cursor.pgresult and cursor.pgresult.nfields else []


_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


def with_live_connection(job: Callable[_Given, _Result]) -> Callable[_Given, _Result]:
    """For jobs, which run in threads that live on: Django lets go of a dead connection only between requests,
    and a worker has none. Without it a thread fails for ever after the database was away once."""

    @wraps(job)
    def with_it(*args: _Given.args, **kwargs: _Given.kwargs) -> _Result:
        if not connection.in_atomic_block:
            close_old_connections()
        return job(*args, **kwargs)

    return with_it


def analyze() -> None:
    """Tell the planner of what was just written in bulk. The app's role may not do so itself."""
    execute("SELECT traitortrack_analyze()")


def database_now() -> datetime:
    """The database's time: the one clock of all web machines, so that times can be compared."""
    return as_played(execute("SELECT clock_timestamp()")[0][0])


_played: ContextVar[datetime | None] = ContextVar("played", default=None)


@contextmanager
def played_at(moment: datetime) -> Iterator[None]:
    """What is done inside happened at `moment`: for playing a past that was never recorded (`make_data`)."""
    token = _played.set(moment)
    try:
        yield
    finally:
        _played.reset(token)


def as_played(now: datetime) -> datetime:
    """The time that counts: the database's, or the one that is being played."""
    return _played.get() or now
