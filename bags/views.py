"""The pages for packing and for looking at bags. Each makes one call and shows the result."""

import json
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe
from pydantic import TypeAdapter, ValidationError

from accounts.api import ApiError, operator_of
from bags import history, reading, shell
from bags.commands import CHECKS, COMMANDS
from bags.exports.catalogue import address_of
from bags.forms import BagFilterForm
from bags.models import Bag
from bags.products import product_shapes
from bags.schemas import When

EVENTS_SHOWN = 100
_WHEN: TypeAdapter[datetime] = TypeAdapter(When)


@require_safe
@never_cache
@gzip_page  # mostly words, over a slow line; it repeats nothing that a stranger could put into the address
@login_required
@shell.with_camera
def scan(request: HttpRequest) -> HttpResponse:
    """The packing screen."""
    return render(request, "scan/pack.html", {"products": product_shapes(), **shell.context()})


@require_safe
@never_cache
@gzip_page
@shell.with_camera
@shell.in_its_language
def scan_shell(_request: HttpRequest) -> HttpResponse:
    """The packing screen with nobody's data, which a browser keeps for times without a connection."""
    return HttpResponse(shell.page())


@require_safe
@never_cache
@shell.in_its_language
def scan_worker(_request: HttpRequest) -> HttpResponse:
    """The service worker that keeps the shell. It stands below /scan/, which it therefore may serve."""
    told, script = json.dumps(shell.for_worker()), json.dumps(static("js/worker.js"))
    return HttpResponse(f"self.SHELL = {told};\nimportScripts({script});\n", "text/javascript; charset=utf-8")


@require_safe
def manifest(_request: HttpRequest) -> HttpResponse:
    """What a phone needs to install the packing screen like an app."""
    icons = [("icon-192", 192, "any"), ("icon-512", 512, "any"), ("icon-maskable-512", 512, "maskable")]
    content = {
        "id": reverse("scan"),
        "name": "TraitorTrack",
        "short_name": "TraitorTrack",
        "description": _("Scan packets into sacks. No scan is lost, also without a connection."),
        "start_url": reverse("scan"),
        "scope": reverse("dashboard"),
        "display": "standalone",
        "background_color": "#0b5233",
        "theme_color": "#0b5233",
        "icons": [
            {
                "src": static(f"img/{name}.png"),
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": purpose,
            }
            for name, size, purpose in icons
        ],
    }
    return JsonResponse(content, content_type="application/manifest+json")


@require_safe
@login_required
def scan_sheet(request: HttpRequest) -> HttpResponse:
    """The command codes, to print."""
    address = request.build_absolute_uri(reverse("scan-check"))
    context = {"commands": COMMANDS, "checks": CHECKS, "check_address": address}
    return render(request, "scan/sheet.html", context)


@require_safe
@login_required
def scan_check(request: HttpRequest) -> HttpResponse:
    """The scanner check: three codes to scan, and what they tell about the scanner."""
    return render(request, "scan/check.html", {"checks": CHECKS})


@require_safe
@login_required
def bag_list(request: HttpRequest) -> HttpResponse:
    operator, form = operator_of(request), BagFilterForm(request.GET)
    filters = form.filters if form.is_valid() else {}
    try:
        page = reading.list_bags(operator, filters, after=request.GET.get("after"), limit=50)
    except ApiError:
        raise Http404(_("no such place in the list")) from None
    context = {"page": page, "form": form, "export_as": address_of(filters) if operator.sees_all else None}
    return render(request, "bags/bag_list.html", context)


@require_safe
@login_required
def own_scans(request: HttpRequest) -> HttpResponse:
    """What somebody scanned, refused scans and all, newest first."""
    operator = operator_of(request)
    filters = {"operator": operator.name}
    try:
        page = reading.list_scans(operator, filters, after=request.GET.get("after"), limit=50)
    except ApiError:
        raise Http404(_("no such place in the list")) from None
    return render(request, "bags/own_scans.html", {"page": page, "export_as": address_of(filters)})


@require_safe
@login_required
def bag_detail(request: HttpRequest, qr_id: str) -> HttpResponse:
    """A bag: what is so now, what happened, and with `at` what was inside or around it at that moment."""
    operator = operator_of(request)
    bag = reading.find_bag(operator, qr_id)
    if bag is None:
        raise Http404(_("no such bag"))
    told = history.timeline(bag, operator, limit=EVENTS_SHOWN, each_once=True)
    context = {
        "bag": reading.bag_detail(bag, operator),
        "bag_id": bag.pk,
        "events": told["timeline"],
        "is_whole": told["is_whole"],
    }
    if operator.sees_all and bag.kind == Bag.Kind.PARENT:
        context["export_as"] = address_of({"parent": bag.qr_id})
    asked = request.GET.get("at", "")
    try:
        context["moment"] = history.moment(bag, operator, _WHEN.validate_python(asked)) if asked else None
    except ValidationError:
        context["not_understood"] = asked[:40]
    status = 400 if "not_understood" in context else 200
    return render(request, "bags/bag_detail.html", context, status=status)
