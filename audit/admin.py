"""The audit log in the Django admin: to look at, whoever asks."""

from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from audit.models import AuditLog

COUNT_UP_TO = 10_000


class UncountedPaginator(Paginator):
    """Counts no further than somebody turns pages: counting millions takes a second on each of them."""

    object_list: QuerySet[AuditLog]

    @cached_property
    def count(self) -> int:
        return self.object_list.order_by()[:COUNT_UP_TO].count()


@admin.register(AuditLog)
class AuditLogAdmin(admin.ModelAdmin):
    """Read only, here as in the database."""

    list_display = ["at", "actor", "on_behalf_of", "action", "target_type", "target_label"]
    list_filter = ["action"]
    ordering = ["-at", "-pk"]
    show_full_result_count = False
    paginator = UncountedPaginator

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False
