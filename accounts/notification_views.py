"""The page of what one was told."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import notifications
from accounts.api import ApiError, operator_of


@require_safe
@login_required
def notification_list(request: HttpRequest) -> HttpResponse:
    me = operator_of(request).id
    try:
        page = notifications.list_notifications(user_id=me, after=request.GET.get("after"), limit=50)
    except ApiError:
        raise Http404(_("no such place in the list")) from None
    return render(request, "accounts/notification_list.html", {"page": page})


@require_POST
@login_required
def read(request: HttpRequest, notification_id: int) -> HttpResponse:
    """Marks it as read and leads to what it is about."""
    me = operator_of(request).id
    found = notifications.read_notification(user_id=me, notification_id=notification_id)
    if found is None:
        raise Http404(_("no such notification"))
    return redirect(found.link or "notification-list")


@require_POST
@login_required
def read_all(request: HttpRequest) -> HttpResponse:
    notifications.read_all(user_id=operator_of(request).id)
    return redirect("notification-list")
