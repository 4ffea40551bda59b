"""What people are told, one function for each thing that can be done with it."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from accounts.models import Notification, Role, User
from accounts.paging import keyset_page
from audit.database import database_now

LOCKS_TOLD_EVERY = timedelta(hours=1)
COUNT_UP_TO = 99

# Every kind and its words. A stored notification keeps its kind, so a name here never changes its meaning.
PROMOTION_ASKED = "promotion_asked"
PROMOTION_APPROVED = "promotion_approved"
PROMOTION_REJECTED = "promotion_rejected"
ROLE_CHANGED = "role_changed"
NAME_LOCKED = "name_locked"
IMPORT_FINISHED = "import_finished"
EXPORT_READY = "export_ready"
SCAN_CONFLICT = "scan_conflict"
BILL_REOPENED = "bill_reopened"
HEALTH_BAD = "health_bad"
HEALTH_GOOD = "health_good"
IMPORT_FAILED = "import_failed"
CODE_APP_SET_UP = "code_app_set_up"
WORDS = {
    PROMOTION_ASKED: gettext_noop("{name} asks to become admin."),
    PROMOTION_APPROVED: gettext_noop("You are an admin now. {by} said yes to your request."),
    PROMOTION_REJECTED: gettext_noop("{by} said no to your request to become admin: {answer}"),
    ROLE_CHANGED: gettext_noop("{by} changed what you may do. Your role is {role} now."),
    NAME_LOCKED: gettext_noop("Too many wrong passwords for {name}. It is locked at that place for a while."),
    IMPORT_FINISHED: gettext_noop("Your import of {file} is finished."),
    EXPORT_READY: gettext_noop("Your file {file} is ready: {rows} rows."),
    SCAN_CONFLICT: gettext_noop("{count} of your offline scans did not fit. Somebody has to look at them."),
    BILL_REOPENED: gettext_noop("Bill {number} was opened again by {by}: {reason}"),
    HEALTH_BAD: gettext_noop("{item} needs you now. {text}"),
    HEALTH_GOOD: gettext_noop("{item} is good again. {text}"),
    IMPORT_FAILED: gettext_noop("Your import of {file} did not go in. Its page says why."),
    CODE_APP_SET_UP: gettext_noop("A code app was set up for you. If it was not you, tell an admin at once."),
}


def notify(users: Iterable[User | int], kind: str, *, link: str = "", **facts: str | int) -> None:
    """Tell each of the users (or user ids), inside the transaction of what happened.

    `facts` fill the words of the kind; `link` is the address of one of our pages. Raises KeyError for an
    unknown kind or a missing fact.
    """
    WORDS[kind].format(**facts)
    now = database_now()
    ids = {user.pk if isinstance(user, User) else user for user in users}
    Notification.objects.bulk_create(
        Notification(user_id=pk, kind=kind, facts=facts, link=link, created_at=now) for pk in sorted(ids)
    )


def tell_of_lock(*, name: str) -> None:
    """Tell the admins that too many wrong passwords were tried for a name, if it is one of ours.

    Once in LOCKS_TOLD_EVERY for each name: an attack is no reason to bury them."""
    user = User.objects.filter(username__iexact=name, is_active=True).first()
    since = timezone.now() - LOCKS_TOLD_EVERY
    told = Notification.objects.filter(kind=NAME_LOCKED, created_at__gt=since)
    if user and not told.filter(facts__name=user.username).exists():
        notify(admins(), NAME_LOCKED, link=reverse("user", args=[user.pk]), name=user.username)


def admins() -> QuerySet[User]:
    """Those who are told of what an admin has to do."""
    return User.objects.filter(role=Role.ADMIN, is_active=True)


def count_unread(*, user_id: int) -> int:
    """How many wait, counted up to COUNT_UP_TO + 1."""
    return Notification.objects.filter(user_id=user_id, read_at=None)[: COUNT_UP_TO + 1].count()


def list_notifications(*, user_id: int, after: str | None, limit: int) -> dict[str, Any]:
    """A page of what a person was told, newest first, as accounts.paging gives it."""
    rows = Notification.objects.filter(user_id=user_id)
    return keyset_page(rows, after=after, limit=limit, describe=_told)


def _told(one: Notification) -> dict[str, Any]:
    return {
        "id": one.pk,
        "kind": one.kind,
        "text": gettext(WORDS[one.kind]).format(**one.facts),
        "link": one.link,
        "created_at": one.created_at,
        "is_read": one.read_at is not None,
    }


def read_notification(*, user_id: int, notification_id: int) -> Notification | None:
    """Mark one of the person's own as read; read again, it stays as it was. None if it is not theirs."""
    found = Notification.objects.filter(user_id=user_id, pk=notification_id).first()
    if found and found.read_at is None:
        Notification.objects.filter(pk=found.pk, read_at=None).update(read_at=timezone.now())
    return found


def read_all(*, user_id: int) -> int:
    """Mark all as read; returns how many were not."""
    return Notification.objects.filter(user_id=user_id, read_at=None).update(read_at=timezone.now())
