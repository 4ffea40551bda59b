from typing import Any

import django.contrib.auth.admin  # noqa: F401 - registers groups, to be taken out here
from django.contrib import admin
from django.contrib.auth.models import Group
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import Area, User
from accounts.tables import AreaResource, SmallTableAdmin, UserResource

# The second factor has one door, the services of accounts.second_factor; here secrets would lie open.
admin.site.unregister(TOTPDevice)
# Roles say who may what; a group would be a second way, and be changed without an entry in the audit log.
admin.site.unregister(Group)


class LookedAtAdmin(SmallTableAdmin):
    """Changed on pages of their own, or by a file; here they are looked at."""

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False


@admin.register(Area)
class AreaAdmin(LookedAtAdmin):
    resource_classes = [AreaResource]
    list_display = ["slug", "name"]
    search_fields = ["slug", "name"]


@admin.register(User)
class UserAdmin(LookedAtAdmin):
    resource_classes = [UserResource]
    list_display = ["username", "role", "area", "email", "is_active"]
    fields = ["username", "role", "area", "email", "is_active", "created_at"]
    search_fields = ["username", "email"]
