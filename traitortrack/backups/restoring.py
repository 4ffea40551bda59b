"""A backup becomes a database. Nothing that stands there is ever written over or dropped."""

import json
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from subprocess import CompletedProcess

import psycopg
from psycopg import sql

from traitortrack.backups.making import Backup, assert_readable, assert_unchanged, tell_latest
from traitortrack.backups.programs import (
    PART_SHOWN,
    SERVER,
    BackupError,
    connected,
    manage,
    own_database,
    run,
)

JOBS = min(4, os.cpu_count() or 1)
LONGEST_NAME = 63
_HOLDS_DATA = """
SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema'))
"""
# By their user's name, which autovacuum has not: what kind others' sessions are is not everybody's to see.
_END_SESSIONS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s AND usename IS NOT NULL
"""
# Ours, if it is still there; else the server's own.
_LOCALE = """
SELECT datcollate, datctype FROM pg_database WHERE datname = ANY(%s) ORDER BY datname = %s DESC LIMIT 1
"""
Say = Callable[[str], None]


def verify(backup: Backup) -> Backup:
    """Restores the backup into a scratch database, asks it the questions that must find nothing, drops it.

    Raises BackupError when it cannot be restored or a promise is broken in it.
    """
    with _scratch("verify") as name:
        _fill(backup.file, name)
        _ask(name)
    verified = replace(backup, verified_at=datetime.now(UTC))
    tell_latest(verified)
    return verified


def restore(*, file: Path, into: str, replace_it: bool, say: Say) -> str | None:
    """Brings a backup back as the database `into`, migrated to the code of today and asked.

    A database of that name which holds data is refused; with `replace_it` it is renamed, once the new one is
    ready, and its new name returned. Raises BackupError, ServiceError; then all is as it was.
    """
    assert_unchanged(file)
    assert_readable(file)
    exists, holds_data = _what_stands(into)
    if holds_data and not replace_it:
        raise BackupError(
            f"The database {into} holds data. Nothing was changed. Choose another name (--into), or say "
            "--replace: it is then set aside under a new name, not dropped."
        )
    with _scratch(f"{into[:30]}_restoring") as fresh:
        say(f"Restoring {file.name} ...")
        _fill(file, fresh)
        say("Bringing it up to date ...")
        _must_succeed(manage("migrate_safely", database=fresh))
        say("Asking the questions that must find nothing ...")
        _ask(fresh)
        with connected(fresh) as connection:
            connection.execute("ANALYZE")
        return _take_the_name(fresh, into, exists=exists, keep=holds_data)


def _fill(file: Path, name: str) -> None:
    run("pg_restore", "--exit-on-error", "--no-password", f"--jobs={JOBS}", file, database=name)


def _ask(name: str) -> None:
    """Sealed and folded first, for what was not yet when the backup was made is old by now. The anchors
    outside tell of the database that serves, so they are left alone."""
    with tempfile.TemporaryDirectory() as anchors:
        _must_succeed(manage("audit_seal", database=name, AUDIT_ANCHORS=anchors))
        _must_succeed(manage("reconcile_statistics", "--only-fold", database=name))
        answer = manage("check_invariants", "--json", database=name, AUDIT_ANCHORS=anchors)
    try:
        told = json.loads(answer.stdout)
    except ValueError:
        _must_succeed(answer)
        raise
    broken = [f"{one['number']} ({one['question']})" for one in told["questions"] if one["rows"]]
    if broken:
        raise BackupError(f"What was restored breaks promises: {', '.join(broken)}. Nothing was replaced.")


def _must_succeed(answer: CompletedProcess[str]) -> None:
    if answer.returncode:
        said = " ".join(answer.stderr.split())[-PART_SHOWN:]
        raise BackupError(f"What was restored cannot be used: {said} Nothing was replaced.")


@contextmanager
def _scratch(purpose: str) -> Iterator[str]:
    """The name of a new, empty database like ours, dropped at the end unless it was renamed."""
    name = f"{purpose}_{secrets.token_hex(4)}"
    with connected() as connection:
        place = connection.execute(_LOCALE, [[own_database(), SERVER], own_database()]).fetchone()
        collate, ctype = place or ("C", "C")
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE {} LC_CTYPE {}").format(
                sql.Identifier(name), sql.Literal(collate), sql.Literal(ctype)
            )
        )
    try:
        yield name
    finally:
        with connected() as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )


def _what_stands(name: str) -> tuple[bool, bool]:
    """Whether the database exists, and whether it has tables."""
    if not 0 < len(name.encode()) <= LONGEST_NAME:
        raise BackupError(f"A database name has 1 to {LONGEST_NAME} bytes. Nothing was changed.")
    with connected() as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
    if not known:
        return False, False
    with connected(name) as connection:
        row = connection.execute(_HOLDS_DATA).fetchone()
    return True, bool(row and row[0])


def _take_the_name(fresh: str, name: str, *, exists: bool, keep: bool) -> str | None:
    """Renaming needs a database that nobody is in: its doors are closed for a moment, web servers say 503."""
    aside = f"{name[:30]}_before_{datetime.now(UTC):%Y%m%dT%H%M%S}" if exists else None
    with connected() as connection:
        if aside is None:
            _rename(connection, fresh, name)
            return None
        opened = name
        try:
            _close_doors(connection, name)
            with connection.transaction():
                _rename(connection, name, aside)
                _rename(connection, fresh, name)
            opened = aside
        finally:
            _let_in(connection, opened)
        if keep:
            return aside
        connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(aside)))
        return None


def _close_doors(connection: psycopg.Connection, name: str) -> None:
    connection.execute(sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false").format(sql.Identifier(name)))
    connection.execute(_END_SESSIONS, [name])


def _let_in(connection: psycopg.Connection, name: str) -> None:
    connection.execute(sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS true").format(sql.Identifier(name)))


def _rename(connection: psycopg.Connection, old: str, new: str) -> None:
    connection.execute(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new))
    )
