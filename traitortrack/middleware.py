import re
import uuid
from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from traitortrack.errors import is_api, refuse

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
RETRY_AFTER_SECONDS = 2


class RequestMiddleware:
    """Gives every request an id, told back in X-Request-ID and written into the audit log; sees to it that
    errors below /api/ are JSON and that a database that is away is a 503, never a 500."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        asked = request.headers.get("X-Request-ID", "")
        request_id = asked if _REQUEST_ID.fullmatch(asked) else uuid.uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]
        response = refuse(request, 405) if request.method == "TRACE" else self._answer(request)
        response["X-Request-ID"] = request_id
        return response

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        told = response.headers.get("Content-Type", "")
        if is_api(request) and response.status_code >= 400 and not told.startswith("application/json"):
            return refuse(request, response.status_code)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, OperationalError | InterfaceError):
            response = refuse(request, 503)
            response["Retry-After"] = str(RETRY_AFTER_SECONDS)
            return response
        return refuse(request, 413) if isinstance(error, RequestDataTooBig) else None
