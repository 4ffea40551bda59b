"""The return addresses below /api/v1/. A sack comes onto a return by a scan of mode `return`, and off it by
`unreturn`, with the return's number in the place of the bill's."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field, StrictStr

from accounts.api import json_response, not_found
from bags.schemas import Strict, Term, When
from billing import return_reading, returns
from billing.api import ERRORS, Reason, biller, done_or_refused

router = Router(tags=["returns"])


class ReturnIn(Strict):
    area: Annotated[Term, Field(min_length=1, max_length=40)]
    notes: StrictStr = Field("", max_length=1000)


class ReturnLineOut(Schema):
    qr_id: str
    product: str
    bill: str
    children: int
    weight_kg: str
    added_by: str
    added_at: datetime


class ReturnSummary(Schema):
    number: str
    state: Literal["draft", "committed", "cancelled"]
    area: str
    notes: str
    parents: int
    children: int
    weight_kg: str
    created_by: str
    created_at: datetime
    committed_by: str | None
    committed_at: datetime | None


class ReturnOut(ReturnSummary):
    lines: list[ReturnLineOut]


class ReturnPage(Schema):
    results: list[ReturnSummary]
    next: str | None
    count: int
    count_is: Literal["exact", "at_least", "estimate"]


class ReturnFilters(Schema):
    state: Literal["draft", "committed", "cancelled", ""] | None = None
    area: Term | None = Field(None, max_length=40)
    bill: Term | None = Field(None, max_length=64)
    from_: When | None = Field(None, alias="from")
    to: When | None = None


@router.get("/returns", response={200: ReturnPage, **ERRORS}, summary="Returns, newest first")
def list_returns(
    request: HttpRequest,
    filters: Query[ReturnFilters],
    after: Annotated[str | None, Field(max_length=64)] = None,
    limit: Annotated[int, Field(ge=1, le=200)] = 50,
) -> HttpResponse:
    biller(request)
    page = return_reading.list_returns(filters.dict(by_alias=True), after=after, limit=limit)
    return json_response(page)


@router.post("/returns", response={201: ReturnOut, **ERRORS}, summary="Create a return")
def create(request: HttpRequest, body: ReturnIn) -> HttpResponse:
    by = biller(request)
    ticket = done_or_refused(lambda: returns.create_return(by=by, **body.model_dump()))
    return json_response(_detail(ticket.number), 201)


@router.get("/returns/{number}", response={200: ReturnOut, **ERRORS}, summary="One return with its lines")
def one(request: HttpRequest, number: str) -> HttpResponse:
    biller(request)
    return json_response(_detail(number))


@router.post(
    "/returns/{number}/commit", response={200: ReturnOut, **ERRORS}, summary="Make its sacks billable again"
)
def commit(request: HttpRequest, number: str) -> HttpResponse:
    by = biller(request)
    ticket = done_or_refused(lambda: returns.commit_return(number=number, by=by))
    return json_response(_detail(ticket.number))


@router.post("/returns/{number}/cancel", response={200: ReturnOut, **ERRORS}, summary="Give a return up")
def cancel(request: HttpRequest, number: str, body: Reason) -> HttpResponse:
    by = biller(request)
    ticket = done_or_refused(lambda: returns.cancel_return(number=number, by=by, reason=body.reason))
    return json_response(_detail(ticket.number))


def _detail(number: str) -> dict[str, Any]:
    found = return_reading.find_return(number)
    if found is None:
        raise not_found()
    return return_reading.return_detail(found)
