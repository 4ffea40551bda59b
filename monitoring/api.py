"""The dashboard's numbers, the search and the reports, as JSON below /api/v1/."""

import hashlib
from typing import Annotated, Any, Literal

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from ninja import Query, Router, Schema
from pydantic import Field

from accounts.api import json_response, not_allowed, operator_of
from bags.schemas import Error, Term
from monitoring.health.report import health
from monitoring.reports.asking import Asked
from monitoring.reports.catalogue import make_report
from monitoring.reports.formats import as_json
from monitoring.search import search
from monitoring.statistics.numbers import dashboard_numbers

router = Router(tags=["monitoring"])
ERRORS = {400: Error, 401: Error, 403: Error, 404: Error}


@router.get(
    "/stats", response={200: dict[str, Any], 304: None, 401: Error}, summary="The dashboard's numbers"
)
def stats(request: HttpRequest) -> HttpResponseBase:
    return numbers_response(request, dashboard_numbers(operator_of(request)))


def numbers_response(request: HttpRequest, numbers: dict[str, Any]) -> HttpResponseBase:
    """The numbers with an ETag, or 304 when whoever asks has them already: `as_of` alone is no change."""
    same = orjson.dumps({**numbers, "as_of": None})
    response = json_response(numbers)
    response["ETag"] = f'"{hashlib.sha256(same).hexdigest()[:32]}"'
    told = get_conditional_response(request, etag=response["ETag"], response=response)
    return told or response


class Found(Schema):
    """At most twenty of each, the one that is called exactly so first."""

    bags: list[dict[str, Any]]
    bills: list[dict[str, Any]]
    users: list[dict[str, Any]]


@router.get("/search", response={200: Found, **ERRORS}, summary="Bags, bills and, for admins, users")
def find(request: HttpRequest, q: Annotated[Term, Field(max_length=256)] = "") -> HttpResponse:
    return json_response(search(operator_of(request), q))


@router.get("/reports/{name}", response={200: dict[str, Any], **ERRORS}, summary="A report's tables")
def report(
    request: HttpRequest, name: Literal["day", "bills", "areas", "own", "exceptions"], asked: Query[Asked]
) -> HttpResponse:
    return json_response(as_json(make_report(name=name, asked=asked, viewer=operator_of(request))))


@router.get("/health", response={200: dict[str, Any], **ERRORS}, summary="How the system fares")
def system_health(request: HttpRequest) -> HttpResponse:
    """For admins. `status` is the worst of all items; each item has a `status` (`ok`, `warn`, `bad`), a
    `text` and its `facts`."""
    if not operator_of(request).is_admin:
        raise not_allowed()
    return json_response(health())
