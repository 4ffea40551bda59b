"""The admins' pages for imports. Each makes one call and shows the result."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.api import ApiError, operator_of
from accounts.models import Area
from accounts.operators import Operator
from accounts.paging import keyset_page
from bags.importing import service
from bags.importing.corrections import correction_pieces
from bags.importing.kinds import import_kinds
from bags.importing.models import ImportBatch
from bags.importing.progress import progress_of
from bags.importing.refusal import ImportRefused
from bags.importing.uploads import is_too_large
from bags.importing.words import file_words, row_words
from bags.sheets import CSV_TYPE, file_name

State = ImportBatch.State
BUSY = {State.UPLOADED, State.CONFIRMED, State.RUNNING, State.RETURNING}
PROBLEMS_A_PAGE = 50


class UploadForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("What the file holds"), choices=ImportBatch.Kind.choices, widget=forms.RadioSelect
    )
    file = forms.FileField(label=gettext_lazy("CSV or XLSX file"), allow_empty_file=True)
    area = forms.ModelChoiceField(
        label=gettext_lazy("Area of new sacks"),
        queryset=Area.objects.all(),
        required=False,
        empty_label=gettext_lazy("None"),
    )


def _admin(request: HttpRequest) -> Operator:
    operator = operator_of(request)
    if not operator.is_admin:
        raise PermissionDenied
    return operator


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def import_list(request: HttpRequest) -> HttpResponse:
    """The imports, newest first; POST uploads a file."""
    by = _admin(request)
    if request.method != "POST":
        return _list(request, UploadForm(initial={"kind": ImportBatch.Kind.BAGS}))
    form = UploadForm(request.POST, request.FILES)
    if is_too_large(int(request.META.get("CONTENT_LENGTH") or 0)):
        form.errors.clear()
        form.add_error("file", file_words("too_large", {"limit": settings.IMPORT_MAX_BYTES >> 20}))
        return _list(request, form, status=413)
    if not form.is_valid():
        return _list(request, form, status=400)
    sent, area = form.cleaned_data["file"], form.cleaned_data["area"]
    batch = service.upload(
        kind=form.cleaned_data["kind"],
        file_name=sent.name,
        pieces=sent.chunks(service.PART_BYTES),
        by=by,
        area=area and area.pk,
    )
    return redirect("import", batch.pk)


def _list(request: HttpRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    try:
        page = keyset_page(
            ImportBatch.objects.select_related("created_by"),
            after=request.GET.get("after"),
            limit=50,
            describe=lambda batch: {"batch": batch},
        )
    except ApiError:
        raise Http404(_("no such place in the list")) from None
    kinds = import_kinds().values()
    return render(request, "imports/list.html", {"page": page, "form": form, "kinds": kinds}, status=status)


@require_safe
@never_cache
@login_required
def import_detail(request: HttpRequest, batch_id: int) -> HttpResponse:
    """What a file would bring or brought, what is wrong with it, and what can be done."""
    _admin(request)
    batch = get_object_or_404(ImportBatch.objects.select_related("created_by", "taken_back_by"), pk=batch_id)
    context = {
        "batch": batch,
        "why": file_words(batch.code, batch.facts) if batch.code else "",
        "is_busy": batch.state in BUSY,
        "progress": progress_of(batch.pk),
        "page": _problems(batch, request.GET.get("after", "")),
        "columns": import_kinds()[batch.kind].columns,
    }
    return render(request, "imports/detail.html", context)


def _problems(batch: ImportBatch, after: str) -> dict[str, Any]:
    rows = batch.problems.order_by("place")
    if after.isascii() and after.isdigit() and len(after) < 10:
        rows = rows.filter(place__gte=int(after))
    found = list(rows[: PROBLEMS_A_PAGE + 1])
    columns = import_kinds()[batch.kind].columns
    results = [
        {
            "problem": row,
            "cells": list(zip(columns, row.cells, strict=False)),
            "words": row_words(row.code, row.facts),
        }
        for row in found[:PROBLEMS_A_PAGE]
    ]
    return {"results": results, "next": found[-1].place if len(found) > PROBLEMS_A_PAGE else None}


@require_safe
@never_cache
@login_required
def import_state(request: HttpRequest) -> HttpResponse:
    """For the page that waits: {"state", "progress"} of ?import=…"""
    _admin(request)
    number = request.GET.get("import", "")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise Http404(_("no such import"))
    batch = get_object_or_404(ImportBatch, pk=int(number))
    return JsonResponse({"state": batch.state, "progress": progress_of(batch.pk)})


@require_safe
@login_required
def import_corrections(request: HttpRequest, batch_id: int) -> HttpResponse | StreamingHttpResponse:
    """A file of just the rows that did not go in."""
    _admin(request)
    batch = get_object_or_404(ImportBatch, pk=batch_id)
    response = StreamingHttpResponse(correction_pieces(batch), content_type=CSV_TYPE)
    name = file_name(_("{file} to correct").format(file=batch.file_name.rpartition(".")[0]), "csv")
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response


@require_POST
@login_required
def import_confirm(request: HttpRequest, batch_id: int) -> HttpResponse:
    return _step(request, batch_id, service.confirm)


@require_POST
@login_required
def import_drop(request: HttpRequest, batch_id: int) -> HttpResponse:
    return _step(request, batch_id, service.drop)


@require_POST
@login_required
def import_take_back(request: HttpRequest, batch_id: int) -> HttpResponse:
    return _step(request, batch_id, service.ask_back)


def _step(request: HttpRequest, batch_id: int, operation: Callable[..., ImportBatch]) -> HttpResponse:
    by = _admin(request)
    get_object_or_404(ImportBatch, pk=batch_id)
    try:
        operation(batch_id, by=by)
    except ImportRefused as refused:
        messages.error(request, file_words(refused.code, refused.facts))
    return redirect("import", batch_id)
