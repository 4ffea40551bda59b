"""Browsers in which somebody has signed in before.

A name is locked at an address after five wrong tries, and strangers may stand behind the same one. At a
browser that is known for the name, tries are counted by the browser instead: whoever guesses elsewhere does
not lock it, and whoever steals it has five more tries than anybody.
"""

import secrets
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac
from django_ratelimit.core import get_usage

from accounts.backends import lockout_name

SALT = "accounts.known_browsers"
NAMES_AT_MOST = 8  # of people who share a device
RATE = "5/15m"  # as many as axes allows elsewhere


def remember(request: HttpRequest, response: HttpResponse) -> None:
    """The name in this form was right: the browser is known for it, beside those it was known for last."""
    number, names = _read(request)
    own = _sign(lockout_name(request))
    words = [number or secrets.token_hex(8), own, *(name for name in names if name != own)]
    response.set_signed_cookie(
        settings.BROWSER_COOKIE_NAME,
        " ".join(words[: NAMES_AT_MOST + 1]),
        salt=SALT,
        max_age=settings.BROWSER_COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def known_browser(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str | None:
    """The number of this browser if it is known for the name that is tried."""
    number, names = _read(request)
    return number if _sign(lockout_name(request, credentials)) in names else None


def has_own_tries(request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
    """Whether axes is to leave this try alone. It asks several times; a try counts once."""
    if not hasattr(request, "has_own_tries"):
        number = known_browser(request, credentials)
        usage = number and get_usage(
            request, group="known-browser", key=lambda _group, _request: number, rate=RATE, increment=True
        )
        # Without Redis nobody counts, so axes does.
        request.has_own_tries = bool(usage and not usage["should_limit"])  # type: ignore[attr-defined]
    return bool(request.has_own_tries)  # type: ignore[attr-defined]


def _read(request: HttpRequest) -> tuple[str, list[str]]:
    """Its number, and the names that it is known for; nothing where the cookie is not ours or too old."""
    cookie = request.get_signed_cookie(
        settings.BROWSER_COOKIE_NAME, default="", salt=SALT, max_age=settings.BROWSER_COOKIE_AGE
    )
    words = (cookie or "").split()
    return (words[0], words[1:]) if words else ("", [])


def _sign(name: str) -> str:
    """What stands for a name in the cookie, which tells nobody who was here."""
    return salted_hmac(SALT, name).hexdigest()[:16]
