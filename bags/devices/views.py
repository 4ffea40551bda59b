"""The admins' pages about devices."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.api import operator_of
from bags.devices import reading


@require_safe
@login_required
def device_list(request: HttpRequest) -> HttpResponse:
    _assert_admin(request)
    return render(request, "bags/device_list.html", reading.list_devices())


@require_safe
@login_required
def device_detail(request: HttpRequest, device_id: UUID) -> HttpResponse:
    _assert_admin(request)
    detail = reading.device_detail(device_id)
    if detail is None:
        raise Http404(_("no such device"))
    return render(request, "bags/device_detail.html", detail)


def _assert_admin(request: HttpRequest) -> None:
    if not operator_of(request).is_admin:
        raise PermissionDenied
