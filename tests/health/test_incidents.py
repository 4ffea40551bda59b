"""Admins are told once when something turns bad and once when it is good again, however often one looks."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import Notification, Role, User
from monitoring.health import incidents
from monitoring.health.history import charted_samples, growth
from monitoring.health.incidents import follow, send_incident_mails
from monitoring.health.shape import Item, Level
from monitoring.jobs import watch_health
from monitoring.models import DaySize, ErrorCount, HealthSample, Incident
from tests.scanning.racing import together

pytestmark = pytest.mark.django_db(transaction=True)

BAD = Item("pool", Level.BAD, "95 of 97 connections in use.")
WARN = Item("pool", Level.WARN, "70 of 97 connections in use.")
GOOD = Item("pool", Level.OK, "5 of 97 connections in use.")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def begun(people):
    User.objects.filter(username="asha").update(email="asha@example.com")
    return timezone.now()


def told():
    rows = Notification.objects.order_by("pk")
    return list(rows.values_list("user__username", "kind", "facts__text", "link"))


def test_bad_is_told_once_and_good_again_once(begun):
    for minute, one in enumerate([GOOD, WARN, BAD, BAD, WARN, GOOD, GOOD, GOOD, GOOD]):
        follow([one], begun + minute * MINUTE)
    assert told() == [
        ("asha", "health_bad", BAD.text, "/system/"),
        ("asha", "health_good", GOOD.text, "/system/"),
    ]
    incident = Incident.objects.get()
    assert (incident.began_at, incident.ended_at) == (begun + 2 * MINUTE, begun + 7 * MINUTE)
    follow([BAD], begun + 60 * MINUTE)
    assert Incident.objects.count() == 2


def test_what_flickers_is_one_incident(begun):
    for minute, one in enumerate([BAD, GOOD, GOOD, BAD, GOOD, BAD, GOOD]):
        follow([one], begun + minute * MINUTE)
    assert (len(told()), Incident.objects.filter(ended_at=None).count()) == (1, 1)


def test_only_active_admins_are_told(begun, people):
    User.objects.create_user("usha", role=Role.ADMIN, is_active=False, email="usha@example.com")
    User.objects.create_user("indu", role=Role.ADMIN, email="indu@example.com")
    follow([BAD], begun)
    send_incident_mails(begun)
    assert {name for name, *_ in told()} == {"asha", "indu"}
    assert mail.outbox[0].to == ["asha@example.com", "indu@example.com"]


def test_two_workers_at_once_tell_once(begun):
    for _round in range(5):
        together(*[lambda: follow([BAD], begun)] * 4)
        assert [kind for _, kind, *_ in told()] == ["health_bad"]
        assert Incident.objects.count() == 1
        together(*[lambda: follow([GOOD], begun + MINUTE)] * 4)
        together(*[lambda: follow([GOOD], begun + 5 * MINUTE)] * 4)
        assert [kind for _, kind, *_ in told()] == ["health_bad", "health_good"]
        Notification.objects.all().delete()
        Incident.objects.all().delete()


def test_without_the_open_row_they_tell_twice(begun, monkeypatch):
    """The twin: an incident begins wherever none is seen."""
    blind = "INSERT INTO monitoring_incident (item, text, began_at, ended_at) VALUES (%s, %s, %s, now())"
    monkeypatch.setattr(incidents, "_BEGIN", f"{blind} RETURNING true")
    together(*[lambda: follow([BAD], begun)] * 4)
    assert [kind for _, kind, *_ in told()] == ["health_bad"] * 4


def test_each_mail_goes_out_once(begun):
    follow([BAD], begun)
    together(*[lambda: send_incident_mails(begun)] * 4)
    send_incident_mails(begun)
    for minute in (1, 5):
        follow([GOOD], begun + minute * MINUTE)
    together(*[lambda: send_incident_mails(begun + 5 * MINUTE)] * 4)
    assert [sent.subject for sent in mail.outbox] == [
        "TraitorTrack: Connections needs you now",
        "TraitorTrack: Connections is good again",
    ]
    assert BAD.text in mail.outbox[0].body
    assert "/system/" in mail.outbox[0].body


def test_a_mail_server_that_is_away_is_tried_again(begun, settings):
    follow([BAD], begun)
    settings.EMAIL_BACKEND, settings.EMAIL_PORT = "django.core.mail.backends.smtp.EmailBackend", 1
    settings.EMAIL_HOST = "127.0.0.1"
    send_incident_mails(begun)
    assert Incident.objects.get().bad_mailed_at is None
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    send_incident_mails(begun + MINUTE)
    assert (len(mail.outbox), Incident.objects.get().bad_mailed_at) == (1, begun + MINUTE)


def test_without_an_address_the_notification_remains(people):
    follow([BAD], timezone.now())
    send_incident_mails(timezone.now())
    assert (mail.outbox, len(told())) == ([], 1)
    assert Incident.objects.get().bad_mailed_at is not None


def test_the_job_keeps_and_tells(people, begun, settings):
    settings.HEALTH_LIMITS = {**settings.HEALTH_LIMITS, "database_ms": (0, 0)}
    old = begun - timedelta(days=9)
    HealthSample.objects.create(minute=old, numbers={})
    ErrorCount.objects.create(minute=old, kind="ValueError", times=1)
    together(*[lambda: watch_health(timestamp=0)] * 2)
    assert HealthSample.objects.count() == 1
    assert charted_samples()[0]["connections"] >= 1
    assert ErrorCount.objects.count() == 0
    assert Incident.objects.filter(item="database").count() == 1
    assert len([sent for sent in mail.outbox if "Database" in sent.subject]) == 1
    assert DaySize.objects.get().size > 10**6
    assert Notification.objects.filter(facts__item="Database").count() == 1


def test_growth_is_the_difference_of_days():
    today = timezone.localdate()
    for ago, size in ((3, 100), (2, 140), (0, 130)):
        DaySize.objects.create(day=today - timedelta(days=ago), size=size, tables={})
    assert [(day["size"], day["grown"]) for day in growth()] == [(130, -10), (140, 40), (100, None)]
