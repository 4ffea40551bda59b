"""The bill pages. Each makes one call and shows the result; a refusal is a sentence on the same page."""

import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.api import ApiError, operator_of
from accounts.operators import Operator
from bags import shell
from bags.exports.catalogue import address_of
from bags.products import product_shapes
from bags.scanning.codes import storable
from bags.scanning.rules import Pull
from bags.scanning.service import Busy, process
from billing import reading, services
from billing.forms import BillFilterForm, EditBillForm, NewBillForm
from billing.history import bill_history, last_editor
from billing.models import Bill
from billing.return_reading import came_back
from billing.screens import BILLING
from billing.services import BillRefused

Made = TypeVar("Made")
REASON_LENGTH = 500
PAGE = 50
page_with_forms = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@login_required
def bill_list(request: HttpRequest) -> HttpResponse:
    assert_may_bill(request)
    form = BillFilterForm(request.GET)
    filters = form.filters if form.is_valid() else {}
    page = page_or_404(lambda: reading.list_bills(filters, after=request.GET.get("after"), limit=PAGE))
    context = {"page": page, "form": form, "export_as": address_of(filters)}
    return render(request, "billing/bill_list.html", context)


@page_with_forms
@login_required
def bill_new(request: HttpRequest) -> HttpResponse:
    by = assert_may_bill(request)
    form = NewBillForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        made = saved(form, lambda: services.create_bill(by=by, **form.cleaned_data))
        if made:
            return redirect("bill-detail", made.number)
    return render(request, "billing/bill_new.html", {"form": form}, status=400 if form.errors else 200)


@page_with_forms
@login_required
def bill_edit(request: HttpRequest, number: str) -> HttpResponse:
    by = assert_may_bill(request)
    bill = _found(number)
    form = EditBillForm(request.POST) if request.method == "POST" else EditBillForm.of(bill)
    context: dict[str, Any] = {"bill": bill, "form": form}
    if request.method != "POST":
        return render(request, "billing/bill_edit.html", context)
    if form.is_valid():
        try:
            done = services.edit_bill(
                number=number, version=form.cleaned_data["version"], changes=form.changes, by=by
            )
            return redirect("bill-detail", done.number)
        except BillRefused as refused:
            if refused.code == "changed_meanwhile":
                context |= _changed_meanwhile(form, bill)
            context["refused"] = refused.message
        except ValidationError as error:
            form.add_error(None, error)
    return render(request, "billing/bill_edit.html", context, status=409 if "refused" in context else 400)


def _changed_meanwhile(form: EditBillForm, bill: Bill) -> dict[str, Any]:
    """What others changed, by whom, and a form as of now with this reader's own changes in it."""
    return {
        "form": EditBillForm.of(bill, form.changes),
        "changed": form.changed_meanwhile(bill),
        "changed_by": last_editor(bill),
    }


@page_with_forms
@login_required
def bill_detail(request: HttpRequest, number: str) -> HttpResponse:
    by = assert_may_bill(request)
    context: dict[str, Any] = {"reason": "", "refused": "", "asked": ""}
    if request.method == "POST":
        context |= {"reason": reason_of(request), "asked": request.POST.get("do", "off")}
        try:
            messages.success(request, _done(request, number, by))
            return redirect("bill-detail", number)
        except BillRefused as refused:
            context["refused"] = refused.message
    found = _found(number)
    bill = reading.bill_detail(found)
    context |= {"bill": bill, "is_live": bill["state"] in ("draft", "processing"), "key": uuid.uuid4()}
    if found.state == Bill.State.COMPLETED:
        context["came_back"] = came_back(found)
    return render(request, "billing/bill_detail.html", context, status=409 if context["refused"] else 200)


def _done(request: HttpRequest, number: str, by: Operator) -> str:
    """Do what the pressed button says. Returns what to tell; raises BillRefused."""
    if parent := request.POST.get("off"):
        return taken_off(request.POST.get("key", ""), parent, number, by, mode="unbill")
    asked = request.POST.get("do", "")
    if asked not in _OPERATIONS:
        raise BillRefused("unknown", _("Nothing was changed: this page did not say what to do."))
    operation, told = _OPERATIONS[asked]
    operation(number=number, by=by, reason=reason_of(request))
    return str(told)


_OPERATIONS: dict[str, tuple[Callable[..., Bill], Any]] = {
    "complete": (services.complete_bill, _lazy("The bill is completed. Its weights are frozen.")),
    "reopen": (services.reopen_bill, _lazy("The bill is open again. Its weights are computed anew.")),
    "cancel": (services.cancel_bill, _lazy("The bill is cancelled. Its sacks can go on other bills.")),
}


def taken_off(key: str, parent: str, number: str, by: Operator, *, mode: str) -> str:
    """A line goes off by the one door of all scans, so a doubled touch is one removal. Returns what to
    tell; raises BillRefused."""
    try:
        pull = Pull(key=uuid.UUID(key), mode=mode, raw=parent, bill=number, source="typed")
        answer = process(pulls=[pull], operator=by, device=None)[0]
    except ValueError:
        raise BillRefused("unknown", _("Nothing was changed. Load this page again.")) from None
    except Busy:
        raise BillRefused("busy", _("Others were quicker. Nothing was changed. Try again.")) from None
    if answer["severity"] != "success":
        raise BillRefused(answer["code"], answer["message"])
    told: str = answer["message"]
    return told


@require_safe
@login_required
def bill_history_page(request: HttpRequest, number: str) -> HttpResponse:
    assert_may_bill(request)
    bill = _found(number)
    page = page_or_404(lambda: bill_history(bill, after=request.GET.get("after")))
    return render(request, "billing/bill_history.html", {"bill": bill, "page": page})


@require_safe
@never_cache
@login_required
@shell.with_camera
def bill_scan(request: HttpRequest, number: str) -> HttpResponse:
    """The full-screen page that scans sacks onto a bill."""
    assert_may_bill(request)
    bill = _found(number)
    context = {**shell.context(BILLING), "products": product_shapes(), "number": bill.number}
    return render(request, BILLING.template, context)


@require_safe
@never_cache
@shell.with_camera
@shell.in_its_language
def bill_shell(_request: HttpRequest) -> HttpResponse:
    """That page with nobody's data, which a browser keeps for times without a connection."""
    return HttpResponse(shell.page(BILLING))


def assert_may_bill(request: HttpRequest) -> Operator:
    """The operator, who works on bills. Asked before anything would tell what exists."""
    operator = operator_of(request)
    if not operator.may_bill:
        raise PermissionDenied
    return operator


def page_or_404(read: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return read()
    except ApiError:
        raise Http404(_("no such place in the list")) from None


def saved(form: forms.Form, operation: Callable[[], Made]) -> Made | None:
    """What the operation made, or None with its refusal told in the form."""
    try:
        return operation()
    except BillRefused as refused:
        form.add_error(None, refused.message)
    except ValidationError as error:
        form.add_error(None, error)
    return None


def reason_of(request: HttpRequest) -> str:
    return storable(request.POST.get("reason", ""))[:REASON_LENGTH]


def _found(number: str) -> Bill:
    bill = reading.find_bill(number)
    if bill is None:
        raise Http404(_("no such bill"))
    return bill
