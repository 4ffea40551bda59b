from decimal import Decimal
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import MD5, Trim, Upper
from django.utils.translation import gettext_lazy as _

from accounts.models import Area
from accounts.operators import Operator
from bags.decisions import ConflictDecision, ParkedDecision  # noqa: F401 - Django finds models through this module
from bags.exports.models import Export  # noqa: F401 - for Django too
from bags.importing.models import ImportBatch
from bags.labels.models import LabelPrint, LabelRange  # noqa: F401 - for Django too
from bags.recounts.models import Recount, RecountDecision, RecountLine  # noqa: F401 - for Django too
from bags.scanning.codes import MAX_LENGTH
from bags.scanning.results import Result

UNUSUAL = "[^A-Za-z0-9-]"
# Scans whose text was no bag. Closing reads nothing: there it is the sack on the screen that is unknown.
OF_PARKED_CODES = Q(code__in=[Result.UNKNOWN.value, Result.UNREADABLE.value]) & ~Q(mode="close")


class Product(models.Model):
    """A kind of sack: how its parent codes look, how many children it holds, what a child weighs."""

    name = models.SlugField(_("name"), max_length=40, unique=True)
    prefix = models.CharField(
        _("code prefix"),
        max_length=10,
        unique=True,
        validators=[RegexValidator(r"^[A-Z0-9][A-Z0-9-]*$", _("Capital letters, digits and -."))],
    )
    digits = models.PositiveSmallIntegerField(
        _("digits after the prefix"), validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    children_per_parent = models.PositiveSmallIntegerField(
        _("children per sack"), validators=[MinValueValidator(1), MaxValueValidator(1000)]
    )
    kg_per_child = models.DecimalField(
        _("kg per child"), max_digits=9, decimal_places=3, validators=[MinValueValidator(Decimal("0.001"))]
    )

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(name="product_holds_children", condition=Q(children_per_parent__gte=1)),
            models.CheckConstraint(name="product_child_weighs", condition=Q(kg_per_child__gt=0)),
            models.CheckConstraint(name="product_code_has_digits", condition=Q(digits__range=(1, 12))),
        ]

    def __str__(self) -> str:
        return self.name


class BagQuerySet(models.QuerySet["Bag"]):
    def parents(self) -> Self:
        return self.filter(kind=Bag.Kind.PARENT)

    def with_code(self, code: str) -> Self:
        """The bag of a cleaned code, however its stored code is written."""
        return self.alias(cleaned=Upper(Trim("qr_id"))).filter(cleaned=code)

    def code_starts_with(self, text: str) -> Self:
        return self.alias(cleaned=Upper(Trim("qr_id"))).filter(cleaned__startswith=text)

    def code_contains(self, text: str) -> Self:
        return self.alias(cleaned=Upper(Trim("qr_id"))).filter(cleaned__contains=text)

    def codes_between(self, first: str, last: str, shape: str) -> models.QuerySet["Bag", str]:
        """Cleaned codes of this shape (a regular expression) from one to another, in their order."""
        every = self.annotate(cleaned=Upper(Trim("qr_id"))).order_by("cleaned")
        return every.filter(cleaned__range=(first, last), cleaned__regex=shape).values_list(
            "cleaned", flat=True
        )

    def unusual_codes(self) -> Self:
        """Old ones, with other signs than letters, digits and -."""
        return self.filter(qr_id__regex=UNUSUAL)

    def dashed_codes(self) -> Self:
        """Some products' sacks, and old ones."""
        return self.filter(qr_id__contains="-")

    def loose(self) -> Self:
        return self.filter(is_loose=True)

    def visible_to(self, operator: Operator) -> Self:
        """Outside the operator's area a bag does not exist."""
        if operator.sees_all:
            return self
        return self.none() if operator.area is None else self.filter(area_id=operator.area)


class Bag(models.Model):
    """One physical bag.

    `qr_id` is kept as it was registered (old codes are looser than today's); uniqueness and look-up go
    by the cleaned code. A parent may be *held* by a label (a bill's number); `held_final` says
    that the label takes no more changes. A parent in a conflict `needs_recount` until a person counted it.
    A parent is *loose* while nothing is in it, a child while it is in none: so they are found at once.
    """

    class Kind(models.TextChoices):
        PARENT = "parent", _("Parent")
        CHILD = "child", _("Child")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")

    qr_id = models.CharField(_("code"), max_length=MAX_LENGTH, db_collation="C")
    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, db_index=False, verbose_name=_("product")
    )
    area = models.ForeignKey(
        Area, models.PROTECT, db_column="area", null=True, blank=True, db_index=False, verbose_name=_("area")
    )
    lot = models.CharField(_("lot"), max_length=64, blank=True)
    state = models.CharField(_("state"), max_length=6, choices=State, blank=True)
    child_count = models.PositiveSmallIntegerField(_("children inside"), default=0)
    child_limit = models.PositiveSmallIntegerField(_("children at most"), default=0)
    held_by = models.CharField(_("held by"), max_length=64, blank=True)
    held_final = models.BooleanField(_("held for good"), default=False)
    closed_by_scan = models.BigIntegerField(_("closed by scan"), null=True, blank=True)
    needs_recount = models.BooleanField(_("must be counted again"), db_default=False)
    is_loose = models.BooleanField(_("linked to nothing"), db_default=True)
    created_at = models.DateTimeField(_("created"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+", verbose_name=_("by")
    )

    objects = BagQuerySet.as_manager()

    class Meta:
        verbose_name = _("bag")
        verbose_name_plural = _("bags")
        constraints = [
            models.UniqueConstraint(Upper(Trim("qr_id")), name="bag_code_unique"),
            models.CheckConstraint(name="bag_code_is_not_empty", condition=~Q(qr_id="")),
            models.CheckConstraint(
                name="bag_is_parent_or_child",
                condition=Q(
                    kind="parent", product__isnull=False, state__in=["open", "closed"], child_limit__gte=1
                )
                | Q(kind="child", product__isnull=True, state="", child_limit=0),
            ),
            models.CheckConstraint(
                name="bag_count_within_limit",
                condition=Q(child_count__gte=0, child_count__lte=F("child_limit")),
            ),
            models.CheckConstraint(
                name="bag_full_parent_is_closed",
                condition=Q(kind="child") | Q(child_count__lt=F("child_limit")) | Q(state="closed"),
            ),
            models.CheckConstraint(
                name="bag_held_parent_is_closed", condition=Q(held_by="") | Q(state="closed")
            ),
            models.CheckConstraint(
                name="bag_counted_again_is_parent", condition=Q(kind="parent") | Q(needs_recount=False)
            ),
            models.CheckConstraint(
                name="bag_final_hold_has_holder", condition=Q(held_final=False) | ~Q(held_by="")
            ),
        ]
        indexes = [
            models.Index(fields=["area", "-id"], name="bag_by_area"),
            models.Index(fields=["-id"], name="bag_parents", condition=Q(kind="parent")),
            models.Index(fields=["-id"], name="bag_open_parents", condition=Q(state="open")),
            models.Index(fields=["-id"], name="bag_to_count_again", condition=Q(needs_recount=True)),
            models.Index(fields=["area", "-id"], name="bag_parents_by_area", condition=Q(kind="parent")),
            models.Index(
                fields=["product", "-id"], name="bag_parents_by_product", condition=Q(kind="parent")
            ),
            models.Index(
                fields=["-id"], name="bag_parents_without_bill", condition=Q(kind="parent", held_by="")
            ),
            models.Index(fields=["-created_at", "-id"], name="bag_by_time"),
            models.Index(fields=["-id"], name="bag_loose", condition=Q(is_loose=True)),
            models.Index(fields=["-id"], name="bag_odd_codes", condition=Q(qr_id__regex=UNUSUAL)),
            models.Index(fields=["-id"], name="bag_dashed_codes", condition=Q(qr_id__contains="-")),
            # A code's beginning, whatever the database's collation; any part of it.
            models.Index(OpClass(Upper(Trim("qr_id")), name="text_pattern_ops"), name="bag_code_beginning"),
            GinIndex(OpClass(Upper(Trim("qr_id")), name="gin_trgm_ops"), name="bag_code_parts"),
        ]

    def __str__(self) -> str:
        return self.qr_id


class Device(models.Model):
    """One browser installation, known by a UUID that it made itself.

    From `unsent` on it is what the device told last; empty where it never told.
    """

    id = models.UUIDField(_("id"), primary_key=True)
    first_seen_at = models.DateTimeField(_("first seen"))
    last_seen_at = models.DateTimeField(_("last seen"))
    last_operator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        db_index=False,
        related_name="+",
        verbose_name=_("last operator"),
    )
    clock_offset_ms = models.BigIntegerField(_("device clock minus server clock, ms"), null=True)
    unsent = models.PositiveIntegerField(_("scans not sent yet"), null=True)
    attention = models.PositiveIntegerField(_("scans that need attention"), null=True)
    version = models.CharField(_("version of the page"), max_length=40, blank=True, db_default="")
    storage = models.CharField(_("storage kept for good"), max_length=8, blank=True, db_default="")

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")

    def __str__(self) -> str:
        return str(self.id)

    @property
    def short_name(self) -> str:
        """Enough of the UUID to tell devices apart by eye."""
        return str(self.id)[:8]

    @property
    def clock_ahead_s(self) -> int:
        """The device's clock minus ours in whole seconds; below zero where it is behind."""
        return round((self.clock_offset_ms or 0) / 1000)

    @property
    def clock_behind_s(self) -> int:
        return -self.clock_ahead_s


class ScanQuerySet(models.QuerySet["Scan"]):
    def open_conflicts(self) -> Self:
        """Those that no decision has settled."""
        return self.filter(code=Result.CONFLICT.value, settled_at=None)

    def of_parked_codes(self) -> Self:
        """Those whose text was no bag."""
        return self.filter(OF_PARKED_CODES)

    def parked(self) -> Self:
        """Those of them that no decision has settled."""
        return self.filter(OF_PARKED_CODES, settled_at=None)

    def same_text(self, raw: str) -> Self:
        return self.alias(digest=MD5("raw")).filter(digest=MD5(Value(raw)))


class Scan(models.Model):
    """One trigger pull, judged. Accepted, refused and unknown alike; never deleted.

    `raw`, `parent_code` and `bill` are what the device sent; `bag` and `parent` what they meant.
    `answer` is the verdict as it was told, repeated word for word when the key comes again.
    `settled_at` stands while a decision settles a conflict or a parked code, so that the open ones are found
    at once.
    """

    key = models.UUIDField(_("key"), unique=True)
    device = models.ForeignKey(Device, models.PROTECT, null=True, db_index=False, verbose_name=_("device"))
    seq = models.BigIntegerField(_("number on the device"), null=True)
    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        db_index=False,
        related_name="scans",
        verbose_name=_("operator"),
    )
    mode = models.CharField(_("mode"), max_length=10)
    source = models.CharField(_("source"), max_length=8, blank=True)
    raw = models.TextField(_("as read"))
    parent_code = models.TextField(_("parent as named"), blank=True)
    bill = models.TextField(_("bill"), blank=True)
    code = models.CharField(_("result"), max_length=24)
    reason_code = models.CharField(_("reason"), max_length=24, blank=True)
    bag = models.ForeignKey(Bag, models.PROTECT, null=True, related_name="scans", verbose_name=_("bag"))
    parent = models.ForeignKey(
        Bag, models.PROTECT, null=True, related_name="parent_scans", verbose_name=_("parent")
    )
    captured_at = models.DateTimeField(_("device time"), null=True)
    received_at = models.DateTimeField(_("received"))
    offline = models.BooleanField(_("made offline"), default=False)
    repairs = ArrayField(
        models.CharField(max_length=10), verbose_name=_("mended by the device"), blank=True, db_default=[]
    )
    undone_at = models.DateTimeField(_("undone"), null=True)
    undone_by = models.ForeignKey(
        "self", models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("undone by scan")
    )
    answer = models.JSONField(_("answer"))
    settled_at = models.DateTimeField(_("settled"), null=True)

    objects = ScanQuerySet.as_manager()

    class Meta:
        verbose_name = _("scan")
        verbose_name_plural = _("scans")
        constraints = [
            models.CheckConstraint(
                name="scan_undone_names_the_undo",
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
            ),
            models.CheckConstraint(
                name="scan_settled_was_open",
                condition=Q(settled_at__isnull=True) | Q(code__in=["conflict", "unknown", "unreadable"]),
            ),
        ]
        indexes = [
            models.Index(
                fields=["-id"],
                name="scan_open_conflicts",
                condition=Q(code="conflict", settled_at__isnull=True),
            ),
            # By a digest: a text may be longer than what an index takes.
            models.Index(MD5("raw"), F("id").desc(), name="scan_parked_text", condition=OF_PARKED_CODES),
            models.Index(
                fields=["-id"], name="scan_parked", condition=OF_PARKED_CODES & Q(settled_at__isnull=True)
            ),
            models.Index(fields=["device", "seq"], name="scan_by_device"),
            models.Index(fields=["operator", "-id"], name="scan_by_operator"),
            models.Index(fields=["device", "-id"], name="scan_of_device"),
            models.Index(fields=["-received_at", "-id"], name="scan_at"),
            # Nearly all scans are linked ones: they are met at once, and need no entry here.
            models.Index(fields=["code", "-id"], name="scan_by_code", condition=~Q(code="linked")),
        ]

    def __str__(self) -> str:
        return f"{self.raw!r}: {self.code}"


class Link(models.Model):
    """A child sits in a parent, from `linked_at` until `unlinked_at` (open while empty). Never deleted.

    It was made by a scan or by an import, which are named.
    """

    class EndReason(models.TextChoices):
        UNDO = "undo", _("Undone")
        MOVE = "move", _("Moved")
        UNLINK = "unlink", _("Taken out")
        IMPORT = "import", _("Import taken back")

    parent = models.ForeignKey(Bag, models.PROTECT, related_name="child_links", verbose_name=_("parent"))
    child = models.ForeignKey(Bag, models.PROTECT, related_name="parent_links", verbose_name=_("child"))
    linked_at = models.DateTimeField(_("linked"))
    linked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+", verbose_name=_("by")
    )
    scan = models.ForeignKey(
        Scan, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("scan")
    )
    import_batch = models.ForeignKey(
        ImportBatch, models.PROTECT, null=True, db_index=False, related_name="links", verbose_name=_("import")
    )
    unlinked_at = models.DateTimeField(_("unlinked"), null=True)
    unlinked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("by"),
    )
    end_reason = models.CharField(_("why it ended"), max_length=8, choices=EndReason, blank=True)

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        constraints = [
            models.UniqueConstraint(
                fields=["child"], name="link_child_in_one_parent", condition=Q(unlinked_at__isnull=True)
            ),
            models.CheckConstraint(
                name="link_end_is_complete",
                condition=Q(unlinked_at__isnull=True, unlinked_by__isnull=True, end_reason="")
                | Q(unlinked_at__gte=F("linked_at"), unlinked_by__isnull=False) & ~Q(end_reason=""),
            ),
            models.CheckConstraint(name="link_joins_two_bags", condition=~Q(parent=F("child"))),
            models.CheckConstraint(
                name="link_is_scanned_or_imported",
                condition=Q(scan__isnull=False, import_batch__isnull=True)
                | Q(scan__isnull=True, import_batch__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["import_batch"], name="link_by_import", condition=Q(import_batch__isnull=False)
            ),
            models.Index(fields=["linked_at", "id"], name="link_by_time"),
            models.Index(
                fields=["unlinked_at", "id"], name="link_end_by_time", condition=Q(unlinked_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id} in {self.parent_id}"
