"""What waits for an admin, with the way to its rows. Each is counted no further than COUNT_UP_TO, by an index
or in a small table."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from accounts.models import PromotionRequest
from bags.importing.models import ImportBatch
from bags.models import Bag, Device, Recount, Scan
from monitoring.models import DayMail, Incident

COUNT_UP_TO = 100
IMPORTS_FAILED_FOR = timedelta(days=7)  # after that nobody will mend that file any more


@dataclass(frozen=True)
class Waiting:
    """`count` things of one kind; `is_more` when there are more than told."""

    name: Any
    count: int
    is_more: bool
    address: str


def waiting() -> list[Waiting]:
    """All kinds, those of which nothing waits too: an admin sees that it was looked for."""
    now = timezone.now()
    locked = {
        "failures_since_start__gte": settings.AXES_FAILURE_LIMIT,
        "attempt_time__gte": now - settings.AXES_COOLOFF_TIME,
    }
    failed = {"state__exact": ImportBatch.State.FAILED, "created_at__gte": now - IMPORTS_FAILED_FOR}
    asked = {"state__exact": PromotionRequest.State.PENDING}
    unsent_mail = {"attempts__gt": 0, "sent_at__isnull": True}
    return [
        _counted(_("Conflicts"), Scan.objects.open_conflicts(), reverse("conflict-list")),
        _counted(_("Sacks to count again"), Bag.objects.filter(needs_recount=True), reverse("conflict-list")),
        _counted(
            _("Recounts with differences"),
            Recount.objects.to_decide(),
            f"{reverse('recount-list')}?show=undecided",
        ),
        _counted(_("Devices with unsent scans"), Device.objects.filter(unsent__gt=0), reverse("device-list")),
        _filtered(_("Files that did not go in, 7 days"), ImportBatch, failed),
        _filtered(_("Requests to become admin"), PromotionRequest, asked),
        _filtered(_("Names that are locked now"), AccessAttempt, locked),
        _filtered(_("Daily e-mails that were not sent"), DayMail, unsent_mail),
        _counted(
            _("Parts of the system that are bad"), Incident.objects.filter(ended_at=None), reverse("system")
        ),
    ]


def _filtered(name: Any, model: Any, lookups: dict[str, Any]) -> Waiting:
    """The Django admin's list shows what the same lookups find."""
    base = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return _counted(name, model.objects.filter(**lookups), f"{base}?{urlencode(lookups)}")


def _counted(name: Any, rows: QuerySet[Any], address: str) -> Waiting:
    count = rows.order_by()[: COUNT_UP_TO + 1].count()
    return Waiting(name, min(count, COUNT_UP_TO), count > COUNT_UP_TO, address)
