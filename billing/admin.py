"""Bills and returns in the Django admin, to look at."""

from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from audit.readonly import ReadOnly
from billing.models import Bill, BillBag, Return, ReturnLine


@admin.register(Bill)
class BillAdmin(ReadOnly):
    list_display = ("number", "state", "destination", "vehicle_number", "target", "actual_kg", "created_at")
    list_filter = ("state",)
    search_fields = ("number", "destination", "vehicle_number")

    def ways(self, obj: Bill) -> list[tuple[Any, str]]:
        return [
            (_("The bill's page"), reverse("bill-detail", args=[obj.number])),
            (_("bill lines"), f"{reverse('admin:billing_billbag_changelist')}?bill__exact={obj.pk}"),
            (_("Audit"), reverse("audit-history", args=["bill", obj.pk])),
        ]


@admin.register(BillBag)
class BillBagAdmin(ReadOnly):
    list_display = ("bag", "bill", "added_at", "added_by", "removed_at", "returned_at", "weight_kg")
    list_select_related = ("bag", "bill", "added_by")
    search_fields = ("bill__number",)


@admin.register(Return)
class ReturnAdmin(ReadOnly):
    list_display = ("number", "state", "area", "created_at", "created_by", "committed_at")
    list_filter = ("state", "area")
    list_select_related = ("area", "created_by")
    search_fields = ("number",)

    def ways(self, obj: Return) -> list[tuple[Any, str]]:
        return [
            (_("The return's page"), reverse("return-detail", args=[obj.number])),
            (_("return lines"), f"{reverse('admin:billing_returnline_changelist')}?ticket__exact={obj.pk}"),
        ]


@admin.register(ReturnLine)
class ReturnLineAdmin(ReadOnly):
    list_display = ("bag", "ticket", "added_at", "added_by", "removed_at", "child_count", "weight_kg")
    list_select_related = ("bag", "ticket", "added_by")
    search_fields = ("ticket__number",)
