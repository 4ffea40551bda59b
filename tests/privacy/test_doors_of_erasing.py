"""The database lets erasing through and nothing else: whoever calls its functions otherwise is refused, or
found."""

import json
import uuid
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from audit.models import AuditLog
from audit.sealing import seal_and_anchor
from audit.verifying import verify

pytestmark = pytest.mark.django_db(transaction=True)
HASH = "00" * 32


@pytest.fixture
def entry(fill):
    fill("ravi", "SB00001", 1)
    seal_and_anchor(at_once=True)
    return AuditLog.objects.order_by("pk")[0].pk


@pytest.fixture
def app(entry):
    name = connection.settings_dict["NAME"]
    with psycopg.connect(settings.DATABASE_URL, dbname=name, autocommit=True) as by_app:
        yield by_app


def erase(app, erasure, **change):
    app.execute("SELECT traitortrack_erase(%s::uuid, %s::jsonb)", [erasure, json.dumps([change])])


WHAT: dict[str, Any] = {"what": HASH, "target_label": "x", "before": None, "after": {}, "reason": ""}


@pytest.mark.parametrize(
    ("with_erasure", "change"),
    [
        (True, {"who": HASH, "actor": "meena", "on_behalf_of": ""}),
        (True, {"who": HASH, "actor": "ravi", "on_behalf_of": "meena"}),
        (True, {"address_was": HASH, "address": "10.9.8.0/24"}),
        (False, {"who": HASH, "actor": "person-00000000", "on_behalf_of": ""}),
        (False, WHAT),
        (False, {"address_was": HASH, "address": "10.9.8.7"}),
    ],
)
def test_what_is_no_erasing_is_refused(app, entry, with_erasure, change):
    before = list(AuditLog.objects.order_by("pk").values())
    with pytest.raises(psycopg.Error, match="this is no erasing"):
        erase(app, uuid.uuid4() if with_erasure else None, entry=entry, **change)
    assert list(AuditLog.objects.order_by("pk").values()) == before
    assert verify().findings == []


def test_an_entry_that_is_not_sealed_is_refused(app, fill):
    fill("ravi", "SB00002", 1)
    newest = AuditLog.objects.latest("pk").pk
    with pytest.raises(psycopg.Error, match="only sealed entries"):
        erase(app, uuid.uuid4(), entry=newest, **WHAT)


@pytest.mark.parametrize(
    "change",
    [
        WHAT,
        {"who": HASH, "actor": "person-00000000", "on_behalf_of": ""},
        {"address_was": HASH, "address": ""},
    ],
)
def test_a_lie_about_what_was_there_is_found(app, entry, change):
    erase(app, uuid.uuid4(), entry=entry, **change)
    assert "changed" in {finding.code for finding in verify().findings}


def test_the_setting_alone_opens_nothing(app, entry):
    app.execute("SELECT set_config('traitortrack.erasing', 'audit_auditlog', false)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("UPDATE audit_auditlog SET reason = 'x'")
