"""The page of the parked codes and its buttons. Each button makes one call and says the result."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.api import ApiError
from accounts.models import Area
from bags.desk.doors import decider, read_form, say
from bags.desk.forms import ReasonForm
from bags.parked import reading
from bags.parked.deciding import decide_parked, take_back_parked
from bags.parked.forms import ParkedForm


@require_safe
@login_required
def parked_list(request: HttpRequest) -> HttpResponse:
    decider(request)
    try:
        page = reading.list_parked(after=request.GET.get("after"))
    except ApiError:
        raise Http404(_("no such place in the list")) from None
    context = {
        "page": page,
        "decided": reading.decided_lately(),
        "areas": Area.objects.order_by("name"),
        "export_as": "",  # all of them: there is nothing to filter by
    }
    return render(request, "bags/parked_list.html", context)


@require_POST
@login_required
def parked_decide(request: HttpRequest, scan_id: int) -> HttpResponse:
    by, form = decider(request), read_form(ParkedForm(request.POST))
    say(
        request,
        lambda: decide_parked(scan_id=scan_id, by=by, **form.cleaned_data),
        _("Settled. It stands below, under “Decided lately”."),
    )
    return redirect("parked-list")


@require_POST
@login_required
def parked_take_back(request: HttpRequest, scan_id: int) -> HttpResponse:
    by, form = decider(request), read_form(ReasonForm(request.POST))
    say(
        request,
        lambda: take_back_parked(scan_id=scan_id, by=by, **form.cleaned_data),
        _("Taken back. The code is parked again."),
    )
    return redirect("parked-list")
