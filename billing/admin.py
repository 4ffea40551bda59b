"""Bills and returns in the Django admin, to look at."""

from django.contrib import admin

from bags.readonly import ReadOnly
from billing.models import Bill, BillBag, Return, ReturnLine


@admin.register(Bill)
class BillAdmin(ReadOnly):
    list_display = ("number", "state", "destination", "vehicle_number", "target", "actual_kg", "created_at")
    list_filter = ("state",)
    search_fields = ("number", "destination", "vehicle_number")


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


@admin.register(ReturnLine)
class ReturnLineAdmin(ReadOnly):
    list_display = ("bag", "ticket", "added_at", "added_by", "removed_at", "child_count", "weight_kg")
    list_select_related = ("bag", "ticket", "added_by")
    search_fields = ("ticket__number",)
