from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Area


class ImportBatch(models.Model):
    """One imported file. What it made names it, so that it can be taken back as a whole. Never deleted.

    `total` counts the rows of the file, `good` those that went in (or would), `known` those that say what was
    so already, `bad` the others, which are its problems. `made` counts what it brought, by name. `code` and
    `facts` say why it failed, or why it was not taken back when that was tried last.
    """

    class Kind(models.TextChoices):
        BAGS = "bags", _("Bags")
        BATCHES = "batches", _("Batches of packets")
        BILLS = "bills", _("Sacks on bills")

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("Being checked")
        CHECKED = "checked", _("Checked")
        CONFIRMED = "confirmed", _("Waiting")
        RUNNING = "running", _("Going in")
        DONE = "done", _("Done")
        RETURNING = "returning", _("Being taken back")
        TAKEN_BACK = "taken_back", _("Taken back")
        DROPPED = "dropped", _("Dropped")
        FAILED = "failed", _("Failed")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    state = models.CharField(_("state"), max_length=10, choices=State)
    file_name = models.CharField(_("file"), max_length=200)
    area = models.ForeignKey(
        Area,
        models.PROTECT,
        db_column="area",
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("area of new sacks"),
    )
    total = models.PositiveIntegerField(_("rows"), default=0)
    good = models.PositiveIntegerField(_("good rows"), default=0)
    known = models.PositiveIntegerField(_("rows known before"), default=0)
    bad = models.PositiveIntegerField(_("bad rows"), default=0)
    made = models.JSONField(_("what it made"), default=dict)
    code = models.CharField(_("reason"), max_length=24, blank=True)
    facts = models.JSONField(_("facts of the reason"), default=dict)
    created_at = models.DateTimeField(_("uploaded"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+", verbose_name=_("by")
    )
    done_at = models.DateTimeField(_("done"), null=True)
    taken_back_at = models.DateTimeField(_("taken back"), null=True)
    taken_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("taken back by"),
    )

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints = [
            models.CheckConstraint(
                name="import_kind_is_known", condition=Q(kind__in=["bags", "batches", "bills"])
            ),
            models.CheckConstraint(
                name="import_state_is_signed",
                condition=Q(
                    state__in=["uploaded", "checked", "confirmed", "running", "dropped", "failed"],
                    done_at__isnull=True,
                    taken_back_at__isnull=True,
                    taken_back_by__isnull=True,
                )
                | Q(
                    state__in=["done", "returning"],
                    done_at__isnull=False,
                    taken_back_at__isnull=True,
                    taken_back_by__isnull=True,
                )
                | Q(
                    state="taken_back",
                    done_at__isnull=False,
                    taken_back_at__isnull=False,
                    taken_back_by__isnull=False,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.file_name}"


class ImportPart(models.Model):
    """A piece of an uploaded file, in order, kept until the import is over: whichever machine works on it."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="parts", verbose_name=_("import"))
    content = models.BinaryField(_("content"))

    class Meta:
        verbose_name = _("part of a file")
        verbose_name_plural = _("parts of files")

    def __str__(self) -> str:
        return f"{self.batch_id}: {self.pk}"


class ImportProblem(models.Model):
    """A row that did not go in, and why. `sheet` and `line` are as a spreadsheet program shows them."""

    batch = models.ForeignKey(
        ImportBatch, models.CASCADE, db_index=False, related_name="problems", verbose_name=_("import")
    )
    place = models.PositiveIntegerField(_("place in the file"))
    sheet = models.CharField(_("sheet"), max_length=100, blank=True)
    line = models.PositiveIntegerField(_("row"))
    code = models.CharField(_("reason"), max_length=24)
    facts = models.JSONField(_("facts of the reason"))
    cells = ArrayField(models.TextField(), verbose_name=_("cells"))

    class Meta:
        verbose_name = _("row that did not go in")
        verbose_name_plural = _("rows that did not go in")
        constraints = [models.UniqueConstraint(fields=["batch", "place"], name="import_problem_once")]

    def __str__(self) -> str:
        return f"{self.sheet} {self.line}: {self.code}"
