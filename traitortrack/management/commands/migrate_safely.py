import sys
import time
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, DatabaseError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from environ import Env

# Any number, as long as it is only ours: one migration at a time for this whole database.
LOCK_NUMBER = 7_205_315_084
LOOK_EVERY = 0.2
LONGEST_PAUSE = 5.0


class Command(BaseCommand):
    """Brings the database's tables up to date; safe to start many times at once and while people scan.

    One at a time under an advisory lock. A step that would make scans wait longer than the lock timeout gives
    up and is tried again, so that a long reader delays the migration and never the operators.
    """

    help = "Migrates the database, one at a time and without making scans wait. Safe to start ten at once."
    # The checks look into tables that may not be there yet; `migrate` runs those that it needs.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--lock-timeout", type=float, default=2.0, metavar="SECONDS", help="per step (2)")
        parser.add_argument("--attempts", type=int, default=60, help="tries when tables are in use (60)")
        parser.add_argument(
            "--wait", type=float, default=600.0, metavar="SECONDS", help="for another migration (600)"
        )

    def handle(self, *args: Any, lock_timeout: float, attempts: int, wait: float, **options: Any) -> None:
        self.stderr.style_func = None
        connection = connections[DEFAULT_DB_ALIAS]
        configured = dict(connection.settings_dict)
        _go_direct(connection)
        lock = connection.copy()
        try:
            self._take_turn(lock, wait)
            self._migrate(connection, lock_timeout, attempts)
        except DatabaseError as error:
            raise CommandError(
                f"The database could not be migrated: {_first_line(error)}. Finished steps are kept, the "
                "step that failed was taken back. Mend the cause and run migrate_safely again."
            ) from error
        finally:
            # Ending the session gives the lock back, whatever happened.
            lock.close()
            connection.close()
            connection.settings_dict |= configured

    def _take_turn(self, lock: BaseDatabaseWrapper, wait: float) -> None:
        # Asked again and again rather than waited for: a waiting statement holds a snapshot, and an index
        # that is built CONCURRENTLY in the other migration would wait for that snapshot for ever.
        until = time.monotonic() + wait
        told = False
        with lock.cursor() as cursor:
            while True:
                cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_NUMBER])
                if cursor.fetchone()[0]:
                    return
                if time.monotonic() > until:
                    raise CommandError(
                        f"Another migrate_safely has been at work for {wait:.0f} seconds. This one changed "
                        "nothing. Wait until the other has ended, then run it again."
                    )
                if not told:
                    self._say("Another migrate_safely is at work; waiting for it ...")
                    told = True
                time.sleep(LOOK_EVERY)

    def _migrate(self, connection: BaseDatabaseWrapper, lock_timeout: float, attempts: int) -> None:
        for attempt in range(1, attempts + 1):
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT set_config('lock_timeout', %s, false)", [f"{lock_timeout * 1000:.0f}ms"]
                )
            try:
                _migrate_once(connection)
            except OperationalError as error:
                if not isinstance(error.__cause__, psycopg.errors.LockNotAvailable) or attempt == attempts:
                    raise
                pause = min(0.5 * attempt, LONGEST_PAUSE)
                self._say(f"A table is in use; try {attempt} of {attempts}, again in {pause:.1f} s ...")
                time.sleep(pause)
            else:
                self._say("The database is up to date.")
                return

    def _say(self, sentence: str) -> None:
        self.stderr.write(sentence)


def _migrate_once(connection: BaseDatabaseWrapper) -> None:
    executor = MigrationExecutor(connection)
    steps = executor.migration_plan(executor.loader.graph.leaf_nodes())
    # Also run when no step is left: it makes the permissions that an earlier run, cut short, may have missed.
    call_command("migrate", interactive=False, verbosity=1 if steps else 0, stdout=sys.stderr, no_color=True)


def _go_direct(connection: BaseDatabaseWrapper) -> None:
    """A pooler gives each transaction another session: neither the lock nor lock_timeout would hold there."""
    if settings.DATABASE_DIRECT_URL != settings.DATABASE_URL:
        connection.close()
        direct = Env.db_url_config(settings.DATABASE_DIRECT_URL)
        options = connection.settings_dict["OPTIONS"] | direct.get("OPTIONS", {})
        connection.settings_dict |= direct | {"OPTIONS": options}


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0].rstrip(".")
