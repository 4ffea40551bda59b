"""The Django admin's lists of what is never changed by hand: they open as fast with millions of rows."""

from typing import Any, ClassVar

import orjson
from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

COUNT_UP_TO = 10_000


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
    Only the newest come first, for any other order would sort the whole table.

    All columns but the `hidden` ones are shown, and the `ways` from a thing to what belongs to it.
    """

    paginator = EstimatingPaginator
    show_full_result_count = False
    list_per_page = 50
    ordering = ["-pk"]
    sortable_by = ()
    actions = None
    hidden: ClassVar[tuple[str, ...]] = ()

    def ways(self, _obj: Any) -> list[tuple[Any, str]]:
        """What each way is called and its address."""
        return []

    @admin.display(description=_("See also"))
    def see_also(self, obj: Any) -> SafeString:
        links = [(address, name) for name, address in self.ways(obj)]
        return format_html_join(" · ", '<a href="{}">{}</a>', links)

    def get_fields(self, _request: HttpRequest, obj: Any = None) -> Any:
        shown = self.fields or [
            field.name for field in self.opts.concrete_fields if field.name not in self.hidden
        ]
        return [*shown, "see_also"] if obj and self.ways(obj) else list(shown)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_fields(request, obj)

    def has_add_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False
