from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, BigIntegerRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce, Power
from django.utils.translation import gettext_lazy as _

MAX_DIGITS = 12
# Each product has numbers of its own, and so have packets' labels of each length: what is reserved of all of
# them lies side by side on one line of numbers, on which nothing may overlap. Needs no extension.
_APART = Value(10**MAX_DIGITS)
_BEGINS = Coalesce(F("product"), F("digits") * Value(-1)) * _APART
_NUMBERS = Func(
    _BEGINS + F("first"),
    _BEGINS + F("last"),
    Value("[]"),
    function="int8range",
    output_field=BigIntegerRangeField(),
)


class LabelRange(models.Model):
    """Numbers set aside for labels: of sacks of a product, or of packets of a lot. Each number once. Never
    deleted.

    A code is `prefix` and the number with `digits` digits, kept as they were at the reserving. `skipped` are
    the numbers in between that were registered by then: they get no label. `key` was made with the form, so
    that a form sent twice reserves once.
    """

    key = models.UUIDField(_("key"), unique=True)
    product = models.ForeignKey(
        "bags.Product", models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("product")
    )
    prefix = models.CharField(_("code prefix"), max_length=10, blank=True)
    digits = models.PositiveSmallIntegerField(_("digits after the prefix"))
    first = models.BigIntegerField(_("first number"))
    last = models.BigIntegerField(_("last number"))
    skipped = ArrayField(models.BigIntegerField(), verbose_name=_("registered before"), default=list)
    lot = models.CharField(_("lot"), max_length=64, blank=True)
    tested_on = models.DateField(_("day of the test"), null=True)
    reserved_at = models.DateTimeField(_("reserved"))
    reserved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+", verbose_name=_("by")
    )

    class Meta:
        verbose_name = _("range of labels")
        verbose_name_plural = _("ranges of labels")
        constraints = [
            ExclusionConstraint(name="label_numbers_once", expressions=[(_NUMBERS, RangeOperators.OVERLAPS)]),
            models.CheckConstraint(
                name="label_numbers_fit_their_digits",
                condition=Q(
                    digits__gte=1,
                    digits__lte=MAX_DIGITS,
                    first__gte=0,
                    last__gte=F("first"),
                    last__lt=Power(Value(10), F("digits")),
                ),
            ),
            models.CheckConstraint(
                name="label_of_sacks_or_packets",
                condition=Q(product__isnull=False, lot="", tested_on__isnull=True) & ~Q(prefix="")
                | Q(product__isnull=True, prefix="", tested_on__isnull=False) & ~Q(lot=""),
            ),
        ]
        indexes = [models.Index(fields=["product", "-last"], name="label_range_by_product")]

    def __str__(self) -> str:
        return f"{self.code(self.first)}–{self.code(self.last)}"

    def code(self, number: int) -> str:
        return f"{self.prefix}{number:0{self.digits}}"

    @property
    def first_code(self) -> str:
        return self.code(self.first)

    @property
    def last_code(self) -> str:
        return self.code(self.last)

    @property
    def labels(self) -> int:
        """How many labels it gives."""
        return self.last - self.first + 1 - len(self.skipped)

    @property
    def skipped_codes(self) -> list[str]:
        return [self.code(number) for number in self.skipped]

    def text(self, number: int) -> str:
        """What the label's QR code holds: a sack's code, or a packet's label in the warehouse's own form."""
        if self.tested_on is None:
            return self.code(number)
        return f"LABEL NO.{self.code(number)} LOT NO.:{self.lot}, D.O.T.:{self.tested_on:%d/%m/%Y}"


class LabelPrint(models.Model):
    """One printing of a range's labels from `first` to `last`. Never deleted.

    It `is_reprint` when any of its labels was printed before, and then has a reason. `paper` is what it was
    printed on, in mm, as bags.labels.layouts.Paper.facts tells it.
    """

    range = models.ForeignKey(LabelRange, models.PROTECT, related_name="prints", verbose_name=_("range"))
    first = models.BigIntegerField(_("first number"))
    last = models.BigIntegerField(_("last number"))
    labels = models.PositiveIntegerField(_("labels"))
    is_reprint = models.BooleanField(_("printed again"))
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    paper = models.JSONField(_("paper"))
    printed_at = models.DateTimeField(_("printed"))
    printed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+", verbose_name=_("by")
    )

    class Meta:
        verbose_name = _("printing of labels")
        verbose_name_plural = _("printings of labels")
        constraints = [
            models.CheckConstraint(
                name="label_print_has_labels", condition=Q(labels__gte=1, last__gte=F("first"))
            ),
            models.CheckConstraint(
                name="label_reprint_has_reason", condition=Q(is_reprint=False) | ~Q(reason="")
            ),
        ]
        indexes = [models.Index(fields=["printed_by", "-id"], name="label_print_by_person")]

    def __str__(self) -> str:
        return f"{self.range_id}: {self.first}–{self.last}"

    @property
    def first_code(self) -> str:
        return self.range.code(self.first)

    @property
    def last_code(self) -> str:
        return self.range.code(self.last)
