from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditLog(models.Model):
    """One change of state: who, what, to which thing, before and after.

    Names are copied, not linked, so that an entry outlives what it describes. `before` is null
    where the thing is new; both hold only the fields that changed.
    """

    at = models.DateTimeField(_("at"))
    actor = models.CharField(_("actor"), max_length=150)
    action = models.CharField(_("action"), max_length=40)
    target_type = models.CharField(_("kind of target"), max_length=20)
    target_id = models.CharField(_("target id"), max_length=40)
    target_label = models.CharField(_("target"), max_length=256)
    before = models.JSONField(_("before"), null=True)
    after = models.JSONField(_("after"), null=True)
    reason = models.TextField(_("reason"), blank=True)
    request_id = models.CharField(_("request id"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        constraints = [
            models.CheckConstraint(
                name="audit_entry_is_complete",
                condition=~models.Q(actor="") & ~models.Q(action="") & ~models.Q(target_id=""),
            ),
        ]
        indexes = [
            models.Index(fields=["target_type", "target_id", "id"], name="audit_by_target"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor} {self.action} {self.target_label}"
