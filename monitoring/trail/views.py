"""The pages on which admins look at the audit log. Each makes one call and shows the result."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.api import ApiError, operator_of
from accounts.operators import Operator
from accounts.trail import record_export, record_reading, record_search
from audit.models import AuditLog
from audit.words import TARGETS
from bags.sheets import CSV_TYPE
from monitoring.trail import reading
from monitoring.trail.exporting import csv_export
from monitoring.trail.forms import SearchForm


@require_safe
@login_required
def search(request: HttpRequest) -> HttpResponse:
    by = _admin(request)
    form = SearchForm(request.GET)
    if not form.is_valid():
        return render(request, "audit/search.html", {"form": form}, status=400)
    if form.cleaned_data["actor"]:
        record_search(name=form.cleaned_data["actor"], signed=by.signature)
    try:
        page = reading.search(form.cleaned_data, after=request.GET.get("after"))
    except ApiError:
        raise Http404(_("no such place in the list")) from None
    return render(request, "audit/search.html", {"form": form, "page": page})


@require_safe
@login_required
def entry(request: HttpRequest, entry_id: int) -> HttpResponse:
    """One entry: before and after, and what proves it."""
    _admin(request)
    found = AuditLog.objects.filter(pk=entry_id).first()
    if found is None:
        raise Http404(_("no such entry"))
    context = {"row": reading.told(found), "proof": reading.proof(found)}
    return render(request, "audit/entry.html", context)


@require_safe
@login_required
def history(request: HttpRequest, kind: str, number: str) -> HttpResponse:
    """What happened to one thing."""
    by = _admin(request)
    if kind not in TARGETS or "\0" in number:
        raise Http404(_("no such kind of thing"))
    try:
        page = reading.history(kind, number, after=request.GET.get("after"))
    except ApiError:
        raise Http404(_("no such place in the list")) from None
    first = page["results"][0] if page["results"] else None
    label = first["entry"].target_label if first else number
    if kind == "user" and first:  # else `number` is what somebody typed, perhaps a name
        record_reading(target_type=kind, target_id=number[:40], label=label, signed=by.signature)
    context = {"page": page, "kind": TARGETS[kind], "label": label, "link": first and first["link"]}
    return render(request, "audit/history.html", context)


@require_safe
@login_required
def export(request: HttpRequest) -> HttpResponseBase:
    """What the search finds, as CSV, with what proves each entry."""
    by = _admin(request)
    form = SearchForm(request.GET)
    if not form.is_valid():
        raise Http404(_("no such search"))
    asked = {name: str(value) for name, value in form.cleaned_data.items() if value}
    record_export(what="audit.csv", filters=asked, signed=by.signature)
    response = StreamingHttpResponse(csv_export(reading.filtered(form.cleaned_data)), content_type=CSV_TYPE)
    response["Content-Disposition"] = content_disposition_header(True, "audit.csv")
    return response


def _admin(request: HttpRequest) -> Operator:
    operator = operator_of(request)
    if not operator.is_admin:
        raise PermissionDenied
    return operator
