"""The database's owner, for what the app's role may not: empty tables, take protections away, forge."""

import contextlib
from collections.abc import Iterator
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from environ import Env

OWNER, APP = (Env.db_url_config(url) for url in (settings.DATABASE_DIRECT_URL, settings.DATABASE_URL))
ROLE = ("USER", "PASSWORD", "HOST", "PORT")


def log_in_as(role: dict[str, Any]) -> None:
    """All connections of the tests from now on, of other threads too."""
    connection.close()
    connection.settings_dict |= {name: role[name] for name in ROLE}


@contextlib.contextmanager
def owner() -> Iterator[psycopg.Connection]:
    """A connection to the tests' database of its own, each statement committed at once."""
    database = connection.settings_dict["NAME"]
    with psycopg.connect(settings.DATABASE_DIRECT_URL, dbname=database, autocommit=True) as by_owner:
        yield by_owner


def flush_as_owner(statements: list[str]) -> None:
    """Django empties the tables after a test that commits; the app's role may not. Those of the queue are
    no models that Django manages: a job that stays would hold up whatever the next test queues."""
    with owner() as by_owner:
        for statement in [*statements, "TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE"]:
            by_owner.execute(statement)
