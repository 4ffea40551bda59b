"""The return pages, in the manner of the bill pages."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.operators import Operator
from bags import shell
from bags.products import product_shapes
from billing import return_reading, returns
from billing.forms import NewReturnForm, ReturnFilterForm
from billing.models import Return
from billing.screens import RETURNING
from billing.services import BillRefused
from billing.views import (
    PAGE,
    assert_may_bill,
    page_or_404,
    page_with_forms,
    reason_of,
    saved,
    taken_off,
)


@require_safe
@login_required
def return_list(request: HttpRequest) -> HttpResponse:
    assert_may_bill(request)
    form = ReturnFilterForm(request.GET)
    filters = form.filters if form.is_valid() else {}
    after = request.GET.get("after")
    page = page_or_404(lambda: return_reading.list_returns(filters, after=after, limit=PAGE))
    return render(request, "billing/return_list.html", {"page": page, "form": form})


@page_with_forms
@login_required
def return_new(request: HttpRequest) -> HttpResponse:
    by = assert_may_bill(request)
    form = NewReturnForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        area, notes = form.cleaned_data["area"].pk, form.cleaned_data["notes"]
        if made := saved(form, lambda: returns.create_return(area=area, notes=notes, by=by)):
            return redirect("return-detail", made.number)
    return render(request, "billing/return_new.html", {"form": form}, status=400 if form.errors else 200)


@page_with_forms
@login_required
def return_detail(request: HttpRequest, number: str) -> HttpResponse:
    by = assert_may_bill(request)
    context: dict[str, Any] = {"reason": "", "refused": "", "asked": ""}
    if request.method == "POST":
        context |= {"reason": reason_of(request), "asked": request.POST.get("do", "off")}
        try:
            messages.success(request, _done(request, number, by))
            return redirect("return-detail", number)
        except BillRefused as refused:
            context["refused"] = refused.message
    context |= {"ticket": return_reading.return_detail(_found(number)), "key": uuid.uuid4()}
    return render(request, "billing/return_detail.html", context, status=409 if context["refused"] else 200)


@require_safe
@never_cache
@login_required
@shell.with_camera
def return_scan(request: HttpRequest, number: str) -> HttpResponse:
    """The full-screen page that scans sacks onto a return."""
    assert_may_bill(request)
    ticket = _found(number)
    context = {**shell.context(RETURNING), "products": product_shapes(), "number": ticket.number}
    return render(request, RETURNING.template, context)


@require_safe
@never_cache
@shell.with_camera
@shell.in_its_language
def return_shell(_request: HttpRequest) -> HttpResponse:
    """That page with nobody's data, which a browser keeps for times without a connection."""
    return HttpResponse(shell.page(RETURNING))


def _found(number: str) -> Return:
    ticket = return_reading.find_return(number)
    if ticket is None:
        raise Http404(_("no such return"))
    return ticket


def _done(request: HttpRequest, number: str, by: Operator) -> str:
    """Do what the pressed button says. Returns what to tell; raises BillRefused."""
    if parent := request.POST.get("off"):
        return taken_off(request.POST.get("key", ""), parent, number, by, mode="unreturn")
    asked = request.POST.get("do", "")
    if asked not in _OPERATIONS:
        raise BillRefused("unknown", _("Nothing was changed: this page did not say what to do."))
    operation, told = _OPERATIONS[asked]
    operation(request, number, by)
    return str(told)


_OPERATIONS: dict[str, tuple[Callable[[HttpRequest, str, Operator], Return], Any]] = {
    "commit": (
        lambda _request, number, by: returns.commit_return(number=number, by=by),
        _lazy("The return is committed. Its sacks can go on bills again."),
    ),
    "cancel": (
        lambda request, number, by: returns.cancel_return(number=number, by=by, reason=reason_of(request)),
        _lazy("The return is cancelled. Its sacks stand as they did before."),
    ),
}
