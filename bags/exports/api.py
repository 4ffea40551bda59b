"""How far one's exports are, for the page that waits for them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema

from accounts.api import operator_of
from bags.exports.making import own_exports
from bags.schemas import Error

router = Router(tags=["exports"])


class ExportTold(Schema):
    """`rows` is how many are written so far, null where nobody knows."""

    id: UUID
    name: str
    format: Literal["csv", "xlsx"]
    filters: dict[str, str]
    state: Literal["waiting", "running", "done", "failed"]
    rows: int | None
    asked_at: datetime
    expires_at: datetime


class ExportsTold(Schema):
    results: list[ExportTold]


@router.get("/exports", response={200: ExportsTold, 401: Error}, summary="Own exports, newest first")
def exports(request: HttpRequest) -> ExportsTold:
    """Asked by pages by themselves: no activity."""
    return ExportsTold(results=[ExportTold(**told) for told in own_exports(operator_of(request))])
