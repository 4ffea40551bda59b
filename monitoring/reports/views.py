"""The pages of the reports, and their files."""

from dataclasses import asdict
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from pydantic import ValidationError

from accounts.api import ApiError, operator_of
from accounts.trail import record_export
from bags.sheets import file_name
from billing.papers.views import paper_response
from monitoring.reports.asking import Asked
from monitoring.reports.catalogue import KINDS, kinds_for, make_report
from monitoring.reports.days import today
from monitoring.reports.formats import FILES, PDF_TYPE, as_pdf
from monitoring.reports.mail import MAX_ATTEMPTS, compose, mails_told
from monitoring.reports.mailings import MAILINGS
from monitoring.reports.shape import Report


def _page(view: Any) -> Any:
    """For whoever is signed in; what the services refuse becomes a page."""

    @require_safe
    @never_cache
    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, **rest: Any) -> HttpResponse:
        try:
            return view(request, **rest)
        except ApiError as refused:
            if refused.status == 403:
                raise PermissionDenied from None
            raise Http404(_("no such operator")) from None

    return guarded


@_page
def report_list(request: HttpRequest) -> HttpResponse:
    viewer = operator_of(request)
    context = {"kinds": kinds_for(viewer), "mailings": MAILINGS.values() if viewer.sees_all else ()}
    return render(request, "reports/report_list.html", context)


@_page
def report_page(request: HttpRequest, name: str) -> HttpResponse:
    """A report on screen; days that are not understood are said so, without any figures."""
    kind = KINDS[name]
    if kind not in kinds_for(operator_of(request)):
        raise PermissionDenied
    try:
        asked = _asked(request)
    except ValidationError as error:
        context = {"kind": kind, "refused": _told(error)}
        return render(request, "reports/report.html", context, status=400)
    report = make_report(name=name, asked=asked, viewer=operator_of(request))
    context = {"kind": kind, "report": report, "asked": asked, "chart": asdict(report.chart)}
    return render(request, "reports/report.html", context)


@_page
def report_file(request: HttpRequest, name: str, kind: str) -> HttpResponse:
    try:
        asked = _asked(request)
    except ValidationError:
        raise Http404(_("no such day")) from None
    viewer = operator_of(request)
    report = make_report(name=name, asked=asked, viewer=viewer)
    filters = asked.model_dump(mode="json", exclude_none=True)
    record_export(what=f"{name}.{kind}", filters=filters, signed=viewer.signature)
    if kind == "pdf":
        return paper_response(as_pdf(report, printed_by=viewer.name), PDF_TYPE, _file_name(report, kind))
    make, content_type = FILES[kind]
    return paper_response(make(report), content_type, _file_name(report, kind))


@_page
def report_mail(request: HttpRequest, name: str) -> HttpResponse:
    """How a report's daily e-mail looks now, to whom it goes, and what became of the last ones."""
    if not operator_of(request).sees_all:
        raise PermissionDenied
    mailing = MAILINGS[name]
    context = {
        "mailing": mailing,
        "mail": compose(mailing, today()),
        "mails": mails_told(mailing),
        "sender": settings.DEFAULT_FROM_EMAIL,
        "has_server": bool(settings.EMAIL_URL),
        "max_attempts": MAX_ATTEMPTS,
    }
    return render(request, "reports/report_mail.html", context)


def _file_name(report: Report, kind: str) -> str:
    return file_name(f"{report.title} {report.about}", kind)


def _asked(request: HttpRequest) -> Asked:
    return Asked.model_validate(request.GET.dict())


def _told(error: ValidationError) -> str:
    """The first thing wrong, without pydantic's own beginning."""
    return error.errors()[0]["msg"].removeprefix("Value error, ")
