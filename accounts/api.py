"""What every JSON address shares: who is signed in, the error shape, careful reading of bodies."""

import json
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
from ninja.security import APIKeyCookie
from ninja.utils import check_csrf

from accounts.models import User
from accounts.operators import Operator, signature_of
from accounts.steps import Step, known, next_step


class ApiError(Exception):
    """A call that is refused whole. `code` is stable, `message` is for people."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        fields: dict[str, str] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.fields, self.retry_after = fields or {}, retry_after


def json_response(body: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(orjson.dumps(body), status=status, content_type="application/json")


def error_response(error: ApiError) -> HttpResponse:
    """The error shape of interface.md: {"error": {"code", "message", "fields"}}."""
    body = {"error": {"code": error.code, "message": error.message, "fields": error.fields}}
    response = json_response(body, error.status)
    if error.retry_after is not None:
        response["Retry-After"] = str(error.retry_after)
    return response


def signed_out() -> ApiError:
    return ApiError(401, "signed_out", _("You are signed out. Nothing was lost. Sign in and send it again."))


def step_missing(step: Step) -> ApiError:
    """The password was right, but more is asked before anything opens."""
    if step == Step.NEW_PASSWORD:
        message = _("Choose a password of your own first, on the sign-in page. Nothing was changed.")
        return ApiError(403, "new_password_needed", message)
    message = _("The code of your app is needed first, on the sign-in page. Nothing was changed.")
    return ApiError(403, "second_factor_needed", message)


def not_allowed() -> ApiError:
    return ApiError(403, "not_allowed", _("You may not do this. Ask an admin if you need to."))


def not_found() -> ApiError:
    return ApiError(404, "not_found", _("There is nothing at this address, or not for you."))


class SessionAuth(APIKeyCookie):
    """The session cookie; changes need the CSRF token too. The session is asked first: 401 before 403."""

    param_name = settings.SESSION_COOKIE_NAME

    def __init__(self) -> None:
        super().__init__(csrf=False)

    def __call__(self, request: HttpRequest) -> Operator:
        operator = operator_of(request)
        if request.method not in ("GET", "HEAD", "OPTIONS") and check_csrf(request):
            raise ApiError(
                403, "csrf", _("This page is too old to send anything. Nothing was lost. Load it again.")
            )
        return operator

    def authenticate(self, request: HttpRequest, key: str | None) -> Operator:
        return self(request)


def operator_of(request: HttpRequest) -> Operator:
    """The operator behind a signed-in request. Raises ApiError 401, or 403 while a step of it is missing."""
    if not isinstance(request.user, User):
        user = known(request)
        step = user and next_step(request, user)
        raise step_missing(step) if step else signed_out()
    return Operator.of(request.user, signature=signature_of(request, request.user))


class JsonRenderer(BaseRenderer):
    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return orjson.dumps(data)


class JsonParser(Parser):
    """Reads a body as JSON or says why not: 413, 415 or 400."""

    def parse_body(self, request: HttpRequest) -> Any:
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            length = 0
        if length > settings.SCAN_MAX_BYTES:
            raise ApiError(
                413, "too_large", _("This call is too large. Nothing was changed. Send it in parts.")
            )
        if request.content_type != "application/json" or request.headers.get("Content-Encoding"):
            raise ApiError(
                415, "not_json", _("Only plain application/json is understood. Nothing was changed.")
            )
        try:
            body = orjson.loads(request.body)
            # orjson takes the last of two equal keys; which one was meant cannot be known.
            json.loads(request.body, object_pairs_hook=_no_doubles)
        except (ValueError, RecursionError):
            raise ApiError(400, "malformed", _("This is not valid JSON. Nothing was changed.")) from None
        return body


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("doubled key")
    return found
