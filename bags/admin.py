"""The trade in the Django admin: products to import and export, the rest to look at."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.tables import RecordedResource, SmallTableAdmin
from bags.models import Bag, ConflictDecision, Device, Link, ParkedDecision, Product, Scan
from bags.readonly import ReadOnly
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


@admin.register(ConflictDecision)
class ConflictDecisionAdmin(ReadOnly):
    list_display = ("scan", "decision", "reason", "decided_at", "decided_by", "undone_at")
    list_select_related = ("scan", "decided_by")


@admin.register(ParkedDecision)
class ParkedDecisionAdmin(ReadOnly):
    list_display = ("scan", "decision", "bag", "reason", "decided_at", "decided_by", "undone_at")
    list_select_related = ("scan", "bag", "decided_by")


class ProductResource(RecordedResource):
    class Meta:
        model = Product
        fields = ("name", "prefix", "digits", "children_per_parent", "kg_per_child")
        import_id_fields = ("name",)
        clean_model_instances = True
        skip_unchanged = True


@admin.register(Product)
class ProductAdmin(SmallTableAdmin):
    resource_classes = [ProductResource]
    list_display = ["name", "prefix", "digits", "children_per_parent", "kg_per_child"]

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False
