"""Jobs at the same moment on connections of their own, and ways to take a protection away."""

import contextlib
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

from django.db import connection, connections

from accounts.operators import Operator
from bags.scanning import service, store
from bags.scanning.rules import Pull
from bags.scanning.service import process
from tests.owner import owner


def together(*jobs):
    """Run the jobs at the same moment, each on a connection of its own; returns results in order."""
    gate, results = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(place, job):
        try:
            gate.wait(20)
            results[place] = job()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def puller(user, raw, key=None, **rest):
    """A job: one scan, by a device of its own."""
    mode = rest.pop("mode", "pack")
    pull = Pull(key=key or uuid.uuid4(), mode=mode, raw=raw, **rest)
    who = Operator.of(user)
    return lambda: process(pulls=[pull], operator=who, device=uuid.uuid4())[0]


def codes(results):
    return sorted(result["code"] if isinstance(result, dict) else repr(result) for result in results)


class MeetingPoint:
    """Each thread waits here for all others, once: in the later rounds of its call it goes on alone."""

    def __init__(self, parties):
        self.gate, self.here = threading.Barrier(parties), threading.local()

    def meet(self):
        if not getattr(self.here, "has_met", False):
            self.here.has_met = True
            self.gate.wait(20)


@contextlib.contextmanager
def without_lock(monkeypatch, parties):
    """The bags are read, not locked, and nobody writes before all parties have judged what they read."""
    point, write = MeetingPoint(parties), service._write

    def meeting(*call):
        point.meet()
        write(*call)

    with monkeypatch.context() as patch:
        patch.setattr(store, "_LOCK", store._LOCK.replace("FOR UPDATE", ""))
        patch.setattr(service, "_write", meeting)
        yield


@contextlib.contextmanager
def halfway(monkeypatch, job, patience=1):
    """The job has judged what it read when the block begins and writes when it ends, or `patience` seconds
    later, where its locks hold the block up. Yields the Future of its result."""
    judged, done = threading.Event(), threading.Event()
    write, block = service._write, threading.current_thread()

    def dawdling(*call):
        if threading.current_thread() is not block:
            judged.set()
            done.wait(patience)
        write(*call)

    with monkeypatch.context() as patch, ThreadPoolExecutor(1) as hand:
        patch.setattr(service, "_write", dawdling)
        answer = hand.submit(job)
        try:
            assert judged.wait(20)
            yield answer
        finally:
            done.set()
            hand.submit(connections.close_all).result(20)


@contextlib.contextmanager
def without(statement, again):
    """Without a constraint or index; the rows that it would refuse are gone before it comes back."""
    with owner() as by_owner:
        by_owner.execute(statement)
    try:
        yield
    finally:
        with owner() as by_owner:
            by_owner.execute("TRUNCATE bags_link, bags_scan, billing_billbag, billing_bill, bags_bag CASCADE")
            by_owner.execute(again)


@contextlib.contextmanager
def without_index(name):
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [name])
        definition = cursor.fetchone()[0]
    with without(f"DROP INDEX {name}", definition):
        yield
