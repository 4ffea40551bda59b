"""The desk's page and its buttons. Each button makes one call and says the result."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.api import ApiError, operator_of
from accounts.operators import Operator
from bags.desk import deciding, reading
from bags.desk.forms import DecisionForm, ReasonForm
from bags.recount import RecountRefused, confirm_count


@require_safe
@login_required
def conflict_list(request: HttpRequest) -> HttpResponse:
    _decider(request)
    try:
        page = reading.open_conflicts(after=request.GET.get("after"))
    except ApiError:
        raise Http404(_("no such place in the list")) from None
    context = {
        "page": page,
        "decided": reading.decided_lately(),
        "to_count": reading.to_count_again(),
    }
    return render(request, "bags/conflict_list.html", context)


@require_POST
@login_required
def decide(request: HttpRequest, scan_id: int) -> HttpResponse:
    by, form = _decider(request), _read(DecisionForm(request.POST))
    _say(
        request,
        lambda: deciding.decide(scan_id=scan_id, by=by, **form.cleaned_data),
        _("Decided. You can take it back below."),
    )
    return redirect("conflict-list")


@require_POST
@login_required
def take_back(request: HttpRequest, scan_id: int) -> HttpResponse:
    by, form = _decider(request), _read(ReasonForm(request.POST))
    _say(
        request,
        lambda: deciding.take_back(scan_id=scan_id, by=by, **form.cleaned_data),
        _("Taken back. The conflict is open again."),
    )
    return redirect("conflict-list")


@require_POST
@login_required
def counted(request: HttpRequest, qr_id: str) -> HttpResponse:
    by, form = _decider(request), _read(ReasonForm(request.POST))
    _say(
        request,
        lambda: confirm_count(code=qr_id, by=by, **form.cleaned_data),
        _("Noted: this sack was counted."),
    )
    return redirect("bag-detail", qr_id)


def _decider(request: HttpRequest) -> Operator:
    by = operator_of(request)
    if not by.may_bill:
        raise PermissionDenied
    return by


def _read(form: Form) -> Form:
    if not form.is_valid():
        raise BadRequest
    return form


def _say(request: HttpRequest, operation: Callable[[], object], done: str) -> None:
    try:
        operation()
    except (deciding.DecisionRefused, RecountRefused) as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, done)
