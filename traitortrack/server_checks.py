"""What the servers that the settings name must be like: asked of them by `manage.py check --deploy`."""

from collections.abc import Iterator
from typing import Any

import psycopg
import redis
from django.conf import settings
from django.core import checks
from psycopg.rows import DictRow, dict_row

OLDEST_POSTGRES = 150_000
SECONDS = 3

_DATABASE = """
SELECT current_setting('server_version_num')::int AS version,
       current_setting('default_transaction_isolation') AS isolation,
       current_setting('synchronous_commit') AS synchronous_commit,
       current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on' AS is_durable,
       current_setting('server_encoding') AS encoding,
       (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
           OR EXISTS (SELECT FROM pg_tables WHERE tableowner = current_user) AS is_mighty,
       current_user AS role
"""


@checks.register(checks.Tags.security, deploy=True)
def servers_are_ready(**_: Any) -> list[checks.CheckMessage]:
    """Asked where others rely on it: with a database of its own and without DEBUG."""
    return [*_redis(), *_database(), *_replicas()] if settings.PRODUCTION else []


def _redis() -> Iterator[checks.CheckMessage]:
    if not settings.REDIS_GIVEN:
        return  # traitortrack.E001 says so
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=SECONDS, socket_connect_timeout=SECONDS, retry=None
        ) as client:
            client.ping()
    except redis.RedisError as error:
        yield checks.Error(
            f"Redis does not answer: {error}",
            hint="Without it no tries are counted. Start it, or mend REDIS_URL.",
            id="traitortrack.E020",
        )


def _database() -> Iterator[checks.CheckMessage]:
    try:
        facts = _ask(settings.DATABASE_URL, _DATABASE)
    except psycopg.Error as error:
        yield checks.Error(
            f"The database does not answer: {_first_line(error)}",
            hint="Start it, or mend DATABASE_URL. What depends on it was not checked.",
            id="traitortrack.E021",
        )
        return
    yield from _promises(facts)
    yield from _make(facts)


def _make(facts: DictRow) -> Iterator[checks.CheckMessage]:
    if facts["version"] < OLDEST_POSTGRES:
        yield checks.Error(
            f"PostgreSQL {facts['version'] // 10_000} is too old.",
            hint="Use PostgreSQL 15 or newer.",
            id="traitortrack.E022",
        )
    if facts["encoding"] != "UTF8":
        yield checks.Error(
            f"The database's encoding is {facts['encoding']}.",
            hint="Names in Hindi need UTF8. Make a new database (deploy/postgresql/roles.sql).",
            id="traitortrack.E023",
        )
    if facts["is_mighty"]:
        yield checks.Error(
            f"The role {facts['role']} of DATABASE_URL is a superuser or owns tables.",
            hint="Whoever broke into a web server could change the audit log. Make the two roles of "
            "deploy/postgresql/roles.sql and let DATABASE_DIRECT_URL name the owner.",
            id="traitortrack.E024",
        )


def _promises(facts: DictRow) -> Iterator[checks.CheckMessage]:
    if facts["synchronous_commit"] == "off":
        yield checks.Error(
            "synchronous_commit is off.",
            hint="A scan that was answered could be lost: ALTER ROLE … SET synchronous_commit = 'on'",
            id="traitortrack.E025",
        )
    if not facts["is_durable"]:
        yield checks.Error(
            "fsync or full_page_writes is off.",
            hint="After a power failure the database could be broken. Turn both on in postgresql.conf.",
            id="traitortrack.E026",
        )
    if facts["isolation"] != "read committed":
        yield checks.Warning(
            f"The database's default isolation is {facts['isolation']}.",
            hint="TraitorTrack asks for READ COMMITTED itself, other programs of yours do not: "
            "ALTER ROLE … SET default_transaction_isolation = 'read committed'",
            id="traitortrack.W027",
        )


def _replicas() -> Iterator[checks.CheckMessage]:
    for url in settings.DATABASE_REPLICA_URLS:
        try:
            is_replica = _ask(url, "SELECT pg_is_in_recovery() AS it")["it"]
            trouble = "" if is_replica else "is no replica"
        except psycopg.Error as error:
            trouble = f"does not answer: {_first_line(error)}"
        if trouble:
            yield checks.Warning(
                f"A server of DATABASE_REPLICA_URLS {trouble}",
                hint="Lists come from the primary meanwhile. Start it, or take it out.",
                id="traitortrack.W028",
            )


def _ask(url: str, statement: str) -> DictRow:
    with psycopg.connect(url, connect_timeout=SECONDS, row_factory=dict_row, autocommit=True) as there:
        row = there.execute(statement, prepare=False).fetchone()
        assert row is not None  # noqa: S101 - a SELECT without FROM has one row
        return row


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0]
