"""PostgreSQL dies, stops, forgets a connection, has none left, or has no room to write."""

import os
import shutil
import signal
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil
import psycopg

from tests.soak.scene import Scene

ANY_BACKEND = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE datname = current_database() AND application_name = 'traitortrack' ORDER BY random() LIMIT 1
"""
ALL_BACKENDS = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
 WHERE datname = current_database() AND application_name = 'traitortrack'
"""


def restarted_immediate(scene: Scene) -> None:
    """An immediate shutdown (SIGQUIT, as `pg_ctl stop -m immediate` sends) under load, and the start after
    it: what was committed must come out of the log."""
    for share in (0.2, 0.6):
        scene.reach(share)
        postgres = scene.deployment.server(scene.deployment.home.postgres)
        with scene.strike("immediate restart"):
            postgres.send_signal(signal.SIGQUIT)
            while postgres.is_running() and postgres.status() != psutil.STATUS_ZOMBIE:
                scene.pause()
        scene.recover()


def backend_terminated(scene: Scene) -> None:
    """One of the web server's connections ended from the side of the database, ten a second."""
    url = scene.deployment.home.postgres.url
    with psycopg.connect(url, autocommit=True) as connection, scene.lasting("backends are terminated"):
        while scene.goes_on:
            connection.execute(ANY_BACKEND)
            scene.count()
            time.sleep(0.1)


def stopped(scene: Scene) -> None:
    """SIGSTOP to the whole of PostgreSQL: it takes connections and answers nobody."""
    scene.reach(0.3)
    postmaster = scene.deployment.server(scene.deployment.home.postgres)
    with scene.strike(f"stopped for {scene.seconds:.0f} s"):
        postmaster.suspend()
        frozen = [postmaster, *postmaster.children()]
        for process in frozen[1:]:
            with suppress(psutil.NoSuchProcess):
                process.suspend()
        time.sleep(scene.seconds)
        for process in frozen:
            with suppress(psutil.NoSuchProcess):
                process.resume()


def connections_exhausted(scene: Scene) -> None:
    """Others hold every connection that the database has; the web server's own ones are ended."""
    scene.reach(0.3)
    url = scene.deployment.home.postgres.url
    with ExitStack() as held, scene.strike("no connection left"):
        first = held.enter_context(psycopg.connect(url, autocommit=True))
        until = time.monotonic() + scene.seconds
        while time.monotonic() < until:
            first.execute(ALL_BACKENDS)
            # As quick as those that were ended ask anew, or quicker.
            with suppress(psycopg.OperationalError):
                while True:
                    held.enter_context(psycopg.connect(url, autocommit=True))
            time.sleep(0.2)


DISK_MB, PAGE_BYTES = 320, 4096


def disk_full(scene: Scene) -> None:
    """Not a byte left on the disk that holds the database and its log; then there is room again."""
    for share in (0.2, 0.5):
        scene.reach(share)
        filler = scene.deployment.home.folder / "filler"
        with scene.strike("disk full"):
            until = time.monotonic() + scene.seconds
            while time.monotonic() < until:
                _take_what_is_free(filler)
                time.sleep(0.002)
            filler.unlink()
        scene.recover()


def _take_what_is_free(filler: Path) -> None:
    """To the last page, though the database takes some in the same moment."""
    with filler.open("ab") as file:
        size = shutil.disk_usage(filler.parent).free
        while size >= PAGE_BYTES:
            try:
                os.posix_fallocate(file.fileno(), file.tell(), size)
            except OSError:
                size //= 2
            else:
                size = 0
