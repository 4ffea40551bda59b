"""What everybody asks of the database in the same way: a prepared statement, the time."""

from datetime import datetime
from typing import Any

from django.db import connection
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


def database_now() -> datetime:
    """The database's time: the one clock of all web machines, so that times can be compared."""
    now: datetime = execute("SELECT clock_timestamp()")[0][0]
    return now
