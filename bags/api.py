"""The scanning and reading addresses below /api/v1/."""

from typing import Annotated, Any, Literal

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import Field

from accounts.api import ApiError, json_response, not_found, operator_of
from accounts.limits import hold_back
from bags import history, reading
from bags.devices.beats import note_beat
from bags.scanning.codes import storable
from bags.scanning.results import Result
from bags.scanning.rules import Pull
from bags.scanning.service import UNLINK, process
from bags.schemas import (
    BagFilters,
    BeatAnswer,
    BeatCall,
    Error,
    ScanAnswers,
    ScanCall,
    ScanFilters,
    ScanResult,
    UndoCall,
    When,
)

router = Router(tags=["scanning"])
unlink_router = Router(tags=["scanning"])
ERRORS = {400: Error, 401: Error, 403: Error, 413: Error, 415: Error, 422: Error, 429: Error, 503: Error}


@router.post("/scans", response={200: ScanAnswers, **ERRORS}, summary="Send one scan or many")
def send_scans(request: HttpRequest, call: ScanCall) -> HttpResponse:
    operator = operator_of(request)
    hold_back(request, group="scans", who=f"{operator.id}:{call.device}", rate=settings.SCAN_RATE_LIMIT)
    results = process(
        pulls=[scan.pull() for scan in call.scans],
        operator=operator,
        device=call.device,
        clock=call.clock,
        beat=call.beat.beat() if call.beat else None,
    )
    _note_codes(request, results)
    if len(results) == 1:
        _refuse_reused(results[0])
    return json_response({"server_time": timezone.now(), "results": results})


@router.post("/beat", response={200: BeatAnswer, **ERRORS}, summary="Tell of a device with nothing to send")
def beat(request: HttpRequest, call: BeatCall) -> HttpResponse:
    operator = operator_of(request)
    hold_back(request, group="beats", who=f"{operator.id}:{call.device}", rate=settings.SCAN_RATE_LIMIT)
    at = note_beat(device=call.device, clock=call.clock, beat=call.beat.beat(), operator=operator)
    return json_response({"server_time": at})


@unlink_router.post(
    "/unlink_child", response={200: ScanResult, **ERRORS}, summary="Take back a scan or a child"
)
def unlink_child(request: HttpRequest, call: UndoCall) -> HttpResponse:
    operator = operator_of(request)
    hold_back(request, group="scans", who=f"{operator.id}:{call.device}", rate=settings.SCAN_RATE_LIMIT)
    pull = _taking_out(call) if call.child is not None else _undoing(call)
    result = process(pulls=[pull], operator=operator, device=call.device)[0]
    _note_codes(request, [result])
    _refuse_reused(result)
    return json_response(result)


def _note_codes(request: HttpRequest, results: list[dict[str, Any]]) -> None:
    """Left with the request for whoever counts scans by their result."""
    request.scan_codes = [result["code"] for result in results]  # type: ignore[attr-defined]


def _undoing(call: UndoCall) -> Pull:
    if call.device is None:
        raise _missing("device", _("The device that takes the scan back."))
    return Pull(key=call.key, mode="undo", raw=str(call.scan or ""))


def _taking_out(call: UndoCall) -> Pull:
    if not (call.reason and call.reason.strip()):
        raise _missing("reason", _("Say why the child is taken out."))
    if call.scan is not None:
        raise _missing("scan", _("Name the scan or the child, not both."))
    return Pull(key=call.key, mode=UNLINK, raw=call.child or "", reason=storable(call.reason.strip()))


def _missing(field: str, hint: str) -> ApiError:
    return ApiError(
        400, "invalid", _("Something in this call is not right. Nothing was changed."), fields={field: hint}
    )


def _refuse_reused(result: dict[str, Any]) -> None:
    if result["code"] == Result.KEY_REUSED:
        raise ApiError(422, "key_reused", result["message"])


Cursor = Annotated[str | None, Field(max_length=64)]
Limit = Annotated[int, Field(ge=1, le=200)]


class BagPage(Schema):
    results: list[dict[str, Any]]
    next: str | None
    count: int
    count_is: Literal["exact", "at_least", "estimate"]


@router.get("/bags", response={200: BagPage, **ERRORS}, summary="Bags, newest first")
def bags(
    request: HttpRequest, filters: Query[BagFilters], after: Cursor = None, limit: Limit = 50
) -> HttpResponse:
    wanted = filters.dict(by_alias=True)
    return json_response(reading.list_bags(operator_of(request), wanted, after=after, limit=limit))


@router.get(
    "/bags/{path:qr_id}/history",
    response={200: dict[str, Any], 404: Error, **ERRORS},
    summary="What happened with a bag; with `at`, what was inside or around it then",
)
def bag_history(request: HttpRequest, qr_id: str, at: When | None = None) -> HttpResponse:
    operator = operator_of(request)
    found = reading.find_bag(operator, qr_id)
    if found is None:
        raise not_found()
    told = history.moment(found, operator, at) if at else history.timeline(found, operator)
    return json_response(told)


@router.get("/bags/{path:qr_id}", response={200: dict[str, Any], 404: Error, **ERRORS}, summary="One bag")
def bag(request: HttpRequest, qr_id: str) -> HttpResponse:
    operator = operator_of(request)
    found = reading.find_bag(operator, qr_id)
    if found is None:
        raise not_found()
    return json_response(reading.bag_detail(found, operator))


@router.get("/scans", response={200: BagPage, **ERRORS}, summary="The record of scans, refusals included")
def scans(
    request: HttpRequest, filters: Query[ScanFilters], after: Cursor = None, limit: Limit = 50
) -> HttpResponse:
    wanted = filters.dict(by_alias=True)
    return json_response(reading.list_scans(operator_of(request), wanted, after=after, limit=limit))
