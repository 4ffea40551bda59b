"""Sealing: every entry gets its place once, however many seal at once, and whoever still writes."""

import json

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from audit.models import Anchor, AuditLog, Seal
from audit.sealing import Told, anchor_file, oldest_unsealed, seal, seal_and_anchor
from audit.verifying import verify
from tests.scanning.racing import together

pytestmark = pytest.mark.django_db(transaction=True)


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
    name = connection.settings_dict["NAME"]
    with psycopg.connect(settings.DATABASE_URL, dbname=name) as slow:
        slow.execute(
            "INSERT INTO audit_auditlog (at, actor, action, target_type, target_id, target_label, after,"
            " reason, request_id)"
            " VALUES (now(), 'slow', 'recounted', 'bag', '1', 'SB00001', '{}', '', 'slow')"
        )
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
