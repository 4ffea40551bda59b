import uuid
from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Export(models.Model):
    """A file that somebody asked for and that is made in the background: a list by its name, its filters.

    The file stands in EXPORT_FOLDER until `expires_at`; then it and this row are removed. What was exported
    stays in the audit log.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Being made")
        DONE = "done", _("Ready")
        FAILED = "failed", _("Failed")

    id = models.UUIDField(_("id"), primary_key=True, default=uuid.uuid4)
    name = models.CharField(_("list"), max_length=20)
    format = models.CharField(_("format"), max_length=4)
    filters = models.JSONField(_("filters"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    rows = models.PositiveIntegerField(_("rows"), null=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="exports", verbose_name=_("by")
    )
    asked_at = models.DateTimeField(_("asked"))
    expires_at = models.DateTimeField(_("removed after"))

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        constraints = [
            models.CheckConstraint(name="export_format_is_known", condition=Q(format__in=["csv", "xlsx"])),
            models.CheckConstraint(
                name="export_state_is_known", condition=Q(state__in=["waiting", "running", "done", "failed"])
            ),
            models.CheckConstraint(
                name="export_done_was_counted", condition=~Q(state="done") | Q(rows__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}.{self.format}"

    @property
    def place(self) -> Path:
        """Where the file stands once it is whole."""
        return Path(settings.EXPORT_FOLDER) / f"{self.pk}.{self.format}"
