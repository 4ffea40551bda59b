"""The Django admin's lists of what is never changed by hand: they open as fast with millions of rows."""

from typing import Any

import orjson
from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.functional import cached_property

from accounts.paging import COUNT_UP_TO


class EstimatingPaginator(Paginator):
    """Counts up to COUNT_UP_TO; beyond that it says what the planner expects."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        counted: int = rows.order_by()[: COUNT_UP_TO + 1].count()
        if counted <= COUNT_UP_TO:
            return counted
        plan = rows.order_by().explain(format="json")
        return max(counted, _rows_of(plan))


def _rows_of(plan: str) -> int:
    return int(orjson.loads(plan)[0]["Plan"]["Plan Rows"])


class ReadOnly(admin.ModelAdmin):
    """Looked at, never added, changed or deleted: that is for the operations of the pages, which record it.
    Only the newest come first, for any other order would sort the whole table."""

    paginator = EstimatingPaginator
    show_full_result_count = False
    list_per_page = 50
    ordering = ["-pk"]
    sortable_by = ()
    actions = None

    def has_add_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False
