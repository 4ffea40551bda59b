"""Sealing: every entry gets its place once, however many seal at once, and whoever still writes."""

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from audit import sealing
from audit.models import Anchor, AuditLog, Seal
from audit.sealing import Told, anchor_file, oldest_unsealed, seal, seal_and_anchor
from audit.verifying import verify
from tests.owner import owner
from tests.scanning.racing import together

pytestmark = pytest.mark.django_db(transaction=True)

MANY_ENTRIES = """
INSERT INTO audit_auditlog
       (at, actor, action, target_type, target_id, target_label, after, reason, request_id)
SELECT now(), 'ravi', 'day_mail_sent', 'day_mail', n::text, 'many', '{"n": 1}', '', 'many'
  FROM generate_series(1, 3000) n
"""


def url_of_tests():
    """The app's, for another process."""
    return urlunsplit(urlsplit(settings.DATABASE_URL)._replace(path=f"/{connection.settings_dict['NAME']}"))


@contextlib.contextmanager
def slow_writer():
    """Somebody who has written an entry and does not commit."""
    with psycopg.connect(settings.DATABASE_URL, dbname=connection.settings_dict["NAME"]) as slow:
        slow.execute(MANY_ENTRIES.replace("3000", "1"))
        yield slow


def places():
    return list(Seal.objects.order_by("position").values_list("position", "entry"))


def test_each_entry_gets_its_place_once(fill):
    fill("ravi", "SB00001", 3)
    assert oldest_unsealed() == AuditLog.objects.earliest("at").at
    assert (seal(), seal()) == (4, 0)
    fill("ravi", "SB00002", 1)
    assert seal() == 2
    ids = AuditLog.objects.order_by("pk").values_list("pk", flat=True)
    assert places() == list(enumerate(ids, start=1))
    assert oldest_unsealed() is None
    assert (verify().bad, verify().sealed) == (0, 6)


def test_ten_at_once_seal_each_entry_once(fill, holds):
    fill("ravi", "SB00001", 30)
    assert sum(together(*[seal] * 10)) == 32
    assert [place for place, _entry in places()] == list(range(1, 33))
    holds()


def test_chunks_follow_each_other(fill, monkeypatch):
    monkeypatch.setattr("audit.sealing.CHUNK", 3)
    fill("ravi", "SB00001", 6)
    assert seal() == 7
    assert verify().bad == 0


def test_who_takes_long_gets_a_later_place_and_is_not_forgotten(fill, people):
    """An entry with a lower id that becomes visible after higher ones are sealed and anchored."""
    fill("ravi", "SB00001", 1)
    with slow_writer() as slow:
        fill("ravi", "SB00002", 1)
        assert seal_and_anchor(at_once=True) == 4
        assert Anchor.objects.get().through == 0, "somebody still writes: nothing below is certain"
        slow.commit()
    assert seal_and_anchor(at_once=True) == 1
    assert [entry for _place, entry in places()] != sorted(entry for _place, entry in places())
    assert Anchor.objects.latest("pk").through == max(entry for _place, entry in places())
    assert verify().bad == 0


def test_an_anchor_every_five_minutes_in_the_table_and_in_the_file(fill):
    fill("ravi", "SB00001", 1)
    seal_and_anchor()
    seal_and_anchor()  # nothing new, and too early
    fill("ravi", "SB00002", 1)
    seal_and_anchor()  # too early
    assert Anchor.objects.count() == 1
    seal_and_anchor(at_once=True)
    assert list(Anchor.objects.order_by("pk").values_list("count", flat=True)) == [2, 4]
    lines = [json.loads(line) for line in anchor_file().read_text().splitlines()]
    assert [Told(**line) for line in lines] == [Told.of(anchor) for anchor in Anchor.objects.order_by("pk")]
    assert all(Told(**line).is_ours for line in lines)
    assert anchor_file().stat().st_mode & 0o777 == 0o600
    assert verify().anchors == 4


def test_the_command_says_what_it_did(fill, capsys):
    fill("ravi", "SB00001", 1)
    call_command("audit_seal", "--anchor")
    assert "Sealed: 2" in capsys.readouterr().err
    assert Anchor.objects.count() == 1


def test_an_entry_that_was_rolled_back_has_no_place(fill):
    fill("ravi", "SB00001", 1)
    with transaction.atomic():
        fill("ravi", "SB00003", 1)
        transaction.set_rollback(True)
    fill("ravi", "SB00002", 1)
    assert seal() == 4
    assert verify().bad == 0


def test_at_once_without_the_lock_they_get_into_each_others_way(fill, monkeypatch):
    """The twin of ten at once."""
    fill("ravi", "SB00001", 30)
    meet = threading.Barrier(3, timeout=20)
    end_of_chain = sealing._end_of_chain

    def all_at_the_same_end():
        end = end_of_chain()
        with contextlib.suppress(threading.BrokenBarrierError):
            meet.wait()
        return end

    monkeypatch.setattr(sealing, "_is_our_turn", lambda: True)
    monkeypatch.setattr(sealing, "_end_of_chain", all_at_the_same_end)
    results = together(*[seal] * 3)
    assert sum(isinstance(result, IntegrityError) for result in results) == 2, results


def test_without_waiting_for_who_still_writes_an_entry_is_taken_for_a_forged_one(fill, monkeypatch):
    """The twin of whoever takes long."""
    fill("ravi", "SB00001", 1)
    monkeypatch.setattr(sealing, "_writers", set)
    with slow_writer() as slow:
        fill("ravi", "SB00002", 1)
        seal_and_anchor(at_once=True)
        slow.commit()
    assert seal_and_anchor(at_once=True) == 0
    assert [finding.code for finding in verify().findings] == ["put_in"]


SEAL_ON = """
import os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "traitortrack.settings"
django.setup()
from audit.sealing import seal_and_anchor
print("begun", flush=True)
while True:
    seal_and_anchor(at_once=True)
"""


def test_killed_again_and_again_under_load(people, fill, holds, settings):
    """What a killed one left half-done is gone, and the next one begins where the last one ended."""
    environment = {
        **os.environ,
        "DATABASE_URL": url_of_tests(),
        "AUDIT_ANCHORS": str(settings.AUDIT_ANCHORS),
        "TRAITORTRACK_HOME": str(settings.HOME),
    }
    stop = threading.Event()
    scanned = []

    def scan_on():
        try:
            while not stop.is_set():
                number = len(scanned)
                scanned.append(fill("ravi", f"SB{number:05}", 2)["code"])
        finally:
            connection.close()

    scanner = threading.Thread(target=scan_on)
    scanner.start()
    try:
        for wait in (0.01, 0.05, 0.1, 0.2):
            with owner() as by_owner:  # enough to be in the middle of it
                by_owner.execute(MANY_ENTRIES)
            sealer = subprocess.Popen(
                [sys.executable, "-c", SEAL_ON],
                env=environment,
                cwd=settings.BASE_DIR,
                stdout=subprocess.PIPE,
            )
            assert sealer.stdout.readline() == b"begun\n"
            time.sleep(wait)
            sealer.kill()
            sealer.wait()
            sealer.stdout.close()
    finally:
        stop.set()
        scanner.join()
    seal_and_anchor(at_once=True)
    report = verify()
    assert (report.bad, report.unsealed, report.sealed) == (0, 0, AuditLog.objects.count())
    assert len(scanned) > 4
