"""How long what is kept of people."""

from datetime import datetime

from axes.models import AccessAttempt
from django.db.models import Model, QuerySet

from accounts.models import EmailChange, Notification, PromotionRequest
from audit.database import execute
from audit.retention import Rule


def _failed_jobs(before: datetime) -> int:
    return int(execute(f"SELECT count(*) {_FAILED}", [before])[0][0])


def _forget_failed_jobs(before: datetime) -> int:
    return len(execute(f"DELETE {_FAILED} RETURNING id", [before]))


_FAILED = """
  FROM procrastinate_jobs job
 WHERE job.status IN ('failed', 'cancelled', 'aborted')
   AND (SELECT max(event.at) FROM procrastinate_events event WHERE event.job_id = job.id) < %s
"""


def _rule(kind: str, what: str, rows: QuerySet[Model], at: str) -> Rule:
    """For rows that are gone once `at` is so long ago."""
    return Rule(
        kind=kind,
        what=what,
        count=lambda before: rows.filter(**{f"{at}__lt": before}).count(),
        forget=lambda before: rows.filter(**{f"{at}__lt": before}).delete()[0],
    )


RULES = [
    _rule("sign_in_failures", "sign-ins that failed", AccessAttempt.objects.all(), "attempt_time"),
    _rule("email_changes", "new e-mail addresses never confirmed", EmailChange.objects.all(), "asked_at"),
    _rule("notifications", "notifications, read or not", Notification.objects.all(), "created_at"),
    _rule("promotions", "answered promotion requests", PromotionRequest.objects.all(), "decided_at"),
    Rule(kind="failed_jobs", what="jobs that failed", count=_failed_jobs, forget=_forget_failed_jobs),
]
