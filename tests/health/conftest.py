import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.db import connection

from monitoring.health.report import health_items
from tests.owner import owner
from tests.valkey import Valkey


def item(name):
    """The item as it is now."""
    return next(one for one in health_items() if one.name == name)


def levels(name, seconds, until):
    """Every level that the item has, each once in a row, until it is `until` or the time is over."""
    seen = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        status = item(name).status
        if seen[-1:] != [status]:
            seen.append(status)
        if status == until:
            break
        time.sleep(0.05)
    return seen


@pytest.fixture
def limit(settings):
    """limit("pool_percent", 70, 90) moves an item's limits for this test."""

    def move(name, warn, bad):
        settings.HEALTH_LIMITS = {**settings.HEALTH_LIMITS, name: (warn, bad)}

    return move


@pytest.fixture
def test_url(settings):
    """DATABASE_URL of the test's own database."""
    name = connection.settings_dict["NAME"]
    return urlunsplit(urlsplit(settings.DATABASE_URL)._replace(path=f"/{name}"))


@pytest.fixture
def by_owner():
    with owner() as connection_of_owner:
        yield connection_of_owner


@pytest.fixture
def connect(test_url):
    """connect() -> one more connection to the test's database, in autocommit."""
    opened = []

    def one():
        opened.append(psycopg.connect(test_url, autocommit=True))
        return opened[-1]

    yield one
    for open_one in opened:
        open_one.close()


@pytest.fixture
def valkey(settings):
    with tempfile.TemporaryDirectory(prefix="tt-") as folder:
        server = Valkey(Path(folder))
        server.start()
        settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": server.url}}
        yield server
        server.go_on()
        server.kill()


@pytest.fixture
def start_worker(transactional_db, test_url, settings):
    """start_worker() -> a real `manage.py worker` on the test's database."""
    started = []

    def start(*, log=subprocess.DEVNULL, **more):
        environment = {**os.environ, "DATABASE_URL": test_url, "REDIS_URL": settings.REDIS_URL, **more}
        command = [sys.executable, "manage.py", "worker"]
        started.append(subprocess.Popen(command, env=environment, stderr=log))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait(20)
