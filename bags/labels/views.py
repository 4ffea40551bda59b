"""The admins' pages for labels. Each makes one call and shows the result."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.api import ApiError, operator_of
from accounts.operators import Operator
from bags.labels import reading
from bags.labels.drawing import draw_ruler
from bags.labels.forms import PacketsForm, PaperForm, PrintForm, SacksForm
from bags.labels.models import LabelRange
from bags.labels.printing import print_labels
from bags.labels.refusal import LabelsRefused
from bags.labels.reserving import reserve_packets, reserve_sacks
from bags.sheets import file_name


def _admin(request: HttpRequest) -> Operator:
    operator = operator_of(request)
    if not operator.is_admin:
        raise PermissionDenied
    return operator


@require_safe
@login_required
def label_list(request: HttpRequest) -> HttpResponse:
    """What was reserved, newest first, and the forms to reserve more."""
    _admin(request)
    return _list(request)


@require_POST
@login_required
def label_sacks(request: HttpRequest) -> HttpResponse:
    """Reserve numbers for sacks."""
    by, form = _admin(request), SacksForm(request.POST, prefix="sacks")
    return _reserve(request, "sacks", form, lambda: reserve_sacks(**form.facts, by=by))


@require_POST
@login_required
def label_packets(request: HttpRequest) -> HttpResponse:
    """Reserve numbers for packets of a lot."""
    by, form = _admin(request), PacketsForm(request.POST, prefix="packets")
    return _reserve(request, "packets", form, lambda: reserve_packets(**form.facts, by=by))


def _reserve(
    request: HttpRequest, asked: str, form: Any, operation: Callable[[], LabelRange]
) -> HttpResponse:
    if not form.is_valid():
        return _list(request, status=400, asked=asked, **{asked: form})
    try:
        made = operation()
    except LabelsRefused as refused:
        form.add_error(None, refused.message)
        return _list(request, status=409, asked=asked, **{asked: form})
    told = ngettext(
        "{labels} label is reserved: {range}.", "{labels} labels are reserved: {range}.", made.labels
    )
    messages.success(request, told.format(labels=made.labels, range=made))
    return redirect("labels", made.pk)


def _list(request: HttpRequest, status: int = 200, asked: str = "", **forms: Any) -> HttpResponse:
    try:
        page = reading.list_ranges(after=request.GET.get("after"))
    except ApiError:
        raise Http404(_("no such place in the list")) from None
    context = {
        "sacks": SacksForm(prefix="sacks"),
        "packets": PacketsForm(prefix="packets"),
        "page": page,
        "asked": asked,
        **forms,
    }
    return render(request, "labels/list.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def label_range(request: HttpRequest, range_id: int) -> HttpResponse:
    """One range: what was printed of it, and the form to print. POST answers with the PDF."""
    by = _admin(request)
    found = get_object_or_404(LabelRange.objects.select_related("product", "reserved_by"), pk=range_id)
    if request.method != "POST":
        return _range(request, found, PrintForm(initial=reading.suggested(found, by)))
    form = PrintForm(request.POST)
    if not form.is_valid():
        return _range(request, found, form, status=400)
    try:
        made, body = print_labels(range_id=range_id, **form.facts, by=by)
    except LabelsRefused as refused:
        form.add_error("reason" if refused.code == "reason_needed" else None, refused.message)
        return _range(request, found, form, status=409)
    return _pdf(body, _("labels {first} to {last}").format(first=made.first_code, last=made.last_code))


@require_POST
@login_required
def label_ruler(request: HttpRequest, range_id: int) -> HttpResponse:
    """The ruler page for the paper that is chosen. Nothing is printed of the range."""
    _admin(request)
    found = get_object_or_404(LabelRange.objects.select_related("product", "reserved_by"), pk=range_id)
    form = PaperForm(request.POST)
    if not form.is_valid():
        return _range(request, found, PrintForm(request.POST), status=400)
    return _pdf(draw_ruler(form.paper), _("ruler page for labels"))


def _range(request: HttpRequest, found: LabelRange, form: PrintForm, status: int = 200) -> HttpResponse:
    context = {"range": found, "form": form, "prints": reading.prints_of(found)}
    return render(request, "labels/range.html", context, status=status)


def _pdf(body: bytes, name: str) -> HttpResponse:
    response = HttpResponse(body, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(
        as_attachment=True, filename=file_name(name, "pdf")
    )
    return response
