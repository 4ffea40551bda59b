from datetime import datetime

from django.db import connection


def database_now() -> datetime:
    """The database's time: the one clock of all web machines, so that times can be compared."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now
