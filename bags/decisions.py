"""What people decided about scans that nobody could judge by rule."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Decision(models.Model):
    """A decision stands until it is undone, and is never deleted: who and when, and who took it back and why.

    Those below say what was decided (`decision`), about which `scan`, and for which `reason`.
    """

    decided_at = models.DateTimeField(_("decided"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+", verbose_name=_("by")
    )
    undone_at = models.DateTimeField(_("taken back"), null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("by"),
    )
    undone_reason = models.CharField(_("why taken back"), max_length=500, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.scan_id}: {self.decision}"  # type: ignore[attr-defined]


class ConflictDecision(Decision):
    """What a person decided about a scan kept as a conflict, and why. Never deleted.

    One decision at a time settles a conflict; it stands until it is undone. `moved_by_scan` is the scan
    by which a decision to move was carried out.
    """

    class Kind(models.TextChoices):
        KEEP = "keep", _("Keep as it is now")
        MOVE = "move", _("Move here")
        DISMISS = "dismiss", _("Dismiss the scan")

    scan = models.ForeignKey("bags.Scan", models.PROTECT, related_name="decisions", verbose_name=_("scan"))
    decision = models.CharField(_("decision"), max_length=8, choices=Kind)
    reason = models.CharField(_("reason"), max_length=500)
    moved_by_scan = models.ForeignKey(
        "bags.Scan",
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("moved by scan"),
    )

    class Meta:
        verbose_name = _("decision on a conflict")
        verbose_name_plural = _("decisions on conflicts")
        constraints = [
            models.UniqueConstraint(
                fields=["scan"], name="conflict_decided_once", condition=Q(undone_at__isnull=True)
            ),
            models.CheckConstraint(
                name="conflict_decision_is_known", condition=Q(decision__in=["keep", "move", "dismiss"])
            ),
            models.CheckConstraint(name="conflict_decision_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="conflict_move_names_its_scan",
                condition=Q(decision="move", moved_by_scan__isnull=False)
                | ~Q(decision="move") & Q(moved_by_scan__isnull=True),
            ),
            models.CheckConstraint(
                name="conflict_undo_is_complete",
                condition=Q(undone_at__isnull=True, undone_by__isnull=True, undone_reason="")
                | Q(undone_at__isnull=False, undone_by__isnull=False) & ~Q(undone_reason=""),
            ),
        ]


class ParkedDecision(Decision):
    """What a person said about a text that was read and was no bag. Never deleted.

    It settles the scans of the same text up to `scan`, the newest one shown, all with `decided_at`; it stands
    until it is undone. `bag` is the one that was registered, or that the text stands for.
    """

    class Kind(models.TextChoices):
        REGISTER = "register", _("Registered")
        MAP = "map", _("It is this bag")
        DISMISS = "dismiss", _("Dismissed")

    scan = models.ForeignKey(
        "bags.Scan", models.PROTECT, related_name="parked_decisions", verbose_name=_("newest scan")
    )
    decision = models.CharField(_("decision"), max_length=8, choices=Kind)
    bag = models.ForeignKey(
        "bags.Bag", models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("bag")
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("decision on a parked code")
        verbose_name_plural = _("decisions on parked codes")
        constraints = [
            models.UniqueConstraint(
                fields=["scan"], name="parked_decided_once", condition=Q(undone_at__isnull=True)
            ),
            models.CheckConstraint(
                name="parked_decision_names_its_bag",
                condition=Q(decision__in=["register", "map"], bag__isnull=False)
                | Q(decision="dismiss", bag__isnull=True) & ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="parked_undo_is_complete",
                condition=Q(undone_at__isnull=True, undone_by__isnull=True, undone_reason="")
                | Q(undone_at__isnull=False, undone_by__isnull=False)
                & ~Q(undone_reason="")
                & ~Q(decision="register"),
            ),
        ]
