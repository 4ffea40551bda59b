"""The help: one page for each role, to read and to print."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.api import operator_of
from accounts.models import Role


@require_safe
@login_required
def own_help(request: HttpRequest) -> HttpResponse:
    return redirect("help", role=operator_of(request).role)


@require_safe
@login_required
def help_page(request: HttpRequest, role: str) -> HttpResponse:
    """Anybody may read each page: a biller packs too, and an admin explains it to the others."""
    return render(request, f"help/{role}.html", {"roles": Role.choices, "role": role})
