from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.operators import Operator
from bags.decisions import Decision
from bags.scanning.codes import MAX_LENGTH


class RecountQuerySet(models.QuerySet["Recount"]):
    def visible_to(self, operator: Operator) -> Self:
        """Outside the operator's area a sack does not exist, and so its recounts do not."""
        if operator.sees_all:
            return self
        return self.none() if operator.area is None else self.filter(sack__area=operator.area)

    def open(self) -> Self:
        return self.filter(state="open")

    def with_differences(self) -> Self:
        return self.filter(differences__gt=0)

    def to_decide(self) -> Self:
        """Finished, with a proposal that nobody has decided, and not overtaken by a newer recount."""
        return self.filter(undecided__gt=0, overtaken_by=None)


class Recount(models.Model):
    """One sack, counted blind. Never deleted.

    While `open` its lines are what was scanned so far. `finished` it stands beside what was recorded in that
    moment: `expected` packets, of which `found` were there; `differences` are the missing and the unexpected
    ones together, `undecided` those that no decision has settled. A newer finished recount of the same sack
    has overtaken an older one, whose proposals then stand on old ground.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Being counted")
        FINISHED = "finished", _("Finished")
        DROPPED = "dropped", _("Given up")

    sack = models.ForeignKey("bags.Bag", models.PROTECT, related_name="recounts", verbose_name=_("sack"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    started_at = models.DateTimeField(_("begun"))
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+", verbose_name=_("by")
    )
    ended_at = models.DateTimeField(_("ended"), null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("by"),
    )
    expected = models.PositiveSmallIntegerField(_("expected"), null=True)
    found = models.PositiveSmallIntegerField(_("found"), null=True)
    differences = models.PositiveSmallIntegerField(_("differences"), default=0)
    undecided = models.PositiveSmallIntegerField(_("not decided"), default=0)
    overtaken_by = models.ForeignKey(
        "self", models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("overtaken by")
    )

    objects = RecountQuerySet.as_manager()

    class Meta:
        verbose_name = _("recount")
        verbose_name_plural = _("recounts")
        constraints = [
            models.UniqueConstraint(fields=["sack"], name="recount_open_once", condition=Q(state="open")),
            models.CheckConstraint(
                name="recount_end_is_complete",
                condition=Q(state="open", ended_at__isnull=True, ended_by__isnull=True)
                | Q(state__in=["finished", "dropped"], ended_at__isnull=False, ended_by__isnull=False),
            ),
            models.CheckConstraint(
                name="recount_finished_has_figures",
                condition=Q(state="finished", expected__isnull=False, found__isnull=False)
                | ~Q(state="finished") & Q(expected__isnull=True, found__isnull=True, differences=0),
            ),
            models.CheckConstraint(
                name="recount_decides_its_differences", condition=Q(undecided__lte=models.F("differences"))
            ),
        ]
        indexes = [
            models.Index(fields=["-id"], name="recount_open", condition=Q(state="open")),
            models.Index(fields=["-id"], name="recount_differs", condition=Q(differences__gt=0)),
            models.Index(
                fields=["-id"],
                name="recount_to_decide",
                condition=Q(undecided__gt=0, overtaken_by__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class RecountLine(models.Model):
    """One packet of a recount: it was scanned (`scan`), or it is missing. Never deleted.

    `code` is the packet's, cleaned; `bag` the packet, where it is registered. `outcome` is empty until the
    recount is finished; `link` is then the packet's open link of that moment, the ground of a correction.
    A scan that was undone leaves its line taken back.
    """

    class Outcome(models.TextChoices):
        FOUND = "found", _("Found")
        MISSING = "missing", _("Missing")
        UNEXPECTED = "unexpected", _("Unexpected")

    recount = models.ForeignKey(Recount, models.PROTECT, related_name="lines", verbose_name=_("recount"))
    code = models.CharField(_("code"), max_length=MAX_LENGTH, db_collation="C")
    bag = models.ForeignKey(
        "bags.Bag", models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("bag")
    )
    scan = models.ForeignKey(
        "bags.Scan", models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("scan")
    )
    taken_back_at = models.DateTimeField(_("taken back"), null=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, blank=True)
    link = models.ForeignKey(
        "bags.Link", models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("link")
    )

    class Meta:
        verbose_name = _("line of a recount")
        verbose_name_plural = _("lines of recounts")
        constraints = [
            models.UniqueConstraint(
                fields=["recount", "code"],
                name="recount_counts_once",
                condition=Q(taken_back_at__isnull=True),
            ),
            models.CheckConstraint(
                name="recount_line_missing_was_not_scanned",
                condition=Q(outcome="missing", scan__isnull=True, bag__isnull=False, link__isnull=False)
                | Q(outcome__in=["", "found", "unexpected"], scan__isnull=False),
            ),
            models.CheckConstraint(
                name="recount_line_taken_back_has_no_outcome",
                condition=Q(taken_back_at__isnull=True) | Q(outcome=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recount_id}: {self.code}"


class RecountDecision(Decision):
    """What a biller did with a proposal: applied it by `scan`, or dismissed it. Never deleted."""

    class Kind(models.TextChoices):
        APPLY = "apply", _("Corrected")
        DISMISS = "dismiss", _("Left as it is")

    line = models.ForeignKey(RecountLine, models.PROTECT, related_name="decisions", verbose_name=_("line"))
    decision = models.CharField(_("decision"), max_length=8, choices=Kind)
    reason = models.CharField(_("reason"), max_length=500)
    scan = models.ForeignKey(
        "bags.Scan",
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("corrected by scan"),
    )

    class Meta:
        verbose_name = _("decision on a recount")
        verbose_name_plural = _("decisions on recounts")
        constraints = [
            models.UniqueConstraint(
                fields=["line"], name="recount_decided_once", condition=Q(undone_at__isnull=True)
            ),
            models.CheckConstraint(
                name="recount_correction_names_its_scan",
                condition=Q(decision="apply", scan__isnull=False) | Q(decision="dismiss", scan__isnull=True),
            ),
            models.CheckConstraint(name="recount_decision_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="recount_undo_is_complete",
                condition=Q(undone_at__isnull=True, undone_by__isnull=True, undone_reason="")
                | Q(undone_at__isnull=False, undone_by__isnull=False) & ~Q(undone_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id}: {self.decision}"
