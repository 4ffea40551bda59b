"""The dashboard, and the probes that need no session."""

from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.api import operator_of
from monitoring.search import search
from monitoring.statistics.numbers import dashboard_numbers


@require_safe
@login_required
def dashboard(request: HttpRequest) -> HttpResponse:
    return render(request, "monitoring/dashboard.html", {"numbers": dashboard_numbers(operator_of(request))})


@require_safe
@login_required
def search_page(request: HttpRequest) -> HttpResponse:
    """What the field at the head of every page found."""
    text = request.GET.get("q", "")[:256]
    return render(request, "monitoring/search.html", {"q": text, "found": search(operator_of(request), text)})


@require_safe
@never_cache
def live(_request: HttpRequest) -> HttpResponse:
    """This process answers."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@never_cache
def ready(_request: HttpRequest) -> HttpResponse:
    """The database answers too; when it does not, the middleware says 503."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")
