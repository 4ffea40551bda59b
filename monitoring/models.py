from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Area


class DayMail(models.Model):
    """The e-mail with the report `kind` of one day to one recipient: made when it falls due, once, and tried
    until it is sent.

    `sent_at` is empty until the mail server took it. `next_try_at` is when it may be tried (again);
    `attempts` counts the failures, `last_error` tells the last one.
    """

    class Kind(models.TextChoices):
        """Named as the report is (monitoring.reports.catalogue)."""

        DAY = "day", _("Day summary")
        EXCEPTIONS = "exceptions", _("Exceptions")

    # The default is the database's own: a worker of the version before knows and writes no kind.
    kind = models.CharField(_("report"), max_length=10, choices=Kind, db_default=Kind.DAY)
    day = models.DateField(_("day"))
    recipient = models.EmailField(_("recipient"))
    due_at = models.DateTimeField(_("due"))
    next_try_at = models.DateTimeField(_("next try"))
    attempts = models.PositiveSmallIntegerField(_("failed attempts"), default=0)
    last_error = models.TextField(_("last error"), blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True)

    class Meta:
        verbose_name = _("daily e-mail")
        verbose_name_plural = _("daily e-mails")
        constraints = [
            models.UniqueConstraint(fields=["day", "recipient", "kind"], name="day_mail_once_of_its_kind")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.day} to {self.recipient}"


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


class ErrorCount(models.Model):
    """How often something of one kind went wrong in one minute: requests answered with 500 and above, by the
    exception's name or `unavailable`. No text of anybody stands here; the log tells more by request id."""

    minute = models.DateTimeField(_("minute"))
    kind = models.CharField(_("kind"), max_length=80)
    times = models.PositiveIntegerField(_("times"))

    class Meta:
        verbose_name = _("error count")
        verbose_name_plural = _("error counts")
        constraints = [models.UniqueConstraint(fields=["minute", "kind"], name="error_count_once")]

    def __str__(self) -> str:
        return f"{self.minute:%H:%M} {self.kind}: {self.times}"


class HealthSample(models.Model):
    """The numbers of one minute, from which the system page draws its charts. Kept for two days."""

    minute = models.DateTimeField(_("minute"), primary_key=True)
    numbers = models.JSONField(_("numbers"))

    class Meta:
        verbose_name = _("health sample")
        verbose_name_plural = _("health samples")

    def __str__(self) -> str:
        return f"{self.minute:%Y-%m-%d %H:%M}"


class DaySize(models.Model):
    """How large the database was on one day, in bytes, as last seen that day; `tables` by their names."""

    day = models.DateField(_("day"), primary_key=True)
    size = models.BigIntegerField(_("bytes"))
    tables = models.JSONField(_("bytes by table"))

    class Meta:
        verbose_name = _("size of a day")
        verbose_name_plural = _("sizes of days")

    def __str__(self) -> str:
        return f"{self.day}: {self.size}"


class Incident(models.Model):
    """One thing was bad, from `began_at` until `ended_at` (open while empty). The admins are told twice: when
    it begins, and when it has been good again for a while; `good_since` is when that while began.

    `bad_mailed_at` and `good_mailed_at` are empty until the mail server took the two mails.
    """

    item = models.CharField(_("what"), max_length=40)
    text = models.TextField(_("as it was told"))
    began_at = models.DateTimeField(_("began"))
    good_since = models.DateTimeField(_("good since"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    bad_mailed_at = models.DateTimeField(_("mailed"), null=True)
    good_mailed_at = models.DateTimeField(_("good again mailed"), null=True)

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        constraints = [
            models.UniqueConstraint(
                fields=["item"], name="incident_open_once", condition=models.Q(ended_at=None)
            ),
        ]
        indexes = [models.Index(fields=["-began_at"], name="incident_by_time")]

    def __str__(self) -> str:
        return f"{self.item} {self.began_at:%Y-%m-%d %H:%M}"
