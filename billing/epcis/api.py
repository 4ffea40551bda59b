"""The address of the events, below /api/v1/."""

from typing import Annotated, Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from accounts.api import json_response, not_allowed, operator_of
from accounts.trail import record_export
from bags.schemas import Error, When
from billing.epcis.documents import events_page

router = Router(tags=["epcis"])


class EventFilters(Schema):
    """Times are those at which events were recorded, in our own time where no offset is given."""

    from_: When | None = Field(None, alias="from")
    to: When | None = None


@router.get(
    "/epcis/events",
    response={200: dict[str, Any], 400: Error, 401: Error, 403: Error},
    summary="What happened, as EPCIS 2.0 events; the header Link leads to the next page",
)
def epcis_events(
    request: HttpRequest,
    filters: Query[EventFilters],
    after: Annotated[str | None, Field(max_length=120)] = None,
    limit: Annotated[int, Field(ge=1, le=1000)] = 200,
) -> HttpResponse:
    """Who begins to read is written down; the pages behind the first are the same reading."""
    operator = operator_of(request)
    if not operator.may_bill:
        raise not_allowed()
    page = events_page(begin=filters.from_, end=filters.to, after=after, limit=limit)
    if after is None:
        asked_for = {name: told.isoformat() for name, told in filters.dict(by_alias=True).items() if told}
        record_export(what="epcis", filters=asked_for, signed=operator.signature)
    answer = json_response(page.document)
    if page.has_more:
        asked = {**request.GET.dict(), "after": page.place, "limit": limit}
        answer["Link"] = f'<{request.path}?{urlencode(asked)}>; rel="next"'
    return answer
