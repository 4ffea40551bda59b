"""Everything works by way of a PgBouncer that gives each transaction another session."""

import subprocess
import sys

import psycopg
import pytest

from accounts.jobs import send_reset_link
from tests.deploy.pgbouncer import SESSIONS, pooled, sessions
from tests.gunicorn import running
from tests.house.conftest import MANAGE, environment, eventually
from tests.test_tapes import REPLAY, TAPES, make_users

pytestmark = pytest.mark.django_db(transaction=True)
BACKEND = "SELECT pg_backend_pid()"


@pytest.fixture
def pooler(database_url):
    with pooled(database_url) as url:
        yield url


def pooled_server(url, settings, **more):
    named = {"DATABASE_URL": url, "REDIS_URL": settings.REDIS_URL, "SCAN_RATE_LIMIT": "off", "DEBUG": "1"}
    return running(**named, **more)


def play(port, name, batch):
    return subprocess.run(
        [sys.executable, REPLAY, f"http://127.0.0.1:{port}", TAPES / f"{name}.jsonl", "--batch", str(batch)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_sessions_change_between_two_transactions(pooler):
    """What the tests below stand on: this pooler shares sessions indeed."""
    with psycopg.connect(pooler, autocommit=True) as one, psycopg.connect(pooler) as other:
        [first] = one.execute(BACKEND).fetchone()
        assert other.execute(BACKEND).fetchone() == (first,)  # and keeps it until its transaction ends
        assert one.execute(BACKEND).fetchone() != (first,)


@pytest.mark.parametrize(("name", "batch"), [("tape-0-short", 1), ("tape-1", 100)])
def test_every_answer_is_the_tapes(pooler, people, settings, holds, name, batch):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
    make_users(TAPES / f"{name}.jsonl")
    with pooled_server(pooler, settings, DATABASE_POOLER="transaction") as (port, _process):
        played = play(port, name, batch)
    assert played.returncode == 0, played.stdout[-3000:]
    assert 1 <= sessions(pooler) <= SESSIONS
    holds()


def test_a_server_that_was_not_told_of_the_pooler_fails(pooler, people, settings):
    """The twin: it asks for a session of its own."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
    make_users(TAPES / "tape-0-short.jsonl")
    with pooled_server(pooler, settings) as (port, _process):
        assert play(port, "tape-0-short", 1).returncode != 0


def test_the_worker_finds_its_jobs(pooler, people, settings, tmp_path):
    people["ravi"].email = "ravi@example.com"
    people["ravi"].save()
    told = {"DATABASE_URL": pooler, "DATABASE_POOLER": "transaction", "REDIS_URL": settings.REDIS_URL}
    with subprocess.Popen(
        [*MANAGE, "worker"], env=environment(tmp_path, **told), stderr=subprocess.PIPE, text=True
    ) as worker:
        send_reset_link.defer(name="ravi")
        mail = tmp_path / "mail"
        assert eventually(lambda: mail.is_dir() and any(mail.iterdir()), 30)
        worker.terminate()
        worker.wait(20)
        assert worker.stderr.read() == ""
