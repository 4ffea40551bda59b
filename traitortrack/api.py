"""All JSON addresses, put together."""

from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from accounts import session_views
from accounts.api import (
    ApiError,
    JsonParser,
    JsonRenderer,
    SessionAuth,
    error_response,
    not_found,
    operator_of,
)
from accounts.notification_api import router as notifications_router
from bags.api import router as bags_router
from bags.api import unlink_router
from bags.exports.api import router as exports_router
from bags.recounts.api import router as recounts_router
from bags.scanning.service import Busy
from billing.api import router as billing_router
from billing.epcis.api import router as epcis_router
from billing.return_api import router as returns_router
from monitoring.api import router as monitoring_router
from traitortrack.errors import tell_of_refusal

RETRY_AFTER_SECONDS = 2


def _signed_in_only(view: Any) -> Any:
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            operator_of(request)
        except ApiError as error:
            return error_response(error)
        return view(request, *args, **kwargs)

    return require_safe(guarded)


api = NinjaAPI(
    title="TraitorTrack",
    version="1",
    description="Scanning, bags and bills. Sign in first; send X-CSRFToken with every change.",
    urls_namespace="api",
    docs_url="/docs",
    openapi_url="/v1/openapi.json",
    docs_decorator=_signed_in_only,
    auth=SessionAuth(),
    parser=JsonParser(),
    renderer=JsonRenderer(),
)
api.add_router("/v1", bags_router)
api.add_router("/v1", exports_router)
api.add_router("/v1", recounts_router)
api.add_router("/v1", billing_router)
api.add_router("/v1", returns_router)
api.add_router("/v1", epcis_router)
api.add_router("/v1", monitoring_router)
api.add_router("/v1", notifications_router)
api.add_router("/v1", session_views.router)
api.add_router("", unlink_router)


@api.exception_handler(ApiError)
def _refused(request: HttpRequest, error: ApiError) -> HttpResponse:
    if error.code == "not_allowed":
        tell_of_refusal(request)
    return error_response(error)


@api.exception_handler(ValidationError)
def _invalid(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    fields = {".".join(str(part) for part in item["loc"][2:]) or "body": item["msg"] for item in error.errors}
    message = _("Something in this call is not right. Nothing was changed.")
    return error_response(ApiError(400, "invalid", message, fields=fields))


@api.exception_handler(HttpError)
def _http_error(_request: HttpRequest, error: HttpError) -> HttpResponse:
    # ninja hides what the parser said of a body behind a 400 of its own.
    if isinstance(error.__cause__, ApiError):
        return error_response(error.__cause__)
    return error_response(ApiError(error.status_code, "refused", str(error)))


@api.exception_handler(Http404)
def _nothing_there(_request: HttpRequest, _error: Http404) -> HttpResponse:
    return error_response(not_found())


@api.exception_handler(Busy)
@api.exception_handler(OperationalError)
@api.exception_handler(InterfaceError)
def _database_away(_request: HttpRequest, _error: Exception) -> HttpResponse:
    message = _("The database does not answer just now. Nothing was lost. The scan is sent again by itself.")
    return error_response(ApiError(503, "unavailable", message, retry_after=RETRY_AFTER_SECONDS))
