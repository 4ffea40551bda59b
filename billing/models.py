from typing import Self

from django.conf import settings
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Trim, Upper
from django.utils.translation import gettext_lazy as _

from accounts.models import Area
from bags.importing.models import ImportBatch
from bags.models import Bag, Scan


class BillQuerySet(models.QuerySet["Bill"]):
    def with_number(self, number: str) -> Self:
        """The bill of a number, whatever its letter case and outer blanks."""
        return self.alias(cleaned=Upper(Trim("number"))).filter(cleaned=Upper(Trim(models.Value(number))))


class Bill(models.Model):
    """A dispatch document that lists parents.

    Weights (kg) are computed while the bill is live and frozen here and on each line at completion;
    a measured weight may stand beside them and never replaces them. `version` counts edits.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PROCESSING = "processing", _("Processing")
        COMPLETED = "completed", _("Completed")
        CANCELLED = "cancelled", _("Cancelled")

    number = models.CharField(_("number"), max_length=64)
    description = models.TextField(_("description"), blank=True, validators=[MaxLengthValidator(1000)])
    destination = models.CharField(_("destination"), max_length=200, blank=True)
    vehicle_number = models.CharField(_("vehicle number"), max_length=40, blank=True)
    target = models.PositiveSmallIntegerField(
        _("parents expected"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(500)],
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    actual_kg = models.DecimalField(_("actual kg"), max_digits=12, decimal_places=3, null=True)
    expected_kg = models.DecimalField(_("expected kg"), max_digits=12, decimal_places=3, null=True)
    measured_weight_kg = models.DecimalField(
        _("measured kg"),
        max_digits=12,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    version = models.PositiveIntegerField(_("version"), default=1)
    created_at = models.DateTimeField(_("created"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+", verbose_name=_("by")
    )
    completed_at = models.DateTimeField(_("completed"), null=True)
    completed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("by"),
    )

    objects = BillQuerySet.as_manager()

    class Meta:
        verbose_name = _("bill")
        verbose_name_plural = _("bills")
        constraints = [
            models.UniqueConstraint(Upper(Trim("number")), name="bill_number_unique"),
            models.CheckConstraint(name="bill_number_is_not_empty", condition=~Q(number="")),
            models.CheckConstraint(
                name="bill_state_is_known",
                condition=Q(state__in=["draft", "processing", "completed", "cancelled"]),
            ),
            models.CheckConstraint(
                name="bill_target_in_range", condition=Q(target__isnull=True) | Q(target__range=(1, 500))
            ),
            models.CheckConstraint(
                name="bill_completed_is_frozen",
                condition=Q(
                    state="completed",
                    actual_kg__isnull=False,
                    expected_kg__isnull=False,
                    completed_at__isnull=False,
                    completed_by__isnull=False,
                )
                | ~Q(state="completed")
                & Q(
                    actual_kg__isnull=True,
                    expected_kg__isnull=True,
                    completed_at__isnull=True,
                    completed_by__isnull=True,
                ),
            ),
        ]
        indexes = [models.Index(fields=["state", "-id"], name="bill_by_state")]

    def __str__(self) -> str:
        return self.number


class BillBag(models.Model):
    """One line of a bill: a parent on it from `added_at` until `removed_at`. Never deleted.

    It was made by a scan or by an import, which are named.

    `child_count` and `weight_kg` are empty while the bill is live and frozen at its completion. A line whose
    parent came back (`returned_at`) stays on its completed bill, which tells what left, and holds it no more.
    """

    bill = models.ForeignKey(Bill, models.PROTECT, related_name="lines", verbose_name=_("bill"))
    bag = models.ForeignKey(Bag, models.PROTECT, related_name="bill_lines", verbose_name=_("parent"))
    added_at = models.DateTimeField(_("added"))
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+", verbose_name=_("by")
    )
    scan = models.ForeignKey(
        Scan, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("scan")
    )
    import_batch = models.ForeignKey(
        ImportBatch,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="bill_lines",
        verbose_name=_("import"),
    )
    removed_at = models.DateTimeField(_("removed"), null=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("by"),
    )
    returned_at = models.DateTimeField(_("came back"), null=True)
    child_count = models.PositiveSmallIntegerField(_("children, frozen"), null=True)
    weight_kg = models.DecimalField(_("kg, frozen"), max_digits=12, decimal_places=3, null=True)

    class Meta:
        verbose_name = _("bill line")
        verbose_name_plural = _("bill lines")
        constraints = [
            models.UniqueConstraint(
                fields=["bag"],
                name="bill_line_parent_on_one_bill",
                condition=Q(removed_at__isnull=True, returned_at__isnull=True),
            ),
            models.CheckConstraint(
                name="bill_line_returned_was_frozen",
                condition=Q(returned_at__isnull=True)
                | Q(removed_at__isnull=True, child_count__isnull=False, weight_kg__isnull=False),
            ),
            models.CheckConstraint(
                name="bill_line_end_is_complete",
                condition=Q(removed_at__isnull=True, removed_by__isnull=True)
                | Q(removed_at__isnull=False, removed_by__isnull=False),
            ),
            models.CheckConstraint(
                name="bill_line_is_frozen_whole",
                condition=Q(child_count__isnull=True, weight_kg__isnull=True)
                | Q(child_count__isnull=False, weight_kg__isnull=False),
            ),
            models.CheckConstraint(
                name="bill_line_is_scanned_or_imported",
                condition=Q(scan__isnull=False, import_batch__isnull=True)
                | Q(scan__isnull=True, import_batch__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["import_batch"], name="bill_line_by_import", condition=Q(import_batch__isnull=False)
            ),
            models.Index(fields=["added_at", "id"], name="bill_line_by_time"),
            models.Index(
                fields=["removed_at", "id"],
                name="bill_line_end_by_time",
                condition=Q(removed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bag_id} on {self.bill_id}"


class Return(models.Model):
    """A dealer sends sacks back: a ticket that collects them by scanning, on lines.

    Committing takes them off their completed bills, which keep their frozen figures, and makes them
    billable again. The system gives the number.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        COMMITTED = "committed", _("Committed")
        CANCELLED = "cancelled", _("Cancelled")

    number = models.CharField(_("number"), max_length=20)
    area = models.ForeignKey(
        Area, models.PROTECT, db_column="area", db_index=False, related_name="+", verbose_name=_("area")
    )
    notes = models.TextField(_("notes"), blank=True, validators=[MaxLengthValidator(1000)])
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    created_at = models.DateTimeField(_("created"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+", verbose_name=_("by")
    )
    committed_at = models.DateTimeField(_("committed"), null=True)
    committed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("by"),
    )

    class Meta:
        verbose_name = _("return")
        verbose_name_plural = _("returns")
        constraints = [
            models.UniqueConstraint(fields=["number"], name="return_number_unique"),
            models.CheckConstraint(
                name="return_state_is_known", condition=Q(state__in=["draft", "committed", "cancelled"])
            ),
            models.CheckConstraint(
                name="return_committed_is_signed",
                condition=Q(state="draft", committed_at__isnull=True, committed_by__isnull=True)
                | Q(state="committed", committed_at__isnull=False, committed_by__isnull=False)
                | Q(state="cancelled"),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ReturnLine(models.Model):
    """One sack on a return, from `added_at` until `removed_at`. Never deleted.

    `bill_line` is the line of the completed bill that it had left with; `child_count` and `weight_kg` are
    that line's frozen ones.
    """

    ticket = models.ForeignKey(
        Return, models.PROTECT, db_column="return_id", related_name="lines", verbose_name=_("return")
    )
    bill_line = models.ForeignKey(
        BillBag, models.PROTECT, related_name="return_lines", verbose_name=_("bill line")
    )
    bag = models.ForeignKey(Bag, models.PROTECT, related_name="return_lines", verbose_name=_("parent"))
    added_at = models.DateTimeField(_("added"))
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+", verbose_name=_("by")
    )
    scan = models.ForeignKey(Scan, models.PROTECT, db_index=False, related_name="+", verbose_name=_("scan"))
    removed_at = models.DateTimeField(_("removed"), null=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("by"),
    )
    child_count = models.PositiveSmallIntegerField(_("children"))
    weight_kg = models.DecimalField(_("kg"), max_digits=12, decimal_places=3)

    class Meta:
        verbose_name = _("return line")
        verbose_name_plural = _("return lines")
        constraints = [
            models.UniqueConstraint(
                fields=["bill_line"], name="return_line_sack_on_one", condition=Q(removed_at__isnull=True)
            ),
            models.CheckConstraint(
                name="return_line_end_is_complete",
                condition=Q(removed_at__isnull=True, removed_by__isnull=True)
                | Q(removed_at__isnull=False, removed_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bag_id} on {self.ticket_id}"
