"""How long the record of sent mails is kept."""

from datetime import datetime

from django.db.models import QuerySet

from audit.retention import Rule
from monitoring.models import DayMail


def _old(before: datetime) -> QuerySet[DayMail]:
    return DayMail.objects.filter(due_at__lt=before)


RULES = [
    Rule(
        kind="day_mails",
        what="reports that were mailed",
        count=lambda before: _old(before).count(),
        forget=lambda before: _old(before).delete()[0],
    )
]
