"""What is older than the days it is kept goes, kind by kind; addresses are shortened and the chain fits."""

import json
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.jobs import forget_what_is_old
from accounts.models import EmailChange, Notification, PromotionRequest
from accounts.operators import Operator
from accounts.promotion import ask_promotion, reject_promotion
from audit.database import played_at
from audit.log import Signature
from audit.models import AuditLog
from audit.sealing import seal_and_anchor
from audit.verifying import verify
from billing.services import create_bill
from monitoring.invariants import broken
from monitoring.models import DayMail
from tests.billing.conftest import everything

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESSES = {
    "203.0.113.77": "203.0.113.0/24",
    "2001:db8:12:34::5": "2001:db8:12::/48",
    "": "",
    "no address": "",
}


@pytest.fixture
def old(people):
    """Entries 31 days old from each of ADDRESSES, a young one, and one thing of each other kind."""
    now = timezone.now()
    for number, address in enumerate([*ADDRESSES, "203.0.113.99"]):
        by = Operator.of(people["kavya"], signature=Signature(actor="kavya", address=address))
        with played_at(now - timedelta(days=31 if number < len(ADDRESSES) else 29)):
            create_bill(number=f"B-{number}", by=by)
    long_ago = now - timedelta(days=1000)
    attempt = AccessAttempt.objects.create(username="ravi", ip_address="203.0.113.77", failures_since_start=1)
    AccessAttempt.objects.filter(pk=attempt.pk).update(attempt_time=long_ago)
    EmailChange.objects.create(user=people["ravi"], email="r@example.com", asked_at=long_ago)
    Notification.objects.create(user=people["ravi"], kind="role_changed", facts={}, created_at=long_ago)
    asked = {"reason": "x", "asked_at": long_ago}
    PromotionRequest.objects.create(user=people["ravi"], **asked)
    PromotionRequest.objects.create(
        user=people["ravi"],
        state="rejected",
        decided_by=people["asha"],
        decided_at=long_ago,
        answer="no",
        **asked,
    )
    DayMail.objects.create(day=long_ago.date(), recipient="a@example.com", due_at=long_ago, next_try_at=now)
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH job AS (INSERT INTO procrastinate_jobs (queue_name, task_name, args, status)"
            " VALUES ('default', 'x', '{}', 'failed') RETURNING id)"
            " SELECT id FROM job"
        )
        [job] = cursor.fetchone()
        cursor.execute("UPDATE procrastinate_events SET at = %s WHERE job_id = %s", [long_ago, job])
        cursor.execute(
            "INSERT INTO procrastinate_events (job_id, type, at) VALUES (%s, 'failed', %s)", [job, long_ago]
        )
    seal_and_anchor(at_once=True)


def told(*options, capsys):
    call_command("apply_retention", "--json", *options)
    return {one["kind"]: one["rows"] for one in json.loads(capsys.readouterr().out)}


ALL = {
    "addresses": 3,
    "sign_in_failures": 1,
    "email_changes": 1,
    "notifications": 1,
    "promotions": 1,
    "failed_jobs": 1,
    "day_mails": 1,
}


def addresses():
    return list(
        AuditLog.objects.filter(action="bill_created").order_by("pk").values_list("address", flat=True)
    )


def test_a_dry_run_tells_and_changes_nothing(old, capsys):
    before = everything()
    assert told("--dry-run", capsys=capsys) == ALL
    assert everything() == before


def test_what_is_old_goes_once(old, capsys):
    assert told(capsys=capsys) == ALL
    assert addresses() == [*ADDRESSES.values(), "203.0.113.99"]
    assert PromotionRequest.objects.get().state == "pending"
    assert told(capsys=capsys) == dict.fromkeys(ALL, 0)
    entries = AuditLog.objects.filter(action="retention_applied")
    assert {entry.target_id: entry.after["rows"] for entry in entries} == ALL
    assert verify().findings == []
    seal_and_anchor(at_once=True)
    assert verify().findings == []


def test_a_request_that_is_gone_leaves_its_entries_and_no_question(people, operator, capsys):
    asked = ask_promotion(reason="shift lead", by=operator("ravi"))
    reject_promotion(request_id=asked.pk, answer="later", by=operator("asha"))
    PromotionRequest.objects.update(decided_at=timezone.now() - timedelta(days=731))
    assert broken() == {}
    assert told(capsys=capsys)["promotions"] == 1
    assert not PromotionRequest.objects.exists()
    assert AuditLog.objects.filter(target_type="promotion").count() == 2
    assert broken() == {}


def test_the_worker_does_it_each_night(old):
    forget_what_is_old(timestamp=0)
    assert addresses()[0] == "203.0.113.0/24"
    assert AuditLog.objects.filter(action="retention_applied", actor="worker").count() == len(ALL)


def test_for_ever_is_for_ever(old, settings, capsys):
    settings.RETENTION_DAYS = dict.fromkeys(settings.RETENTION_DAYS, 0)
    before = everything()
    assert told(capsys=capsys) == dict.fromkeys(ALL, 0)
    assert everything() == before


def test_people_read_it_too(old, capsys):
    call_command("apply_retention", "--dry-run")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "         3 would go  whole network addresses in the audit log (kept 30 days)"
