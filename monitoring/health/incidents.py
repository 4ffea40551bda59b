"""Admins are told when something turns bad, once, and when it is good again, once, whoever looks."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.notifications import HEALTH_BAD, HEALTH_GOOD, admins, notify
from audit.database import execute
from monitoring.health.shape import Item, Level
from monitoring.models import Incident

logger = logging.getLogger(__name__)
# So long it must have been better before it is called good again: what flickers is one incident.
GOOD_FOR = timedelta(minutes=3)
# Later than this a mail is news no more.
MAILED_WITHIN = timedelta(days=1)

TITLES = {
    "database": _("Database"),
    "pool": _("Connections"),
    "slow_queries": _("Slow statements"),
    "locks": _("Locks"),
    "replication": _("Replicas"),
    "database_size": _("Database size"),
    "cache": _("Cache"),
    "memory": _("Memory and processors"),
    "disk": _("Disk"),
    "worker": _("Worker and jobs"),
    "errors": _("Errors"),
    "audit_seal_age": _("Audit seal"),
    "backup_age": _("Backup"),
    "devices": _("Devices with unsent scans"),
}

# One open row for each item: whoever inserts it tells; whoever comes second finds it there.
_BEGIN = """
INSERT INTO monitoring_incident (item, text, began_at) VALUES (%s, %s, %s)
    ON CONFLICT (item) WHERE ended_at IS NULL DO UPDATE SET good_since = NULL
RETURNING xmax = 0
"""
_BETTER = """
UPDATE monitoring_incident SET good_since = %s
 WHERE item = %s AND ended_at IS NULL AND good_since IS NULL
"""
_END = """
UPDATE monitoring_incident SET ended_at = %s
 WHERE item = %s AND ended_at IS NULL AND good_since <= %s RETURNING id
"""


def follow(items: Iterable[Item], now: datetime) -> None:
    """Begin and end incidents by what the items say now, and notify the admins of each, once."""
    for item in items:
        with transaction.atomic():
            if item.status == Level.BAD:
                _begin(item, now)
            else:
                _end(item, now)


def _begin(item: Item, now: datetime) -> None:
    if execute(_BEGIN, [item.name, item.text, now])[0][0]:
        _tell(HEALTH_BAD, item)


def _end(item: Item, now: datetime) -> None:
    execute(_BETTER, [now, item.name])
    if execute(_END, [now, item.name, now - GOOD_FOR]):
        _tell(HEALTH_GOOD, item)


def _tell(kind: str, item: Item) -> None:
    notify(admins(), kind, link=reverse("system"), item=str(TITLES[item.name]), text=item.text)


def send_incident_mails(now: datetime) -> None:
    """Mail what the mail server has not taken yet; what fails is tried again at the next call."""
    recent = Incident.objects.filter(began_at__gt=now - MAILED_WITHIN)
    for incident_id in recent.filter(bad_mailed_at=None).values_list("pk", flat=True):
        _mail(incident_id, "bad_mailed_at", now)
    ended = recent.filter(good_mailed_at=None, ended_at__isnull=False).exclude(bad_mailed_at=None)
    for incident_id in ended.values_list("pk", flat=True):
        _mail(incident_id, "good_mailed_at", now)


def _mail(incident_id: int, mark: str, now: datetime) -> None:
    """Send and mark in one transaction, as the day summary does: two workers never send the same mail."""
    try:
        with transaction.atomic():
            waiting = Incident.objects.select_for_update(skip_locked=True).filter(**{mark: None})
            if incident := waiting.filter(pk=incident_id).first():
                _message(incident, is_good=mark == "good_mailed_at").send()
                setattr(incident, mark, now)
                incident.save(update_fields=[mark])
    except OSError as error:  # all that smtplib raises is one, time-outs too
        logger.warning("mail about incident %s not sent: %s", incident_id, type(error).__name__)


def _message(incident: Incident, *, is_good: bool) -> EmailMessage:
    """To all admins that have an address; without any, an empty one that goes nowhere."""
    title = TITLES[incident.item]
    subject = _("TraitorTrack: {item} is good again") if is_good else _("TraitorTrack: {item} needs you now")
    words = {
        "title": title,
        "incident": incident,
        "is_good": is_good,
        "link": settings.PUBLIC_URL + reverse("system"),
    }
    return EmailMessage(
        subject=subject.format(item=title),
        body=render_to_string("monitoring/incident_mail.txt", words),
        to=list(admins().exclude(email="").order_by("pk").values_list("email", flat=True)),
        headers={"Auto-Submitted": "auto-generated"},
    )


def latest_incidents(limit: int = 20) -> list[dict[str, Any]]:
    """The last incidents, newest first: {"title", "text", "began_at", "ended_at" or None}."""
    rows = Incident.objects.order_by("-began_at").values("item", "text", "began_at", "ended_at")
    return [{**row, "title": TITLES.get(row["item"], row["item"])} for row in rows[:limit]]
