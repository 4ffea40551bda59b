"""People in the Django admin: to look at, areas and users also as files. What is worth a sign-in (sessions,
recovery codes, code apps) is not there; a user's page ends or replaces it."""

from typing import Any

from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import Area, EmailChange, Notification, PromotionRequest, User
from accounts.tables import AreaResource, SmallTableAdmin, UserResource
from audit.readonly import ReadOnly

# The second factor has one door, the services of accounts.second_factor; here secrets would lie open.
admin.site.unregister(TOTPDevice)
# Roles say who may what; a group would be a second way, and be changed without an entry in the audit log.
admin.site.unregister(Group)


def _page_of(user_id: int) -> tuple[Any, str]:
    return _("The user's page"), reverse("user", args=[user_id])


@admin.register(Area)
class AreaAdmin(ReadOnly, SmallTableAdmin):
    resource_classes = [AreaResource]
    list_display = ["slug", "name"]
    search_fields = ["slug", "name"]


@admin.register(User)
class UserAdmin(ReadOnly, SmallTableAdmin):
    resource_classes = [UserResource]
    list_display = ["username", "role", "area", "email", "is_active"]
    list_filter = ["role", "is_active"]
    list_select_related = ["area"]
    fields = ["username", "role", "area", "email", "is_active", "created_at"]
    search_fields = ["username", "email"]

    def ways(self, obj: User) -> list[tuple[Any, str]]:
        scans = f"{reverse('admin:bags_scan_changelist')}?operator__exact={obj.pk}"
        return [
            _page_of(obj.pk),
            (_("scans"), scans),
            (_("Audit"), reverse("audit-history", args=["user", obj.pk])),
        ]


@admin.register(PromotionRequest)
class PromotionRequestAdmin(ReadOnly):
    """Answered on the user's page."""

    list_display = ["user", "reason", "asked_at", "state", "decided_by", "decided_at"]
    list_filter = ["state"]
    list_select_related = ["user", "decided_by"]

    def ways(self, obj: PromotionRequest) -> list[tuple[Any, str]]:
        return [_page_of(obj.user_id)]


@admin.register(Notification)
class NotificationAdmin(ReadOnly):
    list_display = ["created_at", "user", "kind", "read_at"]
    list_select_related = ["user"]


@admin.register(EmailChange)
class EmailChangeAdmin(ReadOnly):
    list_display = ["user", "email", "asked_at"]
    list_select_related = ["user"]


@admin.register(AccessAttempt)
class AccessAttemptAdmin(ReadOnly):
    """Failed sign-ins, from the first to the one that locks. Unlocked on the user's page."""

    list_display = ["username", "ip_address", "failures_since_start", "attempt_time"]
    fields = ["username", "ip_address", "failures_since_start", "attempt_time"]
    search_fields = ["username"]
