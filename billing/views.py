"""The pages for looking at bills."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.api import ApiError, operator_of
from bags.scanning.codes import storable
from billing import reading


def _assert_may_bill(request: HttpRequest) -> None:
    if not operator_of(request).may_bill:
        raise PermissionDenied


@require_safe
@login_required
def bill_list(request: HttpRequest) -> HttpResponse:
    _assert_may_bill(request)
    filters = {name: storable(request.GET.get(name, ""))[:64] for name in ("q", "state")}
    try:
        page = reading.list_bills(filters, after=request.GET.get("after"), limit=50)
    except ApiError:
        raise Http404(_("no such place in the list")) from None
    return render(request, "billing/bill_list.html", {"page": page, "filters": filters})


@require_safe
@login_required
def bill_detail(request: HttpRequest, number: str) -> HttpResponse:
    _assert_may_bill(request)
    bill = reading.find_bill(number)
    if bill is None:
        raise Http404(_("no such bill"))
    return render(request, "billing/bill_detail.html", {"bill": reading.bill_detail(bill)})
