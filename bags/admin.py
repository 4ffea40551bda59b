"""The trade in the Django admin: products to import and export, the rest to look at."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.tables import RecordedResource, SmallTableAdmin
from audit.readonly import ReadOnly
from bags.exports.models import Export
from bags.importing.models import ImportBatch, ImportProblem
from bags.models import (
    Bag,
    ConflictDecision,
    Device,
    LabelPrint,
    LabelRange,
    Link,
    ParkedDecision,
    Product,
    Recount,
    RecountDecision,
    RecountLine,
    Scan,
)
from bags.scanning.codes import clean, storable
from bags.scanning.results import Result
from bags.searching import fitting

FOUND_AT_MOST = 10_000


def _ids_of(text: str) -> list[int]:
    """Asked before the rows, so that the index on bags leads to them."""
    return list(Bag.objects.with_code(clean(storable(text))).values_list("pk", flat=True))


@admin.register(Bag)
class BagAdmin(ReadOnly):
    list_display = (
        "qr_id",
        "kind",
        "product",
        "area",
        "lot",
        "state",
        "child_count",
        "held_by",
        "created_at",
    )
    list_filter = ("kind", "state", "is_loose", "needs_recount", "product", "area")
    list_select_related = ("product", "area")
    search_fields = ("qr_id",)
    search_help_text = _("Three signs in a row from anywhere in the code, or fewer from its beginning.")

    def ways(self, obj: Bag) -> list[tuple[Any, str]]:
        links = f"{reverse('admin:bags_link_changelist')}?{obj.kind}__exact={obj.pk}"
        scanned = "parent" if obj.kind == Bag.Kind.PARENT else "bag"
        scans = f"{reverse('admin:bags_scan_changelist')}?{scanned}__exact={obj.pk}"
        return [
            (_("The bag's page"), reverse("bag-detail", args=[obj.qr_id])),
            (_("links"), links),
            (_("scans"), scans),
            (_("Audit"), reverse("audit-history", args=["bag", obj.pk])),
        ]

    def get_search_results(
        self, _request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if text := clean(storable(search_term)):
            queryset = queryset.filter(pk__in=fitting(Bag.objects.all(), text).values("pk")[:FOUND_AT_MOST])
        return queryset, False


@admin.register(Link)
class LinkAdmin(ReadOnly):
    list_display = ("child", "parent", "linked_at", "linked_by", "unlinked_at", "unlinked_by", "end_reason")
    list_filter = ("end_reason",)
    list_select_related = ("child", "parent", "linked_by", "unlinked_by")
    search_fields = ("parent", "child")
    search_help_text = _("A whole code, of the sack or the packet.")

    def get_search_results(
        self, _request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if search_term.strip():
            ids = _ids_of(search_term)
            queryset = queryset.filter(Q(parent_id__in=ids) | Q(child_id__in=ids))
        return queryset, False


class ResultFilter(admin.SimpleListFilter):
    """The known results; asking the table which there are would read all of it."""

    title = _("result")
    parameter_name = "code"

    def lookups(self, _request: HttpRequest, _admin: Any) -> list[tuple[str, str]]:
        return [(result.value, result.value) for result in Result]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(code=self.value()) if self.value() else queryset


@admin.register(Scan)
class ScanAdmin(ReadOnly):
    list_display = ("received_at", "operator", "mode", "raw", "code", "reason_code", "bag", "parent", "bill")
    list_filter = (ResultFilter,)
    list_select_related = ("operator", "bag", "parent")
    search_fields = ("bag", "parent")
    search_help_text = _("A whole code, of the sack or the packet.")

    def get_search_results(
        self, _request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if search_term.strip():
            ids = _ids_of(search_term)
            queryset = queryset.filter(Q(bag_id__in=ids) | Q(parent_id__in=ids))
        return queryset, False


@admin.register(Device)
class DeviceAdmin(ReadOnly):
    list_display = ("id", "last_seen_at", "last_operator", "unsent", "attention", "version", "storage")
    list_select_related = ("last_operator",)
    ordering = ["-last_seen_at"]

    def ways(self, obj: Device) -> list[tuple[Any, str]]:
        return [
            (_("The device's page"), reverse("device-detail", args=[obj.pk])),
            (_("scans"), f"{reverse('admin:bags_scan_changelist')}?device__exact={obj.pk}"),
        ]


@admin.register(ConflictDecision)
class ConflictDecisionAdmin(ReadOnly):
    list_display = ("scan", "decision", "reason", "decided_at", "decided_by", "undone_at")
    list_select_related = ("scan", "decided_by")


@admin.register(LabelRange)
class LabelRangeAdmin(ReadOnly):
    list_display = ("__str__", "product", "lot", "tested_on", "labels", "reserved_at", "reserved_by")
    list_filter = ("product",)
    list_select_related = ("product", "reserved_by")


@admin.register(LabelPrint)
class LabelPrintAdmin(ReadOnly):
    list_display = (
        "range",
        "first_code",
        "last_code",
        "labels",
        "is_reprint",
        "reason",
        "printed_at",
        "printed_by",
    )
    list_filter = ("is_reprint",)
    list_select_related = ("range", "printed_by")


@admin.register(ParkedDecision)
class ParkedDecisionAdmin(ReadOnly):
    list_display = ("scan", "decision", "bag", "reason", "decided_at", "decided_by", "undone_at")
    list_select_related = ("scan", "bag", "decided_by")


@admin.register(Recount)
class RecountAdmin(ReadOnly):
    list_display = (
        "id",
        "sack",
        "state",
        "started_at",
        "started_by",
        "ended_at",
        "expected",
        "found",
        "differences",
        "undecided",
    )
    list_filter = ("state",)
    list_select_related = ("sack", "started_by")

    def ways(self, obj: Recount) -> list[tuple[Any, str]]:
        lines = f"{reverse('admin:bags_recountline_changelist')}?recount__exact={obj.pk}"
        return [(_("The recount's page"), reverse("recount", args=[obj.pk])), (_("lines of recounts"), lines)]


@admin.register(RecountLine)
class RecountLineAdmin(ReadOnly):
    list_display = ("recount", "code", "bag", "outcome", "taken_back_at")
    list_filter = ("outcome",)
    list_select_related = ("recount", "bag")


@admin.register(RecountDecision)
class RecountDecisionAdmin(ReadOnly):
    list_display = ("line", "decision", "reason", "decided_at", "decided_by", "undone_at")
    list_select_related = ("line", "decided_by")


class ProductResource(RecordedResource):
    class Meta:
        model = Product
        fields = ("name", "prefix", "digits", "children_per_parent", "kg_per_child")
        import_id_fields = ("name",)
        clean_model_instances = True
        skip_unchanged = True


@admin.register(Product)
class ProductAdmin(ReadOnly, SmallTableAdmin):
    resource_classes = [ProductResource]
    list_display = ["name", "prefix", "digits", "children_per_parent", "kg_per_child"]


@admin.register(ImportBatch)
class ImportBatchAdmin(ReadOnly):
    list_display = ("id", "kind", "state", "file_name", "total", "good", "bad", "created_at", "created_by")
    list_filter = ("kind", "state")
    list_select_related = ("created_by",)

    def ways(self, obj: ImportBatch) -> list[tuple[Any, str]]:
        problems = f"{reverse('admin:bags_importproblem_changelist')}?batch__exact={obj.pk}"
        links = f"{reverse('admin:bags_link_changelist')}?import_batch__exact={obj.pk}"
        return [
            (_("The import's page"), reverse("import", args=[obj.pk])),
            (_("rows that did not go in"), problems),
            (_("links"), links),
        ]


@admin.register(ImportProblem)
class ImportProblemAdmin(ReadOnly):
    list_display = ("batch", "sheet", "line", "code")
    list_select_related = ("batch",)


@admin.register(Export)
class ExportAdmin(ReadOnly):
    list_display = ("name", "format", "state", "rows", "asked_by", "asked_at", "expires_at")
    list_select_related = ("asked_by",)
    ordering = ["-asked_at"]
