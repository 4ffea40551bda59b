"""A real PostgreSQL that is stopped: it takes connections and answers nobody. A web request does not wait."""

import time
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaiting
from contextlib import contextmanager

import psycopg
import pytest

from tests.house.conftest import new_home
from traitortrack.patient import base
from traitortrack.services.group import PrivateServers


@pytest.fixture(scope="module")
def server():
    with new_home() as home:
        servers = PrivateServers(home, valkey=False)
        servers.start(tied=True)
        yield servers.servers[0]


@pytest.fixture
def line(server):
    """A connection as Django's backend makes it."""
    place = psycopg.conninfo.conninfo_to_dict(server.url)
    with base.PatientConnection.connect(**place, connect_timeout=2) as connection:
        yield connection


@contextmanager
def stopped(server):
    postmaster = server.process()
    everybody = [postmaster, *postmaster.children()]
    for process in everybody:
        process.suspend()
    try:
        yield
    finally:
        for process in everybody:
            process.resume()


def ask(line, sql="SELECT 1"):
    return line.execute(sql).fetchone()


def test_somebody_who_waits_is_told_within_three_seconds(server, line):
    with stopped(server), base.somebody_waits():
        began = time.monotonic()
        with pytest.raises(psycopg.OperationalError, match="gives no sign"):
            ask(line)
        with pytest.raises(psycopg.OperationalError, match="gave no sign"):
            base.PatientConnection.connect(**line.params)
        assert time.monotonic() - began < 3
    assert line.closed
    time.sleep(base.KNOWN_SECONDS)
    with base.somebody_waits(), base.PatientConnection.connect(**line.params) as again:
        assert ask(again) == (1,)


def test_a_command_waits_until_it_goes_on(server, line):
    """The twin: without anybody who waits, as without the backend."""
    with ThreadPoolExecutor(1) as hand:
        with stopped(server):
            answer = hand.submit(ask, line)
            with pytest.raises(StillWaiting):
                answer.result(3.5)
        assert answer.result(5) == (1,)


def test_a_statement_that_takes_its_time_is_left_in_peace(line):
    with base.somebody_waits():
        assert ask(line, "SELECT pg_sleep(2)") == ("",)
