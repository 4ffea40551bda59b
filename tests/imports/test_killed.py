"""Stopped in the middle, an import leaves nothing; the job is given back and done again, once."""

import time

import pytest
from django.db import connection

from bags.importing import judging, service, writing
from bags.importing.models import ImportBatch
from bags.models import Bag, Link
from monitoring.invariants import broken
from tests.imports.conftest import bags_csv, quiet
from traitortrack.jobs import give_back_lost_jobs

pytestmark = pytest.mark.django_db(transaction=True)


def sacks(count):
    """Full sacks of thirty."""
    rows = []
    for sack in range(count):
        rows.append(f"SB{sack:05},parent,")
        rows += [f"{4000000 + sack * 30 + place},child,SB{sack:05}" for place in range(30)]
    return bags_csv(*rows)


@pytest.fixture
def confirmed(people, operator):
    """confirmed(content) -> an import that waits for its job."""

    def prepare(content):
        batch = service.upload(
            kind="bags", file_name="bags.csv", pieces=[content.encode()], by=operator("asha")
        )
        service.check(batch.pk, progress=quiet)
        return service.confirm(batch.pk, by=operator("asha"))

    return prepare


def eventually(happened):
    until = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_worker_killed_while_it_writes(confirmed, start_worker, worker_until_idle, holds):
    batch, last = confirmed(sacks(700)), _last_link()
    killed = start_worker()
    # The sequence is moved by what is not committed too: the first links are being written.
    eventually(lambda: _last_link() > last + 1)
    killed.kill()
    killed.wait(20)
    batch.refresh_from_db()
    assert (batch.state, Bag.objects.count(), Link.objects.count()) == ("running", 0, 0)
    holds()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")
    give_back_lost_jobs.defer(timestamp=0)
    worker_until_idle()
    worker_until_idle()
    batch.refresh_from_db()
    assert (batch.state, batch.good, Link.objects.count()) == ("done", 21_700, 21_000)
    holds()


def _last_link():
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value FROM bags_link_id_seq")
        return cursor.fetchone()[0]


class Stopped(Exception):
    pass


@pytest.fixture
def small_steps(monkeypatch):
    for module in (judging, writing):
        monkeypatch.setattr(module, "STEP", 10)


def stopping(batch, people, before):
    """Apply, stopped before the third step, with `before()` done there."""
    steps = []

    def progress(step, _done, _of):
        steps.append(step)
        if steps.count("write") == 3:
            before()
            raise Stopped

    with pytest.raises(Stopped):
        service.apply(batch.pk, by_id=people["asha"].pk, progress=progress)


def test_stopped_between_two_steps(confirmed, people, small_steps, holds):
    batch = confirmed(sacks(2))
    stopping(batch, people, before=quiet)
    assert (Bag.objects.count(), Link.objects.count()) == (0, 0)
    holds()
    service.apply(batch.pk, by_id=people["asha"].pk, progress=quiet)
    assert Link.objects.count() == 60
    holds()


def test_stopped_between_two_steps_that_are_committed_each(confirmed, people, small_steps):
    """As if steps were transactions of their own: half of the file is in, and counters lie."""
    batch = confirmed(sacks(2))
    stopping(batch, people, before=connection.connection.commit)
    assert Link.objects.count() == 20
    assert broken()


def test_a_job_that_breaks_down_again_and_again_is_given_up(confirmed, people, monkeypatch, start_worker):
    batch = confirmed(sacks(1))
    service.apply(batch.pk, by_id=0, progress=quiet)
    assert ImportBatch.objects.get(pk=batch.pk).code == "not_allowed"
    again = confirmed(sacks(1))
    service.give_up(again.pk)
    again.refresh_from_db()
    assert (again.state, again.code, Bag.objects.count()) == ("failed", "broke_down", 0)
