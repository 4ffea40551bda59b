"""The recounts' pages and buttons. Each makes its calls and says the result."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.api import ApiError, operator_of
from accounts.operators import Operator
from bags import shell
from bags.desk.deciding import DecisionRefused
from bags.desk.doors import decider, read_form, say
from bags.desk.forms import ReasonForm
from bags.products import product_shapes
from bags.recounts import reading
from bags.recounts.correcting import decide_line, take_back_line
from bags.recounts.finishing import drop_recount
from bags.recounts.forms import LinesForm, RecountFilterForm
from bags.recounts.models import Recount
from bags.recounts.screen import COUNTING

LINES_AT_ONCE = 100


@require_safe
@never_cache
@login_required
@shell.with_camera
def recount_scan(request: HttpRequest) -> HttpResponse:
    """The full-screen page that counts a sack."""
    return render(request, COUNTING.template, {**shell.context(COUNTING), "products": product_shapes()})


@require_safe
@never_cache
@shell.with_camera
@shell.in_its_language
def recount_shell(_request: HttpRequest) -> HttpResponse:
    """That page with nobody's data, which a browser keeps for times without a connection."""
    return HttpResponse(shell.page(COUNTING))


@require_safe
@login_required
def recount_list(request: HttpRequest) -> HttpResponse:
    form = RecountFilterForm(request.GET)
    try:
        page = reading.list_recounts(operator_of(request), form.filters, after=request.GET.get("after"))
    except ApiError:
        raise Http404(_("no such place in the list")) from None
    return render(request, "bags/recount_list.html", {"page": page, "form": form})


@require_safe
@login_required
def recount_detail(request: HttpRequest, recount_id: int) -> HttpResponse:
    """The board: expected, found, missing, unexpected."""
    by = operator_of(request)
    recount = _found(recount_id, by)
    may_decide = by.may_bill and recount.overtaken_by_id is None
    is_done = recount.state == Recount.State.FINISHED and not recount.undecided
    context = {
        "recount": recount,
        "board": reading.board(recount, by),
        "may_decide": may_decide,
        "may_confirm": may_decide and is_done and recount.sack.needs_recount,
    }
    return render(request, "bags/recount_detail.html", context)


@require_POST
@login_required
def recount_drop(request: HttpRequest, recount_id: int) -> HttpResponse:
    by = operator_of(request)
    recount = _found(recount_id, by)
    say(request, lambda: drop_recount(recount_id=recount.pk, by=by), _("This recount is given up."))
    return redirect("recount", recount_id)


@require_POST
@login_required
def recount_decide(request: HttpRequest, recount_id: int) -> HttpResponse:
    """Each chosen line by itself: what is refused keeps no other from being settled."""
    by, form = decider(request), read_form(LinesForm(request.POST))
    chosen = _chosen(request)
    if not 0 < len(chosen) <= LINES_AT_ONCE:
        told = _("Choose the packets first, {most} at most. Nothing was changed.").format(most=LINES_AT_ONCE)
        messages.error(request, told)
        return redirect("recount", recount_id)
    refusals = [_refused(line_id, form.cleaned_data, by) for line_id in chosen]
    if done := refusals.count(""):
        told = ngettext("Settled: {n} packet.", "Settled: {n} packets.", done).format(n=done)
        messages.success(request, told)
    for refusal in dict.fromkeys(filter(None, refusals)):
        messages.error(request, refusal)
    return redirect("recount", recount_id)


def _chosen(request: HttpRequest) -> list[int]:
    given = dict.fromkeys(request.POST.getlist("line"))
    if not all(text.isascii() and text.isdigit() and len(text) <= 18 for text in given):
        raise BadRequest
    return [int(text) for text in given]


def _refused(line_id: int, said: dict[str, str], by: Operator) -> str:
    try:
        decide_line(line_id=line_id, by=by, **said)
    except DecisionRefused as refused:
        return refused.message
    return ""


@require_POST
@login_required
def recount_take_back(request: HttpRequest, recount_id: int, line_id: int) -> HttpResponse:
    by, form = decider(request), read_form(ReasonForm(request.POST))
    say(
        request,
        lambda: take_back_line(line_id=line_id, by=by, **form.cleaned_data),
        _("Taken back. The difference is open again."),
    )
    return redirect("recount", recount_id)


def _found(recount_id: int, by: Operator) -> Recount:
    recount = reading.find_recount(recount_id, by)
    if recount is None:
        raise Http404(_("no such recount"))
    return recount
