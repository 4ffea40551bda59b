"""What everybody asks of the database in the same way: a prepared statement, the time."""

from collections.abc import Callable
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
        return cursor.fetchall() if cursor.description else []


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


def database_now() -> datetime:
    """The database's time: the one clock of all web machines, so that times can be compared."""
    now: datetime = execute("SELECT clock_timestamp()")[0][0]
    return now
