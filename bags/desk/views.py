"""The desk's page and its buttons. Each button makes one call and says the result."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.api import ApiError
from bags.desk import deciding, reading
from bags.desk.doors import decider, read_form, say
from bags.desk.forms import DecisionForm, ReasonForm
from bags.recounts.confirming import confirm_count
from bags.recounts.reading import to_decide


@require_safe
@login_required
def conflict_list(request: HttpRequest) -> HttpResponse:
    decider(request)
    try:
        page = reading.open_conflicts(after=request.GET.get("after"))
    except ApiError:
        raise Http404(_("no such place in the list")) from None
    context = {
        "page": page,
        "decided": reading.decided_lately(),
        "recounts": to_decide(),
        "to_count": reading.to_count_again(),
    }
    return render(request, "bags/conflict_list.html", context)


@require_POST
@login_required
def decide(request: HttpRequest, scan_id: int) -> HttpResponse:
    by, form = decider(request), read_form(DecisionForm(request.POST))
    say(
        request,
        lambda: deciding.decide(scan_id=scan_id, by=by, **form.cleaned_data),
        _("Decided. You can take it back below."),
    )
    return redirect("conflict-list")


@require_POST
@login_required
def take_back(request: HttpRequest, scan_id: int) -> HttpResponse:
    by, form = decider(request), read_form(ReasonForm(request.POST))
    say(
        request,
        lambda: deciding.take_back(scan_id=scan_id, by=by, **form.cleaned_data),
        _("Taken back. The conflict is open again."),
    )
    return redirect("conflict-list")


@require_POST
@login_required
def counted(request: HttpRequest, qr_id: str) -> HttpResponse:
    by, form = decider(request), read_form(ReasonForm(request.POST))
    say(
        request,
        lambda: confirm_count(code=qr_id, by=by, **form.cleaned_data),
        _("Noted: this sack was counted."),
    )
    return redirect("bag-detail", qr_id)
