"""The bill addresses below /api/v1/."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import Field, StrictInt, StrictStr

from accounts.api import ApiError, json_response, not_allowed, not_found, operator_of
from accounts.operators import Operator
from bags.schemas import Error, Strict, Term, When
from billing import reading, services
from billing.models import Bill
from billing.services import BillRefused

Done = TypeVar("Done")
router = Router(tags=["bills"])
ERRORS = {400: Error, 401: Error, 403: Error, 404: Error, 409: Error}
Number = Annotated[StrictStr, Field(min_length=1, max_length=64)]
Target = Annotated[StrictInt, Field(ge=1, le=500)]


class BillIn(Strict):
    number: Number
    description: StrictStr = Field("", max_length=1000)
    destination: StrictStr = Field("", max_length=200)
    vehicle_number: StrictStr = Field("", max_length=40)
    target: Target | None = None


class BillChange(Strict):
    version: StrictInt
    description: StrictStr | None = Field(None, max_length=1000)
    destination: StrictStr | None = Field(None, max_length=200)
    vehicle_number: StrictStr | None = Field(None, max_length=40)
    target: Target | None = None
    measured_weight_kg: Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=3)] | None = None


class Reason(Strict):
    reason: StrictStr = Field("", max_length=500)


class LineOut(Schema):
    qr_id: str
    product: str
    children: int
    weight_kg: str
    short: bool
    needs_recount: bool
    added_by: str
    added_at: datetime


class BillSummary(Schema):
    number: str
    state: Literal["draft", "processing", "completed", "cancelled"]
    description: str
    destination: str
    vehicle_number: str
    target: int | None
    parents: int
    children: int
    actual_kg: str
    expected_kg: str
    variance_kg: str
    measured_weight_kg: str | None
    version: int
    created_by: str
    created_at: datetime
    completed_by: str | None
    completed_at: datetime | None


class BillOut(BillSummary):
    lines: list[LineOut]


class BillPage(Schema):
    results: list[BillSummary]
    next: str | None
    count: int
    count_is: Literal["exact", "at_least", "estimate"]


class BillFilters(Schema):
    q: Term | None = Field(None, max_length=64)
    state: Literal["draft", "processing", "completed", "cancelled", ""] | None = None
    created_by: Term | None = Field(None, max_length=150)
    from_: When | None = Field(None, alias="from")
    to: When | None = None


@router.get("/bills", response={200: BillPage, **ERRORS}, summary="Bills, newest first")
def bills(
    request: HttpRequest,
    filters: Query[BillFilters],
    after: Annotated[str | None, Field(max_length=64)] = None,
    limit: Annotated[int, Field(ge=1, le=200)] = 50,
) -> HttpResponse:
    biller(request)
    return json_response(reading.list_bills(filters.dict(by_alias=True), after=after, limit=limit))


@router.post("/bills", response={201: BillOut, **ERRORS}, summary="Create a bill")
def create(request: HttpRequest, bill: BillIn) -> HttpResponse:
    by = biller(request)
    return _told(lambda: services.create_bill(by=by, **bill.model_dump()), status=201)


@router.post("/bills/{path:number}/complete", response={200: BillOut, **ERRORS}, summary="Complete a bill")
def complete(request: HttpRequest, number: str, body: Reason) -> HttpResponse:
    by = biller(request)
    return _told(lambda: services.complete_bill(number=number, by=by, reason=body.reason))


@router.post(
    "/bills/{path:number}/reopen", response={200: BillOut, **ERRORS}, summary="Reopen a completed bill"
)
def reopen(request: HttpRequest, number: str, body: Reason) -> HttpResponse:
    by = biller(request)
    return _told(lambda: services.reopen_bill(number=number, by=by, reason=body.reason))


@router.post("/bills/{path:number}/cancel", response={200: BillOut, **ERRORS}, summary="Cancel a bill")
def cancel(request: HttpRequest, number: str, body: Reason) -> HttpResponse:
    by = biller(request)
    return _told(lambda: services.cancel_bill(number=number, by=by, reason=body.reason))


@router.get("/bills/{path:number}", response={200: BillOut, **ERRORS}, summary="One bill with its lines")
def bill(request: HttpRequest, number: str) -> HttpResponse:
    biller(request)
    return json_response(_detail(number))


@router.patch("/bills/{path:number}", response={200: BillOut, **ERRORS}, summary="Edit a bill")
def edit(request: HttpRequest, number: str, change: BillChange) -> HttpResponse:
    by = biller(request)
    changes = change.model_dump(exclude_unset=True)
    version = changes.pop("version")
    for name in ("description", "destination", "vehicle_number"):
        if name in changes:
            changes[name] = changes[name] or ""
    return _told(lambda: services.edit_bill(number=number, version=version, changes=changes, by=by))


def biller(request: HttpRequest) -> Operator:
    """The operator, who may work on bills. Asked before anything would tell what exists."""
    operator = operator_of(request)
    if not operator.may_bill:
        raise not_allowed()
    return operator


def _detail(number: str) -> dict[str, Any]:
    found = reading.find_bill(number)
    if found is None:
        raise not_found()
    return reading.bill_detail(found)


def _told(operation: Callable[[], Bill], status: int = 200) -> HttpResponse:
    return json_response(_detail(done_or_refused(operation).number), status)


def done_or_refused(operation: Callable[[], Done]) -> Done:
    """What the operation made or changed; its refusal as the error of a call."""
    try:
        return operation()
    except BillRefused as refused:
        if refused.code == "unknown":
            raise not_found() from None
        raise ApiError(409, refused.code, refused.message) from None
    except ValidationError as error:
        fields = {name: " ".join(messages) for name, messages in error.message_dict.items()}
        message = _("Something in this call is not right. Nothing was changed.")
        raise ApiError(400, "invalid", message, fields=fields) from None
