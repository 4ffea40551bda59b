"""The wallboard itself, which a token opens, and the admins' page of links."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.api import ApiError, error_response, operator_of
from accounts.models import Role
from accounts.operators import Operator
from audit.log import Signature
from monitoring.api import numbers_response
from monitoring.models import WallboardLink
from monitoring.statistics.numbers import dashboard_numbers
from monitoring.wallboard import links
from monitoring.wallboard.forms import LinkForm

BEARER = "Bearer "
LINKS_SHOWN = 200
WALL = "wallboard"  # nobody who could change anything
# What hangs on a wall names no person and no device.
SHOWN = (
    "open_parents",
    "scans_today",
    "accepted_today",
    "refused_today",
    "bills_by_state",
    "hours",
    "areas",
    "unsent_scans",
    "as_of",
    "late",
)


@require_safe
def wallboard(request: HttpRequest) -> HttpResponse:
    """The page; its numbers it asks for with the same token."""
    link = links.link_of(request.GET.get("token", ""))
    if link is None:
        raise Http404(_("no such wallboard"))
    return render(request, "monitoring/wallboard.html", {"link": link, "numbers": _numbers(link)})


@require_safe
def numbers(request: HttpRequest) -> HttpResponseBase:
    """Its numbers, as JSON, with an ETag. The token comes in a header, so that it stands in no log."""
    given = request.headers.get("Authorization", "")
    link = links.link_of(given.removeprefix(BEARER)) if given.startswith(BEARER) else None
    if link is None:
        said = _("This link was taken back or never was one. Ask an admin for another.")
        return error_response(ApiError(404, "not_found", said))
    return numbers_response(request, _numbers(link))


def _numbers(link: WallboardLink) -> dict[str, Any]:
    """What a biller would see of everything, or a dispatcher of the link's area."""
    role = Role.DISPATCHER if link.area_id else Role.BILLER
    told = dashboard_numbers(
        Operator(id=0, name=WALL, role=role, area=link.area_id, signature=Signature(actor=WALL))
    )
    return {name: told[name] for name in SHOWN} | {"this_hour": told["hours"][-1]["scans"]}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def link_list(request: HttpRequest) -> HttpResponse:
    """All links; POST makes one, whose address is on the answer's page and nowhere else."""
    by = _admin(request)
    form = LinkForm(request.POST if request.method == "POST" else None)
    made = address = None
    if form.is_valid():
        try:
            made, token = links.make_link(**form.facts, by=by)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            address = f"{settings.PUBLIC_URL}{reverse('wallboard')}?token={token}"
            form = LinkForm()
    every = WallboardLink.objects.select_related("area", "created_by", "revoked_by")
    found = every.order_by(F("revoked_at").desc(nulls_first=True), "-pk")[:LINKS_SHOWN]
    shown = {"form": form, "made": made, "address": address, "links": found}
    return render(request, "monitoring/wallboard_links.html", shown)


@require_POST
@login_required
def revoke(request: HttpRequest, link_id: int) -> HttpResponse:
    by = _admin(request)
    try:
        links.revoke_link(link_id=link_id, by=by)
    except links.LinkRefused as refused:
        raise Http404(refused.message) from None
    messages.success(request, _("Taken back. The screen stops within seconds."))
    return redirect("wallboard-links")


def _admin(request: HttpRequest) -> Operator:
    operator = operator_of(request)
    if not operator.is_admin:
        raise PermissionDenied
    return operator
