"""What is answered when a request goes wrong: JSON below /api/, a page in plain words elsewhere."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.api import ApiError, error_response

CODES = {
    400: "malformed",
    401: "signed_out",
    403: "not_allowed",
    404: "not_found",
    405: "wrong_method",
    413: "too_large",
    500: "broken",
    503: "unavailable",
}


def is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def refuse(request: HttpRequest, status: int) -> HttpResponse:
    """The error answer for a status, in the form that the caller reads."""
    if is_api(request):
        return error_response(ApiError(status, CODES.get(status, "refused"), _sentence(status)))
    page = status if status in (400, 403, 404, 500, 503) else 400
    return render(request, f"{page}.html", {"request_id": getattr(request, "request_id", "")}, status=status)


def _sentence(status: int) -> str:
    return {
        403: _("You may not do this. Nothing was changed."),
        404: _("There is nothing at this address, or not for you."),
        405: _("This address does not take this kind of call. Nothing was changed."),
        413: _("This call is too large. Nothing was changed. Send it in parts."),
        500: _("Something broke on our side. Nothing was lost. Try again."),
        503: _("The database does not answer just now. Nothing was lost. Try again in a moment."),
    }.get(status, _("This call was not understood. Nothing was changed."))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refuse(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refuse(request, 403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refuse(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    return refuse(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open too long; the JSON addresses say the same in their own way."""
    return refuse(request, 403) if is_api(request) else render(request, "403_csrf.html", status=403)
