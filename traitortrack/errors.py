"""What is answered when a request goes wrong: JSON below /api/, a page in plain words elsewhere."""

from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.api import ApiError, error_response
from accounts.models import User
from accounts.operators import signature_of
from accounts.trail import record_refusal


class Words(NamedTuple):
    """What happened, what is safe, what to do next; `code` is stable, the rest is translated when told."""

    code: str
    title: str
    what: str
    next: str


MALFORMED = Words(
    "malformed",
    gettext_noop("This was not understood"),
    gettext_noop("What was sent did not make sense here. Nothing was changed."),
    gettext_noop("Go back, load the page again and try once more."),
)
CSRF = Words(
    "csrf",
    gettext_noop("This page was open too long"),
    gettext_noop(
        "So what it just sent was not taken. Nothing was changed, and scans on your device are safe."
    ),
    gettext_noop("Go to the start page and try again from there."),
)
HTTPS_ONLY = Words(
    "https_only",
    gettext_noop("Only over https"),
    gettext_noop("This call came over http, where others can read it. Nothing was changed."),
    gettext_noop("Send it to the address with https, and change what it carried."),
)
WORDS = {
    400: MALFORMED,
    401: Words(
        "signed_out",
        gettext_noop("You are signed out"),
        gettext_noop("Nothing was lost."),
        gettext_noop("Sign in and send it again."),
    ),
    403: Words(
        "not_allowed",
        gettext_noop("This is not for you"),
        gettext_noop("Your role may not do this. Nothing was changed."),
        gettext_noop("If you need it for your work, ask your admin."),
    ),
    404: Words(
        "not_found",
        gettext_noop("There is nothing here"),
        gettext_noop("The address is wrong, or what it names is not for you. Nothing was changed."),
        gettext_noop("Look for it from the start page."),
    ),
    405: Words(
        "wrong_method",
        gettext_noop("That cannot be done here"),
        gettext_noop("This address does not take this kind of call. Nothing was changed."),
        gettext_noop("Go to the start page and try again from there."),
    ),
    413: Words(
        "too_large",
        gettext_noop("That was too large"),
        gettext_noop("What was sent is larger than this address takes. Nothing was changed."),
        gettext_noop("Send it in parts, or a smaller file."),
    ),
    429: Words(
        "too_many",
        gettext_noop("Too many tries just now"),
        gettext_noop(
            "This was asked too often in a short time. Nothing was changed, and scans on your device "
            "are safe."
        ),
        gettext_noop("Wait a minute, then try again."),
    ),
    500: Words(
        "broken",
        gettext_noop("Something went wrong on our side"),
        gettext_noop(
            "Your last step may not be saved; everything before it is. Scans on your device are safe."
        ),
        gettext_noop("Wait a moment and try again. If it happens again, give your admin the number below."),
    ),
    503: Words(
        "unavailable",
        gettext_noop("TraitorTrack is not there just now"),
        gettext_noop(
            "The database does not answer. Nothing was lost: scans on your device are safe and are sent "
            "later by themselves."
        ),
        gettext_noop("Wait a moment and try again."),
    ),
}


def is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def refuse(request: HttpRequest, status: int, words: Words | None = None) -> HttpResponse:
    """The error answer for a status, in the form that the caller reads. It needs nothing but itself: no
    database, no session, no user."""
    words = words or WORDS.get(status, MALFORMED)
    if is_api(request):
        return error_response(ApiError(status, words.code, f"{_(words.what)} {_(words.next)}"))
    context = {
        "title": _(words.title),
        "what": _(words.what),
        "next": _(words.next),
        "request_id": getattr(request, "request_id", ""),
    }
    return HttpResponse(render_to_string("error.html", context), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refuse(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    tell_of_refusal(request)
    return refuse(request, 403)


def tell_of_refusal(request: HttpRequest) -> None:
    """The audit log hears of whoever is signed in and lacks a right."""
    user = getattr(request, "user", None)
    if isinstance(user, User):
        signed = signature_of(request, user)
        record_refusal(method=str(request.method), path=request.path, signed=signed)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refuse(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    return refuse(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open too long."""
    return refuse(request, 403, CSRF)
