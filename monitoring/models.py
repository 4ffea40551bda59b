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
