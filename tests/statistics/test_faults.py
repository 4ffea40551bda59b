"""A fold that is killed half-way, two at once, scans meanwhile; each with a twin without what protects it."""

import contextlib
import os
import subprocess
import sys
import threading
import time

import psycopg
import pytest
from django.db import connection, connections, transaction

from audit import sealing
from bags.models import Scan
from monitoring.invariants import broken
from monitoring.models import StatisticsCache, StatisticsDelta
from monitoring.statistics import folding
from monitoring.statistics.folding import fold, reconcile
from tests.scanning.racing import puller, together
from tests.test_tapes import database_url

pytestmark = pytest.mark.django_db(transaction=True)

# What a process of its own does; it meets the locked cache in the middle of its fold.
FOLDING = "import django; django.setup(); from monitoring.statistics.folding import fold; fold()"
IN_TWO_STEPS = """
import django; django.setup()
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("DELETE FROM monitoring_statisticsdelta RETURNING amount")
    cursor.execute("UPDATE monitoring_statisticscache SET folded_at = now()")
"""
WAITS = "SELECT pid FROM pg_locks WHERE NOT granted"


def killed_half_way(program):
    """SIGKILL a process that waits for the cache's row, and its session in the database with it."""
    with transaction.atomic():
        StatisticsCache.objects.select_for_update().get()
        process = subprocess.Popen(
            [sys.executable, "-c", program],
            env={
                **os.environ,
                "DATABASE_URL": database_url(),
                "DJANGO_SETTINGS_MODULE": "traitortrack.settings",
            },
        )
        with connection.cursor() as cursor:
            until = time.monotonic() + 30
            while not cursor.execute(WAITS).fetchall():
                assert time.monotonic() < until
                time.sleep(0.05)
            process.kill()
            process.wait(10)
            cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted")


def test_a_fold_killed_half_way_has_not_happened(fill, holds):
    fill("ravi", "SB00001", 1)
    fold()
    before = StatisticsCache.objects.get().numbers
    fill("ravi", "SB00002", 3)
    waiting = StatisticsDelta.objects.count()
    killed_half_way(FOLDING)
    assert (StatisticsCache.objects.get().numbers, StatisticsDelta.objects.count()) == (before, waiting)
    holds()
    assert fold()
    assert StatisticsCache.objects.get().numbers["bags|lucknow|open"] == 2
    holds()


def test_killed_between_two_steps_it_would_have_lost_counts(fill):
    fill("ravi", "SB00001", 1)
    fold()
    fill("ravi", "SB00002", 3)
    killed_half_way(IN_TWO_STEPS)
    assert set(broken()) == {15}
    assert reconcile()
    assert broken() == {}


def shifts(people, rounds):
    """Eight operators' scans at the same time; returns jobs."""

    def shift(number):
        sack = f"SB001{number:02}"

        def work():
            done = [puller(people["ravi"], sack)()]
            done += [
                puller(people["ravi"], f"55{number:02}{child:04}", parent=sack)() for child in range(rounds)
            ]
            return [answer["code"] for answer in done]

        return work

    return [shift(number) for number in range(8)]


def folding_meanwhile(jobs, folders=1):
    stop = threading.Event()

    def keep_folding():
        while not stop.is_set():
            fold()
        connections.close_all()

    threads = [threading.Thread(target=keep_folding) for _ in range(folders)]
    for thread in threads:
        thread.start()
    try:
        return together(*jobs)
    finally:
        stop.set()
        for thread in threads:
            thread.join(20)


def test_scans_while_it_folds(people, holds):
    told = folding_meanwhile(shifts(people, 12), folders=3)
    assert told == [["parent_opened"] + ["linked"] * 12] * 8
    holds()
    fold()
    assert (
        StatisticsCache.objects.get().numbers["bags|lucknow|child"]
        == Scan.objects.filter(code="linked").count()
    )
    holds()


@contextlib.contextmanager
def half_folded():
    """Another process has folded and commits when the block ends, or a second later."""
    has_folded, done = threading.Event(), threading.Event()

    def other():
        with transaction.atomic():
            fold()
            has_folded.set()
            done.wait(1)
        connections.close_all()

    thread = threading.Thread(target=other)
    thread.start()
    try:
        assert has_folded.wait(20)
        yield
    finally:
        done.set()
        thread.join(20)


def test_a_seal_that_takes_long_holds_no_fold_up(fill):
    fold()
    fill("ravi", "SB00001", 1)
    with psycopg.connect(database_url()) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [sealing.LOCK_NUMBER])
        assert fold() is True
    assert not StatisticsDelta.objects.exists()


def test_two_folds_at_once(fill, holds):
    fold()
    fill("ravi", "SB00001", 1)
    with half_folded():
        fill("ravi", "SB00002", 1)
        assert fold() is False
    assert fold() is True
    assert StatisticsCache.objects.get().numbers["bags|lucknow|open"] == 2
    holds()


def test_two_folds_at_once_without_the_lock(fill, monkeypatch):
    fold()
    fill("ravi", "SB00001", 1)
    with half_folded():
        fill("ravi", "SB00002", 1)
        monkeypatch.setattr(folding, "LOCK_NUMBER", folding.LOCK_NUMBER + 1)
        assert fold() is True
    # The second counted what it took onto the numbers that it had read before the first one's.
    assert set(broken()) == {15}
