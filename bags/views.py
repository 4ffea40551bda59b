"""The pages for packing and for looking at bags. Each makes one call and shows the result."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.api import ApiError, operator_of
from bags import reading
from bags.products import known_products
from bags.scanning.codes import storable

FILTERS = ("q", "kind", "state", "area", "product")


@require_safe
@never_cache
@login_required
def scan(request: HttpRequest) -> HttpResponse:
    """The packing screen."""
    products = [
        {"name": product.name, "prefix": product.prefix, "digits": product.digits, "limit": product.limit}
        for product in known_products().values()
    ]
    return render(request, "scan/pack.html", {"products": products})


@require_safe
@login_required
def bag_list(request: HttpRequest) -> HttpResponse:
    filters: dict[str, Any] = {name: storable(request.GET.get(name, ""))[:256] for name in FILTERS}
    try:
        page = reading.list_bags(operator_of(request), filters, after=request.GET.get("after"), limit=50)
    except ApiError:
        raise Http404(_("no such place in the list")) from None
    return render(request, "bags/bag_list.html", {"page": page, "filters": filters})


@require_safe
@login_required
def own_scans(request: HttpRequest) -> HttpResponse:
    """What somebody scanned, refused scans and all, newest first."""
    operator = operator_of(request)
    try:
        page = reading.list_scans(
            operator, {"operator": operator.name}, after=request.GET.get("after"), limit=50
        )
    except ApiError:
        raise Http404(_("no such place in the list")) from None
    return render(request, "bags/own_scans.html", {"page": page})


@require_safe
@login_required
def bag_detail(request: HttpRequest, qr_id: str) -> HttpResponse:
    bag = reading.find_bag(operator_of(request), qr_id)
    if bag is None:
        raise Http404(_("no such bag"))
    context = {"bag": reading.bag_detail(bag), "timeline": reading.timeline(bag)}
    return render(request, "bags/bag_detail.html", context)
