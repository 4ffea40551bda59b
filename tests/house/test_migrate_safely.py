"""`manage.py migrate_safely`: many at once, and behind somebody who keeps a table for long."""

import contextlib
import json
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.conf import settings

from tests.house.conftest import MANAGE, environment, eventually

WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
# Ten processes that begin in the same moment, which ten command lines would not.
TEN_AT_ONCE = """
import contextlib, io, json, multiprocessing, os
import django
from django.core.management import call_command
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "traitortrack.settings")
django.setup()
together = multiprocessing.get_context("fork").Barrier(10)
def migrate(number):
    together.wait()
    with contextlib.redirect_stderr(io.StringIO()) as said:
        call_command("migrate_safely")
    return said.getvalue()
with multiprocessing.get_context("fork").Pool(10) as pool:
    print(json.dumps(pool.map(migrate, range(10), chunksize=1)))
"""
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def database() -> Iterator[str]:
    """The URL of an empty database on the server of the tests, dropped afterwards."""
    name = f"house_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(settings.DATABASE_DIRECT_URL, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield urlunsplit(urlsplit(settings.DATABASE_DIRECT_URL)._replace(path=f"/{name}"))
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts manage.py commands on a database; none is left running."""
    running: list[subprocess.Popen[str]] = []

    def run(database: str, command: str, *options: str) -> subprocess.Popen[str]:
        env = environment(settings.HOME, DATABASE_URL=database, REDIS_URL=settings.REDIS_URL)
        process = subprocess.Popen(
            [*MANAGE, command, *options],
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield run
    for process in running:
        process.kill()
        process.communicate()


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, said = process.communicate(timeout=90)
    return process.returncode, said


@contextlib.contextmanager
def somebody_keeps_a_table(database: str) -> Iterator[psycopg.Connection]:
    """Within, nobody gets past the migration that makes this table; all before it may be made."""
    with psycopg.connect(database) as connection:
        connection.execute("CREATE TABLE django_content_type ()")
        with psycopg.connect(database, autocommit=True) as watcher:
            yield watcher
        connection.rollback()


def waiting(watcher: psycopg.Connection) -> int:
    row = watcher.execute(WAITING).fetchone()
    return row[0] if row else 0


def test_ten_at_once_all_end_well_and_each_step_is_made_once(database):
    answer = subprocess.run(
        [sys.executable, "-c", TEN_AT_ONCE],
        cwd=settings.BASE_DIR,
        env=environment(settings.HOME, DATABASE_URL=database, REDIS_URL=settings.REDIS_URL),
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    said = json.loads(answer.stdout)
    assert len(said) == 10
    assert all(text.endswith("The database is up to date.\n") for text in said)
    assert sum("Applying contenttypes.0001_initial... OK" in text for text in said) == 1
    with psycopg.connect(database) as connection:
        done, different = connection.execute(
            "SELECT count(*), count(DISTINCT (app, name)) FROM django_migrations"
        ).fetchone()
    assert done == different > 10


def test_two_at_the_same_step_end_well(database, start):
    with somebody_keeps_a_table(database) as watcher:
        running = [start(database, "migrate_safely", "--lock-timeout", "60") for _ in range(2)]
        assert eventually(lambda: waiting(watcher) == 1, 30)
    assert [finish(process)[0] for process in running] == [0, 0]


def test_without_the_lock_one_of_two_fails(database, start):
    with somebody_keeps_a_table(database) as watcher:
        running = [start(database, "migrate") for _ in range(2)]
        assert eventually(lambda: waiting(watcher) + sum(one.poll() is not None for one in running) == 2, 30)
    assert sorted(finish(process)[0] for process in running) == [0, 1]


def test_behind_somebody_who_keeps_a_table_it_gives_way_and_comes_back(database, start):
    with somebody_keeps_a_table(database):
        running = start(database, "migrate_safely", "--lock-timeout", "0.2")
        said = ""
        while "A table is in use" not in said:
            said = running.stderr.readline()
            assert said, "it ended without giving way"
    code, rest = finish(running)
    assert code == 0, rest
    assert rest.endswith("The database is up to date.\n")


def test_it_gives_up_with_a_sentence_and_leaves_the_step_undone(database, start):
    with somebody_keeps_a_table(database):
        code, said = finish(start(database, "migrate_safely", "--lock-timeout", "0.1", "--attempts", "1"))
    assert code == 1
    assert "could not be migrated: canceling statement due to lock timeout. Finished steps are kept" in said
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT to_regclass('django_content_type')").fetchone() == (None,)
        code, said = finish(start(database, "migrate_safely"))
    assert code == 0, said


def test_a_database_that_is_away_is_a_sentence(start):
    code, said = finish(start("postgresql://nobody@127.0.0.1:1/none", "migrate_safely"))
    assert code == 1
    assert "The database could not be migrated: connection" in said
    assert "Traceback" not in said
