"""Shifts of scans with the right answers, against a real gunicorn, also while its workers are killed."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from django.db import connection

from accounts.models import User
from bags.models import Scan
from monitoring.models import StatisticsCache
from monitoring.statistics.folding import fold
from tests.gunicorn import running
from tests.soak.browser import Browser, Unanswered

TAPES = Path("../shared/data")
REPLAY = Path("../shared/tools/replay.py")
PACE = 0.05  # s between two scans, so that a fast machine is killed often enough too
PASSWORD = "Tape-pass-2026!x"
pytestmark = pytest.mark.django_db(transaction=True)


def database_url():
    database = connection.settings_dict
    place = f"{database['USER']}@:{database['PORT']}/{database['NAME']}"
    return f"postgresql://{place}?host={database['OPTIONS']['host']}"


@pytest.fixture
def server(people, settings):
    """A real gunicorn that serves the test database; yields (port, process)."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
    with running(
        DATABASE_URL=database_url(), REDIS_URL=settings.REDIS_URL, SCAN_RATE_LIMIT="off", DEBUG="1"
    ) as served:
        yield served


def read_tape(tape):
    return [json.loads(line) for line in tape.read_text(encoding="utf-8").splitlines()]


def make_users(tape):
    for name, facts in read_tape(tape)[0]["users"].items():
        User.objects.create_user(name, PASSWORD, role=facts["role"], area_id=facts["area"])


@pytest.mark.parametrize(("name", "batch"), [("tape-0-short", 1), ("tape-0-short", 50), ("tape-1", 50)])
def test_every_answer_is_the_tapes(server, holds, name, batch):
    tape = TAPES / f"{name}.jsonl"
    make_users(tape)
    played = subprocess.run(
        [sys.executable, REPLAY, f"http://127.0.0.1:{server[0]}", tape, "--batch", str(batch)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert played.returncode == 0, played.stdout[-3000:]
    holds()


class Patient:
    """A client that sends the same call again until it is answered: its keys make that harmless."""

    def __init__(self, port, name):
        self.browser, self.device, self.seq = Browser(port, name, PASSWORD), str(uuid.uuid4()), 0
        self.browser.sign_in()

    def call(self, method, path, body=None):
        """The first whole answer that is no trouble of the server's."""
        for _ in range(200):
            with suppress(Unanswered):
                reply = self.browser.call(method, path, body)
                if reply.status < 500:
                    return reply.json()
            time.sleep(0.05)
        raise AssertionError(f"{method} {path} was never answered")

    def send(self, path, body):
        return self.call("POST", path, json.dumps(body))

    def scan(self, scan):
        if "seq" not in scan:
            self.seq += 1
            scan |= {"seq": self.seq, "captured_at": "2026-11-24T09:00:00+05:30", "source": "wedge"}
        body = {"device": self.device, "clock": "2026-11-24T09:00:00+05:30", "scans": [scan]}
        return self.send("/api/v1/scans", body)["results"][0]

    def undo(self, step):
        named = {"scan": step["scan"]} if step["scan"] else {}
        return self.send("/api/unlink_child", {"key": step["key"], "device": self.device} | named)

    def bill(self, step):
        if step["op"] == "bill_create":
            facts = {"number": step["number"], "target": step["target"]}
            return self.send("/api/v1/bills", facts)
        path = f"/api/v1/bills/{step['number']}"
        if step["op"] == "bill_get":
            return self.call("GET", path)
        return self.send(f"{path}/{step['op'][5:]}", {"reason": step["reason"]})


def differs(step, got):
    """Where an answer is not the tape's; whether it was a replay depends on the killing."""
    parent = got.get("parent") or {}
    flat = {**got, **{name: parent.get(name) for name in ("count", "limit", "state")}}
    flat["parent"] = parent.get("qr_id")
    expect = {name: value for name, value in step["expect"].items() if name != "replayed"}
    return {name: (value, flat.get(name)) for name, value in expect.items() if flat.get(name) != value}


def kill_workers(master, stop, killed):
    """SIGKILL one worker every 0.4 s, for at most two minutes."""
    for _ in range(300):
        if stop.wait(0.4):
            return
        if workers := psutil.Process(master).children():
            os.kill(workers[0].pid, signal.SIGKILL)
            killed.append(workers[0].pid)


FOLDING = """
import time, django
django.setup()
from monitoring.statistics.folding import fold
while True:
    fold()
    time.sleep(0.02)
"""


def kill_folders(database, stop, killed):
    """A process that folds the statistics without a pause, killed every two seconds."""
    while not stop.is_set():
        folder = subprocess.Popen(
            [sys.executable, "-c", FOLDING],
            env={**os.environ, "DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "traitortrack.settings"},
        )
        stop.wait(2)
        folder.kill()
        folder.wait(10)
        killed.append(folder.pid)


def test_workers_killed_every_400_ms_lose_and_double_nothing(server, holds):
    port, process = server
    tape = TAPES / "tape-0-short.jsonl"
    make_users(tape)
    first, *steps = read_tape(tape)
    hands = {name: Patient(port, name) for name in first["users"]}
    stop, killed, acknowledged, wrong = threading.Event(), [], set(), []
    folders = []
    killers = [
        threading.Thread(target=kill_workers, args=(process.pid, stop, killed)),
        threading.Thread(target=kill_folders, args=(database_url(), stop, folders)),
    ]
    for killer in killers:
        killer.start()
    sent = {}
    try:
        for step in steps:
            time.sleep(PACE)
            if step["op"] in ("scan", "undo"):
                hand = hands[step["as"]]
                scan = step.get("scan")
                got = (
                    hand.scan(sent.setdefault(scan["key"], scan)) if step["op"] == "scan" else hand.undo(step)
                )
                acknowledged.add(got["key"])
                wrong += [(step, bad)] if (bad := differs(step, got)) else []
            elif step["op"].startswith("bill_"):
                # A bill's number, not a key, makes its repetition harmless: only its effect is compared.
                hands[step["as"]].bill(step)
    finally:
        stop.set()
        for killer in killers:
            killer.join()
        for hand in hands.values():
            hand.browser.close()
    assert wrong == []
    assert len(killed) >= 5
    assert len(folders) >= 5
    assert StatisticsCache.objects.get().numbers
    fold()
    assert sorted(acknowledged) == sorted(str(key) for key in Scan.objects.values_list("key", flat=True))
    holds()
