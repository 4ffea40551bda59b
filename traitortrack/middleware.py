import logging
import re
import time
import uuid
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.security import SecurityMiddleware
from structlog.contextvars import bound_contextvars
from whitenoise.middleware import WhiteNoiseMiddleware

from bags.importing.uploads import may_send
from monitoring.metrics.counting import route_of
from traitortrack.errors import HTTPS_ONLY, is_api, refuse
from traitortrack.patient.base import somebody_waits
from traitortrack.static_headers import FILE_POLICY

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_PAGE_METHODS = frozenset(("GET", "HEAD", "POST", "OPTIONS"))
_API_METHODS = _PAGE_METHODS | {"PUT", "PATCH", "DELETE"}
RETRY_AFTER_SECONDS = 2
SERVER_ERROR, SLOW_SECONDS = 500, 1.0
log = logging.getLogger("traitortrack.requests")


class PatienceMiddleware:
    """The outermost: from here on somebody waits for an answer, also while what went wrong is counted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with somebody_waits():
            return self.get_response(request)


class HeadersMiddleware:
    """What every answer carries, whoever gave it. Nothing private is kept by a browser or a
    proxy unless its view says so; nobody else's page may embed it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.security = SecurityMiddleware(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Django's own middleware leaves its headers out where it refuses the host itself.
        response = self.security.process_response(request, self.get_response(request))  # type: ignore[arg-type]
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", "no-store")
        # What WhiteNoise answers is no file each time: a wrong method, a wrong range, nothing new.
        response.headers.setdefault("Content-Security-Policy", FILE_POLICY)
        response.headers.setdefault("X-Frame-Options", "DENY")
        response.headers.setdefault("X-Request-ID", _request_id(request))
        return response


class StaticMiddleware(WhiteNoiseMiddleware):
    """Static files; where all comes by https, none over http: there they are led on like any page."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.SECURE_SSL_REDIRECT and not request.is_secure():
            return self.get_response(request)
        return super().__call__(request)


class RequestMiddleware:
    """Gives every request an id, told back in X-Request-ID, written into the audit log and on each log line;
    sees to it that an error always has its words (JSON below /api/, else a page) and that a database that is
    away is a 503, never a 500."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = _request_id(request)
        request.request_id = request_id  # type: ignore[attr-defined]
        began = time.perf_counter()
        with bound_contextvars(request_id=request_id):
            response = self._in_words(request, self._answer(request))
            _note(request, response.status_code, time.perf_counter() - began)
        response["X-Request-ID"] = request_id
        return response

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in (_API_METHODS if is_api(request) else _PAGE_METHODS):
            return refuse(request, 405)
        if settings.SECURE_SSL_REDIRECT and is_api(request) and not request.is_secure():
            return refuse(request, 403, HTTPS_ONLY)
        return self.get_response(request)

    def _in_words(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        told = response.headers.get("Content-Type", "")
        speechless = (
            not told.startswith("application/json")
            if is_api(request)
            else isinstance(response, HttpResponse) and not response.content
        )
        if response.status_code < 400 or not speechless:
            return response
        said = refuse(request, response.status_code)
        for name in ("Allow", "Retry-After"):
            if name in response:
                said[name] = response[name]
        return said

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        """Before anything reads the body: the check of a form's token would."""
        try:
            return None if may_send(request) else refuse(request, 413)
        except (OperationalError, InterfaceError) as error:
            return self.process_exception(request, error)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, OperationalError | InterfaceError):
            response = refuse(request, 503)
            response["Retry-After"] = str(RETRY_AFTER_SECONDS)
            return response
        return refuse(request, 413) if isinstance(error, RequestDataTooBig) else None


def _request_id(request: HttpRequest) -> str:
    """The one that came along, or a fresh one."""
    asked = request.headers.get("X-Request-ID", "")
    return asked if _REQUEST_ID.fullmatch(asked) else uuid.uuid4().hex


def _note(request: HttpRequest, status: int, seconds: float) -> None:
    """A line for a request that failed or took long; for each one, where LOG_REQUESTS says so."""
    if status < SERVER_ERROR and seconds < SLOW_SECONDS and settings.LOG_REQUESTS != "all":
        return
    facts = {"method": request.method, "route": route_of(request), "status": status}
    log.info("request", extra={**facts, "ms": round(seconds * 1000)})
