"""Old code and new code serve side by side on one socket while tables change; nobody's request fails."""

import http.client
import os
import shutil
import socket
import subprocess
import sys
import threading
import uuid
from contextlib import closing, contextmanager
from urllib.parse import urlsplit, urlunsplit

import psutil
import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from tests.house.conftest import eventually
from tests.test_tapes import PASSWORD, Patient

pytestmark = pytest.mark.django_db(transaction=True)
PROJECT = ["traitortrack", "monitoring", "billing", "bags", "accounts", "audit", "templates", "manage.py"]
HANDS = 4
# Expand: a column that old code does not know and need not know.
EXPAND = """
from django.db import migrations, models
class Migration(migrations.Migration):
    dependencies = [("bags", "{newest}")]
    operations = [migrations.AddField("bag", "colour", models.CharField(max_length=9, null=True))]
"""


@pytest.fixture
def urls(people, settings, database_url, direct_url):
    """A copy of the tests' database with its people, as the app and as the owner; tables may change there."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
    for person in people.values():
        person.set_password(PASSWORD)
        person.save()
    name, own = f"rolling_{uuid.uuid4().hex[:8]}", connection.settings_dict["NAME"]
    connection.close()
    with psycopg.connect(direct_url, dbname="postgres", autocommit=True) as there:
        # Those of processes that an earlier test killed notice it late, and a template may have no other.
        there.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [own]
        )
        there.execute(f"CREATE DATABASE {name} TEMPLATE {own}")
        yield {
            variable: urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
            for variable, url in {"DATABASE_URL": database_url, "DATABASE_DIRECT_URL": direct_url}.items()
        }
        there.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def new_code(tmp_path):
    """A copy of the project, one version further."""
    folder = tmp_path / "new"
    for name in PROJECT:
        place = settings.BASE_DIR / name
        copy = shutil.copytree if place.is_dir() else shutil.copy
        copy(place, folder / name)
    (folder / "static").symlink_to(settings.BASE_DIR / "static")
    migrations = folder / "bags" / "migrations"
    [(_app, newest)] = MigrationLoader(None).graph.leaf_nodes("bags")
    (migrations / "9999_colour.py").write_text(EXPAND.format(newest=newest))
    views = folder / "monitoring" / "views.py"
    views.write_text(views.read_text().replace('HttpResponse("ok"', 'HttpResponse("new"'))
    return folder


@pytest.fixture
def listening():
    """A socket that outlives both servers, as systemd's does (deploy/systemd)."""
    with socket.socket() as ours:
        ours.bind(("127.0.0.1", 0))
        ours.listen(512)
        os.set_inheritable(ours.fileno(), True)
        yield ours


@contextmanager
def serving(folder, listening, urls):
    fd = listening.fileno()
    config = folder / "traitortrack" / "gunicorn_conf.py"
    command = [sys.executable, "-m", "gunicorn", "-c", str(config), "-b", f"fd://{fd}"]
    env = {**os.environ, **urls, "DEBUG": "1", "SCAN_RATE_LIMIT": "off"}
    process = subprocess.Popen(command, cwd=folder, env=env, pass_fds=[fd], stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def migrate(folder, urls, *options):
    env = {**os.environ, **urls}
    command = [sys.executable, "manage.py", "migrate_safely", "--lock-timeout", "0.3", *options]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


class Shift(threading.Thread):
    """One operator who scans without a pause; what fails is written down, not tried again."""

    def __init__(self, port):
        super().__init__()
        self.hand = Patient(port, "ravi")
        self.done, self.failed, self.over = [], [], threading.Event()

    def run(self):
        while not self.over.is_set():
            key = str(uuid.uuid4())
            step = {"key": key, "mode": "pack", "raw": f"SB{len(self.done) % 900 + 1:05}", "parent": None}
            try:
                self.scan_once(step | {"bill": None, "offline": False})
                self.done.append(key)
            except Exception as error:  # noqa: BLE001 - whatever it is, a request failed
                self.failed.append(repr(error))
        self.hand.browser.close()

    def scan_once(self, step):
        hand = self.hand
        hand.seq += 1
        now = "2026-11-24T09:00:00+05:30"
        step |= {"seq": hand.seq, "captured_at": now, "source": "wedge"}
        body = {"device": hand.device, "clock": now, "scans": [step]}
        reply = hand.browser.send("/api/v1/scans", body)
        assert (reply.status, reply.json()["results"][0]["key"]) == (200, step["key"])


def version(port):
    """Which code answers: "ok" is the old one's word."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as ask:
        ask.request("GET", "/health/live")
        return ask.getresponse().read().decode()


def test_old_and_new_side_by_side_without_a_failed_request(urls, new_code, listening):
    port = listening.getsockname()[1]
    with serving(settings.BASE_DIR, listening, urls) as old:
        assert version(port) == "ok"
        shift = [Shift(port) for _ in range(HANDS)]
        for hand in shift:
            hand.start()
        try:
            # Somebody reads for long: the release gives up, and the old version serves on.
            with psycopg.connect(urls["DATABASE_DIRECT_URL"]) as reader:
                reader.execute("SELECT count(*) FROM bags_bag")
                code, said = migrate(new_code, urls, "--attempts", "2")
            assert (code, "Finished steps are kept" in said) == (1, True), said
            code, said = migrate(new_code, urls)
            assert (code, "Applying bags.9999_colour... OK" in said) == (0, True), said
            with serving(new_code, listening, urls):
                assert eventually(lambda: version(port) == "new", 30)
                old.terminate()
                assert old.wait(30) == 0
                before = [len(hand.done) for hand in shift]
                assert eventually(
                    lambda: all(len(h.done) > n + 5 for h, n in zip(shift, before, strict=True))
                )
                assert {version(port) for _ in range(20)} == {"new"}
                finish(shift)
        finally:
            finish(shift)
    assert [hand.failed for hand in shift] == [[]] * HANDS
    acknowledged = sorted(key for hand in shift for key in hand.done)
    with psycopg.connect(urls["DATABASE_DIRECT_URL"]) as there:
        recorded = sorted(str(key) for (key,) in there.execute("SELECT key FROM bags_scan"))
    assert acknowledged == recorded
    assert len(acknowledged) > 100


def test_without_grace_requests_fail(urls, listening):
    """The twin: a server that is killed takes its requests along."""
    port = listening.getsockname()[1]
    with serving(settings.BASE_DIR, listening, urls) as old:
        shift = [Shift(port) for _ in range(HANDS)]
        for hand in shift:
            hand.start()
        try:
            assert eventually(lambda: all(len(hand.done) > 5 for hand in shift), 30)
            workers = psutil.Process(old.pid).children()
            for process in [psutil.Process(old.pid), *workers]:
                process.kill()
            assert eventually(lambda: any(hand.failed for hand in shift))
            with serving(settings.BASE_DIR, listening, urls):
                finish(shift)
        finally:
            finish(shift)


def finish(shift):
    for hand in shift:
        hand.over.set()
    for hand in shift:
        hand.join(20)
