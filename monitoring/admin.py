"""What the house notes about itself, in the Django admin: to look at."""

from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from audit.readonly import ReadOnly
from monitoring.models import (
    DayMail,
    DaySize,
    ErrorCount,
    HealthSample,
    Incident,
    StatisticsCache,
    WallboardLink,
)


@admin.register(DayMail)
class DayMailAdmin(ReadOnly):
    list_display = ("day", "kind", "recipient", "due_at", "attempts", "last_error", "sent_at")


@admin.register(StatisticsCache)
class StatisticsCacheAdmin(ReadOnly):
    list_display = ("id", "zone", "folded_at", "reconciled_at")


@admin.register(WallboardLink)
class WallboardLinkAdmin(ReadOnly):
    list_display = ("name", "area", "created_at", "created_by", "revoked_at", "revoked_by")
    list_select_related = ("area", "created_by", "revoked_by")
    hidden = ("token_hash",)

    def ways(self, _obj: WallboardLink) -> list[tuple[Any, str]]:
        return [(_("Wallboard links"), reverse("wallboard-links"))]


@admin.register(ErrorCount)
class ErrorCountAdmin(ReadOnly):
    list_display = ("minute", "kind", "times")


@admin.register(HealthSample)
class HealthSampleAdmin(ReadOnly):
    list_display = ("minute",)


@admin.register(DaySize)
class DaySizeAdmin(ReadOnly):
    list_display = ("day", "size")


@admin.register(Incident)
class IncidentAdmin(ReadOnly):
    list_display = ("item", "began_at", "good_since", "ended_at", "bad_mailed_at")

    def ways(self, _obj: Incident) -> list[tuple[Any, str]]:
        return [(_("System"), reverse("system"))]
