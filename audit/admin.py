"""The audit log, its seals and anchors in the Django admin: to look at, here as in the database."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from audit.actions import Action
from audit.models import Anchor, AuditLog, Seal
from audit.readonly import ReadOnly
from audit.words import WORDS


class ActionFilter(admin.SimpleListFilter):
    """The known actions; asking the table which there are would read all of it."""

    title = _("action")
    parameter_name = "action"

    def lookups(self, _request: HttpRequest, _admin: Any) -> list[tuple[str, Any]]:
        return [(action.value, WORDS[action]) for action in Action]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(action=self.value()) if self.value() else queryset


@admin.register(AuditLog)
class AuditLogAdmin(ReadOnly):
    list_display = ["at", "actor", "on_behalf_of", "action", "target_type", "target_label"]
    list_filter = [ActionFilter]
    ordering = ["-at", "-pk"]

    def ways(self, obj: AuditLog) -> list[tuple[Any, str]]:
        seals = f"{reverse('admin:audit_seal_changelist')}?entry__exact={obj.pk}"
        return [(_("This entry with its proof"), reverse("audit-entry", args=[obj.pk])), (_("seals"), seals)]


@admin.register(Seal)
class SealAdmin(ReadOnly):
    list_display = ["position", "entry", "hexadecimal", "erasure"]
    fields = ["position", "entry", "hexadecimal", "erasure"]

    @admin.display(description=_("hash"))
    def hexadecimal(self, obj: Seal) -> str:
        return bytes(obj.hash).hex()

    def ways(self, obj: Seal) -> list[tuple[Any, str]]:
        return [(_("audit entry"), reverse("admin:audit_auditlog_change", args=[obj.entry]))]


@admin.register(Anchor)
class AnchorAdmin(ReadOnly):
    list_display = ["at", "count", "hexadecimal", "through"]
    fields = ["at", "count", "hexadecimal", "through"]

    @admin.display(description=_("head"))
    def hexadecimal(self, obj: Anchor) -> str:
        return bytes(obj.head).hex()
