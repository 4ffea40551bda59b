"""The one address below /api/v1/ that a recount needs beside its scans (mode `count`)."""

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from accounts.api import ApiError, json_response, not_found, operator_of
from bags.recounts.confirming import RecountRefused
from bags.recounts.finishing import finish_recount
from bags.schemas import Error

router = Router(tags=["scanning"])
ERRORS = {400: Error, 401: Error, 403: Error, 404: Error, 409: Error, 413: Error, 415: Error, 503: Error}


class RecountTold(Schema):
    number: int
    sack: str
    state: str
    expected: int
    found: int
    differences: int


@router.post(
    "/recounts/{int:recount_id}/finish",
    response={200: RecountTold, **ERRORS},
    summary="Everything is counted",
)
def finish(request: HttpRequest, recount_id: int) -> HttpResponse:
    try:
        recount = finish_recount(recount_id=recount_id, by=operator_of(request))
    except RecountRefused as refused:
        if refused.code == "unknown":
            raise not_found() from None
        raise ApiError(409, refused.code, refused.message) from None
    return json_response(
        {
            "number": recount.pk,
            "sack": recount.sack.qr_id,
            "state": recount.state,
            "expected": recount.expected,
            "found": recount.found,
            "differences": recount.differences,
        }
    )
