"""The addresses of a bill's papers."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.api import operator_of
from accounts.trail import record_export
from bags.sheets import CSV_TYPE, XLSX_TYPE, file_name
from billing import reading
from billing.papers.bill import bill_pdf
from billing.papers.sheet import bill_csv, bill_xlsx


@require_safe
@never_cache
@login_required
def bill_paper(request: HttpRequest, number: str, kind: str) -> HttpResponse:
    """The bill as pdf, csv or xlsx. The PDF opens in the browser, ready to print."""
    operator = operator_of(request)
    if not operator.may_bill:
        raise PermissionDenied
    found = reading.find_bill(number)
    if found is None:
        raise Http404(_("no such bill"))
    bill = reading.bill_detail(found)
    name = file_name(f"bill {bill['number']}", kind)
    record_export(what=name, filters={"bill": bill["number"]}, signed=operator.signature)
    if kind == "pdf":
        return paper_response(bill_pdf(bill, printed_by=operator.name), "application/pdf", name)
    make, content_type = {"csv": (bill_csv, CSV_TYPE), "xlsx": (bill_xlsx, XLSX_TYPE)}[kind]
    return paper_response(make(bill), content_type, name)


def paper_response(body: bytes, content_type: str, name: str) -> HttpResponse:
    """A file to look at (PDF) or to keep (all others)."""
    response: Any = HttpResponse(body, content_type=content_type)
    is_kept = content_type != "application/pdf"
    response["Content-Disposition"] = content_disposition_header(is_kept, name)
    return response
