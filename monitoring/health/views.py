"""The admins' page about the system."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.api import operator_of
from monitoring.health.database import table_sizes
from monitoring.health.history import charted_samples, growth
from monitoring.health.incidents import TITLES, latest_incidents
from monitoring.health.report import health


@require_safe
@never_cache
@login_required
def system(request: HttpRequest) -> HttpResponse:
    if not operator_of(request).is_admin:
        raise PermissionDenied
    told = health()
    context = {
        "health": told,
        "items": [(name, title, told[name]) for name, title in TITLES.items() if name in told],
        "charts": _charts(),
        "samples": charted_samples(),
        "tables": table_sizes(),
        "growth": growth(),
        "incidents": latest_incidents(),
    }
    return render(request, "monitoring/system.html", context)


def _charts() -> list[dict[str, Any]]:
    """What is drawn: the name of its number, and its words."""
    return [
        {"name": "connections", "title": _("Connections in use")},
        {"name": "waiting_for_locks", "title": _("Statements that wait for a lock")},
        {"name": "cache_ms", "title": _("Redis answers in, ms")},
        {"name": "memory_free_percent", "title": _("Memory free, %")},
        {"name": "load_per_core", "title": _("Load by processor")},
        {"name": "jobs_waiting", "title": _("Jobs that wait")},
        {"name": "errors", "title": _("Errors a minute")},
        {"name": "replica_lag_seconds", "title": _("Replicas behind, s")},
    ]
