from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Area


class DayMail(models.Model):
    """The e-mail about one day to one recipient: made when it falls due, once, and tried until it is sent.

    `sent_at` is empty until the mail server took it. `next_try_at` is when it may be tried (again);
    `attempts` counts the failures, `last_error` tells the last one.
    """

    day = models.DateField(_("day"))
    recipient = models.EmailField(_("recipient"))
    due_at = models.DateTimeField(_("due"))
    next_try_at = models.DateTimeField(_("next try"))
    attempts = models.PositiveSmallIntegerField(_("failed attempts"), default=0)
    last_error = models.TextField(_("last error"), blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True)

    class Meta:
        verbose_name = _("day summary e-mail")
        verbose_name_plural = _("day summary e-mails")
        constraints = [models.UniqueConstraint(fields=["day", "recipient"], name="day_mail_once")]

    def __str__(self) -> str:
        return f"{self.day} to {self.recipient}"


class StatisticsCache(models.Model):
    """The single row that the dashboard reads.

    `numbers` holds a count for each key: `bags|area|kind or state`, `bills|state`, and of today's scans
    `hour|YYYY-MM-DDTHH|area|operator id` and `code|YYYY-MM-DD|code|area|operator id`. The area is the sack's,
    empty where the scan concerns none. Days and hours are those of `zone`, the setting TIME_ZONE.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    numbers = models.JSONField(_("numbers"))
    zone = models.CharField(_("time zone of its days"), max_length=64)
    folded_at = models.DateTimeField(_("last folded"))
    reconciled_at = models.DateTimeField(_("last counted anew"))

    class Meta:
        verbose_name = _("statistics cache")
        verbose_name_plural = _("statistics cache")
        constraints = [models.CheckConstraint(name="statistics_cache_is_one_row", condition=Q(id=1))]

    def __str__(self) -> str:
        return f"as folded at {self.folded_at}"


class StatisticsDelta(models.Model):
    """A change that the StatisticsCache has yet to count: written by triggers in the transaction of the
    change, gone in the one that folds it. `quarter` and `operator_id` only where scans are counted."""

    at = models.DateTimeField(db_default=Now())
    measure = models.CharField(_("what is counted"), max_length=8)
    area = models.CharField(_("area"), max_length=50)
    label = models.CharField(_("kind, state or code"), max_length=24)
    quarter = models.DateTimeField(_("quarter of an hour"), null=True)
    operator_id = models.BigIntegerField(_("operator"), null=True)
    amount = models.IntegerField(_("how many more"))

    class Meta:
        verbose_name = _("statistics delta")
        verbose_name_plural = _("statistics deltas")

    def __str__(self) -> str:
        return f"{self.amount:+} {self.measure} {self.label}"


class WallboardLink(models.Model):
    """Opens the wallboard on a screen where nobody signs in, until an admin takes it back. Never deleted.

    Of the token in its address only a hash is kept. With an `area` it shows that area alone.
    """

    name = models.CharField(_("where it hangs"), max_length=80)
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, blank=True, db_index=False, verbose_name=_("area")
    )
    token_hash = models.CharField(_("hash of the token"), max_length=64, unique=True)
    created_at = models.DateTimeField(_("made"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+", verbose_name=_("by")
    )
    revoked_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("by"),
    )

    class Meta:
        verbose_name = _("wallboard link")
        verbose_name_plural = _("wallboard links")
        constraints = [
            models.CheckConstraint(
                name="wallboard_link_end_is_complete",
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.name
