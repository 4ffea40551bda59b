"""Lists come from a replica, and nobody misses there what he has just done himself."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import Error, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponseBase

from audit import replicas

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# How far the primary had written after this browser's last change, in hexadecimal digits. What a forger gains
# is to see his own lists older or fresher.
COOKIE = "__Host-written" if settings.HTTPS else "written"
UNKNOWN = 2**64 - 1  # no replica is so far


class ReplicaMiddleware:
    """Calls the views of lists where a replica may answer; where it fails them, the primary does."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if not settings.DATABASE_REPLICAS:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.method not in SAFE_METHODS:
            response.set_cookie(
                COOKIE, f"{_written():x}", secure=settings.HTTPS, httponly=True, samesite="Lax"
            )
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        if request.method not in SAFE_METHODS or not settings.REPLICA_PATHS.fullmatch(request.path):
            return None
        try:
            with replicas.reading(_since(request)) as from_replica:
                response = view(request, *args, **kwargs) if from_replica else None
        except (OperationalError, InterfaceError):
            return None
        # The JSON interface has made its own answer of the error.
        unavailable = response is not None and response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
        return None if unavailable else response


def _written() -> int:
    """Asked after the view, whose transaction has ended by then."""
    try:
        return replicas.position()
    except Error:
        return UNKNOWN


def _since(request: HttpRequest) -> int:
    told = request.COOKIES.get(COOKIE, "0")
    try:
        return int(told, 16) if len(told) <= 16 else UNKNOWN
    except ValueError:
        return UNKNOWN
