from django.db import models
from django.utils.translation import gettext_lazy as _


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
