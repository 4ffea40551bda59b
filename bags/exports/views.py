"""Lists as files to download, and the page of those that take longer."""

import tempfile
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from pydantic import ValidationError

from accounts.api import operator_of
from accounts.operators import Operator
from bags.exports import making
from bags.exports.catalogue import Listing, listings, read_filters
from bags.sheets import CSV_TYPE, XLSX_TYPE, file_name

TYPES = {"csv": CSV_TYPE, "xlsx": XLSX_TYPE}
IN_MEMORY_BYTES = 1_000_000


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def export_file(request: HttpRequest, name: str, kind: str) -> HttpResponseBase:
    """What a list shows, as a file. A large one is announced, and made by the worker when that is wanted."""
    operator = operator_of(request)
    listing = listings().get(name)
    if listing is None:
        raise Http404(_("no such list"))
    if not listing.may(operator):
        raise PermissionDenied
    try:
        wanted = read_filters(listing.filters, request.GET.items())
    except ValidationError:
        raise BadRequest(_("These filters are not understood.")) from None
    if request.method == "POST":
        try:
            making.ask_export(listing=listing, wanted=wanted, kind=kind, by=operator)
        except making.ExportRefused as refused:
            messages.error(request, refused.message)
        return redirect("export-list")
    if making.is_small(listing=listing, wanted=wanted, by=operator):
        return _at_once(listing, wanted, kind, operator)
    return render(request, "bags/export_large.html", {"listing": listing, "kind": kind})


@require_safe
@never_cache
@login_required
def export_list(request: HttpRequest) -> HttpResponse:
    """What somebody asked for: how far it is, and the files that are ready."""
    exports = making.own_exports(operator_of(request))
    titles = {name: listing.title for name, listing in listings().items()}
    told = [{**export, "title": titles[export["name"]]} for export in exports]
    is_busy = any(export["state"] in ("waiting", "running") for export in exports)
    return render(request, "bags/export_list.html", {"exports": told, "is_busy": is_busy})


@require_safe
@never_cache
@login_required
def export_download(request: HttpRequest, export_id: UUID) -> HttpResponseBase:
    """The file, for whoever asked for it."""
    export = making.find_download(export_id, operator_of(request))
    if export is None:
        raise Http404(_("no such file, or kept no longer"))
    return _attached(export.place.open("rb"), export.name, export.format)


def _at_once(listing: Listing, wanted: dict[str, Any], kind: str, operator: Operator) -> FileResponse:
    out = tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES)  # noqa: SIM115 - the answer closes it
    making.export_now(listing=listing, wanted=wanted, kind=kind, by=operator, out=out)
    out.seek(0)
    return _attached(out, listing.name, kind)


def _attached(file: Any, name: str, kind: str) -> FileResponse:
    told = file_name(f"{name} {timezone.localtime():%Y-%m-%d %H.%M}", kind)
    return FileResponse(file, as_attachment=True, filename=told, content_type=TYPES[kind])
