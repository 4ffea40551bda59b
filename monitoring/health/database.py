"""What PostgreSQL tells of itself, from its own views and in a few milliseconds: no table is counted.

The role needs `pg_monitor` to see the statements of other roles and how far replicas are behind; without it,
it sees its own and how many replicas there are.
"""

import re
import time
from typing import Any

from django.conf import settings
from django.db import connections
from django.utils.translation import gettext as _

from audit.database import execute
from monitoring.health.shape import Item, Level, judge

TABLES_SHOWN = 12
SLOW_SHOWN = 5
STATEMENT_SHOWN = 160

# A client's backend has a user and a database; those of replicas and of PostgreSQL itself lack one of them.
_FACTS = """
SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
           - coalesce(current_setting('reserved_connections', true), '0')::int,
       count(*),
       count(*) FILTER (WHERE state = 'active'),
       count(*) FILTER (WHERE state LIKE 'idle in transaction%%'),
       count(*) FILTER (WHERE {waiting}),
       extract(epoch FROM max(clock_timestamp() - query_start) FILTER (WHERE {waiting})),
       extract(epoch FROM max(clock_timestamp() - query_start) FILTER (WHERE {slow})),
       pg_database_size(current_database()),
       (SELECT blks_hit::float / nullif(blks_hit + blks_read, 0) FROM pg_stat_database
         WHERE datname = current_database()),
       (SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()),
       pg_is_in_recovery()
  FROM pg_stat_activity WHERE usesysid IS NOT NULL AND datid IS NOT NULL
"""
# What lasts by its nature is not slow: copies of the whole database, and waiting for a lock is told apart.
_SLOW = """state = 'active' AND datname = current_database() AND pid <> pg_backend_pid()
           AND backend_type = 'client backend' AND wait_event_type IS DISTINCT FROM 'Lock'
           AND application_name NOT IN ('pg_dump', 'pg_basebackup')"""
# Another database of the same server may have waits of its own.
_WAITING = "wait_event_type = 'Lock' AND datname = current_database()"
FACTS = _FACTS.format(slow=_SLOW, waiting=_WAITING)

SLOW = f"""
SELECT pid, extract(epoch FROM clock_timestamp() - query_start), left(query, 1000)
  FROM pg_stat_activity WHERE {_SLOW} AND clock_timestamp() - query_start > %s * interval '1 second'
 ORDER BY query_start LIMIT %s
"""  # noqa: S608 - composed of constants

# PostgreSQL measures a replica's lag when it answers, so a frozen one keeps its last small one.
# While it lacks something, it is behind at least since its last answer.
REPLICAS = """
SELECT count(*),
       extract(epoch FROM max(greatest(
           replay_lag, CASE WHEN written <> replay_lsn THEN now() - reply_time END))),
       max(pg_wal_lsn_diff(written, replay_lsn))
  FROM pg_stat_replication
 CROSS JOIN (SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                         ELSE pg_current_wal_lsn() END AS written) AS here
 WHERE coalesce(state, 'streaming') = 'streaming' AND application_name <> 'pg_basebackup'
"""

# The largest by the pages last counted, then measured: measuring all of them costs a look at each file.
TABLES = """
SELECT relname, pg_total_relation_size(oid), greatest(reltuples, 0)::bigint FROM (
    SELECT oid, relname, reltuples FROM pg_class
     WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
     ORDER BY relpages DESC, relname LIMIT %s) AS largest
 ORDER BY 2 DESC, 1
"""

# What a server says that takes no more connections; such a refusal has no code yet.
FULL = ("too many clients", "connection slots", "too many connections")

_LITERALS = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b")
_BLANKS = re.compile(r"\s+")


def database_items() -> list[Item]:
    """The items `database`, `pool`, `slow_queries`, `locks`, `replication` and `database_size`.
    Raises DatabaseError, InterfaceError."""
    began = time.perf_counter()
    execute("SELECT 1")
    answered_ms = (time.perf_counter() - began) * 1000
    limit, used, active, idle, waiters, waited, oldest, size, hit_rate, deadlocks, standby = execute(FACTS)[0]
    return [
        _database(answered_ms, hit_rate, deadlocks, standby),
        _pool(used, limit, active, idle),
        _slow_queries(_seconds(oldest)),
        _locks(waiters, _seconds(waited)),
        _replication(),
        _size(size),
    ]


def database_away(error: Exception) -> list[Item]:
    """The same when it cannot be asked."""
    full = any(words in str(error) for words in FULL)
    told = [Item("database", Level.BAD, _("The database does not answer."))]
    if full:
        told.append(Item("pool", Level.BAD, _("Every connection to the database is in use.")))
    return told


def table_sizes() -> list[dict[str, Any]]:
    """The largest tables: {"name", "bytes" with indexes, "rows" as the planner believes}."""
    return [
        {"name": name, "bytes": size, "rows": rows} for name, size, rows in execute(TABLES, [TABLES_SHOWN])
    ]


def readable_size(size: int) -> str:
    """A number of bytes for people: 812 MB, 1.7 GB."""
    if size < 10**9:
        return f"{size / 10**6:.0f} MB" if size >= 10**7 else f"{size / 10**6:.1f} MB"
    return f"{size / 10**9:.1f} GB"


def _database(answered_ms: float, hit_rate: float | None, deadlocks: int, standby: bool) -> Item:
    status = Level.BAD if standby else judge("database_ms", answered_ms)
    text = _("Answers in {ms} ms.").format(ms=f"{answered_ms:.1f}")
    if standby:
        text = _("This is a standby that takes no changes.")
    facts = {
        "answered_ms": round(answered_ms, 2),
        "buffer_hit_percent": None if hit_rate is None else round(hit_rate * 100, 2),
        "deadlocks": deadlocks,
        "standby": standby,
    }
    return Item("database", status, text, facts)


def _pool(used: int, limit: int, active: int, idle: int) -> Item:
    percent = 100 * used / limit
    text = _("{used} of {limit} connections in use.").format(used=used, limit=limit)
    facts = {"in_use": used, "limit": limit, "active": active, "idle_in_transaction": idle}
    return Item("pool", judge("pool_percent", percent), text, {**facts, "percent": round(percent, 1)})


def _slow_queries(oldest: float | None) -> Item:
    status = judge("slow_query_seconds", oldest)
    facts: dict[str, Any] = {"oldest_seconds": oldest, "statements": []}
    if status == Level.OK:
        return Item("slow_queries", status, _("No statement takes long."), facts)
    threshold = settings.HEALTH_LIMITS["slow_query_seconds"][0]
    facts["statements"] = [
        {"pid": pid, "seconds": _seconds(age), "statement": without_values(text)}
        for pid, age, text in execute(SLOW, [threshold, SLOW_SHOWN])
    ]
    text = _("A statement has run for {seconds} s.").format(seconds=f"{oldest:.0f}")
    return Item("slow_queries", status, text, facts)


def without_values(statement: str) -> str:
    """The statement in one short line without the values in it, which may be somebody's name."""
    return _BLANKS.sub(" ", _LITERALS.sub("?", statement)).strip()[:STATEMENT_SHOWN]


def _locks(waiters: int, waited: float | None) -> Item:
    text = _("Nobody waits for a lock.")
    if waiters:
        text = _("{count} wait for a lock, the first for {seconds} s.").format(
            count=waiters, seconds=f"{waited or 0:.0f}"
        )
    facts = {"waiting": waiters, "longest_seconds": waited}
    return Item("locks", judge("lock_wait_seconds", waited), text, facts)


def _replication() -> Item:
    """Asked of the primary; replicas that the settings name and that do not stream are away."""
    streaming, lag, behind = execute(REPLICAS)[0]
    wanted = len(connections.settings) - 1
    lag, facts = _seconds(lag), {"streaming": streaming, "wanted": wanted, "behind_bytes": int(behind or 0)}
    facts["lag_seconds"] = lag
    if streaming < wanted:
        text = _("{count} of {wanted} replicas follow.").format(count=streaming, wanted=wanted)
        return Item("replication", Level.BAD, text, facts)
    if not streaming:
        return Item("replication", Level.OK, _("There is no replica."), facts)
    text = _("{count} replicas, at most {seconds} s behind.").format(
        count=streaming, seconds=f"{lag or 0:.1f}"
    )
    return Item("replication", judge("replica_lag_seconds", lag), text, facts)


def _size(size: int) -> Item:
    text = _("The database has {size}.").format(size=readable_size(size))
    return Item("database_size", judge("database_gb", size / 10**9), text, {"bytes": size})


def _seconds(number: Any) -> float | None:
    return None if number is None else round(max(float(number), 0.0), 1)
