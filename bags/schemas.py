"""The shapes of the scanning JSON and of lists' filters, as interface.md fixes them. In a body, unknown
fields are refused."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.utils import timezone
from ninja import Schema
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
)

from bags.scanning.codes import storable
from bags.scanning.rules import Pull
from bags.scanning.sighting import Beat


def _only_text(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("a text is expected")  # noqa: TRY004 - pydantic reports ValueError as a field error
    return value


def _sane_year(at: datetime) -> datetime:
    # A device's clock may be years off; beyond that no database could give the time back.
    if not 1900 <= at.year <= 9000:
        raise ValueError("a year between 1900 and 9000 is expected")
    return at


Text = StrictStr
# What somebody searches for: any text, but one that the database can be asked.
Term = Annotated[str, AfterValidator(storable)]
Key = Annotated[UUID, BeforeValidator(_only_text)]
Time = Annotated[
    AwareDatetime,
    BeforeValidator(_only_text),
    AfterValidator(_sane_year),
    Field(examples=["2026-11-24T09:15:02.101+05:30"]),
]


_DAY = re.compile(r"(19|[2-8]\d)\d\d-\d\d-\d\d")


def _begins_with_a_day(value: Any) -> Any:
    # A bare number would be taken for seconds since 1970.
    if not (isinstance(value, str) and _DAY.match(value)):
        raise ValueError("a day or a time is expected, such as 2026-11-24")
    return value


def _in_our_zone(at: datetime) -> datetime:
    return at if at.tzinfo else timezone.make_aware(at)


# A filter's day or time. Without an offset it is meant in the setting TIME_ZONE, a day from its first moment.
When = Annotated[datetime, BeforeValidator(_begins_with_a_day), AfterValidator(_in_our_zone)]


class Strict(BaseModel):
    """Plain pydantic: ninja's Schema looks through models for each field, which a body does not need."""

    model_config = ConfigDict(extra="forbid")


def _without_doubles(repairs: list[str]) -> list[str]:
    if len(set(repairs)) != len(repairs):
        raise ValueError("each repair once")
    return repairs


Repair = Literal["caps_lock", "layout"]


class ScanIn(Strict):
    """One trigger pull. `seq` counts the device's pulls; `parent` is what the screen showed; `repairs` says
    what the device mended in the keys that its scanner sent."""

    key: Key
    seq: StrictInt = Field(ge=0, le=2**63 - 1)
    mode: Literal["pack", "close", "move", "bill", "unbill", "return", "unreturn", "lookup", "count"]
    raw: Text
    parent: Text | None
    bill: Text | None
    captured_at: Time
    source: Literal["wedge", "camera", "typed"]
    offline: StrictBool
    repairs: Annotated[
        list[Repair],
        Field(max_length=2, json_schema_extra={"uniqueItems": True}),
        AfterValidator(_without_doubles),
    ] = []

    def pull(self) -> Pull:
        return Pull(**self.__dict__)


class BeatIn(Strict):
    """What a device tells of itself: scans that wait, its version, whether its storage lasts."""

    unsent: StrictInt = Field(ge=0, le=2**31 - 1)
    attention: StrictInt = Field(ge=0, le=2**31 - 1)
    version: Annotated[Text, Field(max_length=40), AfterValidator(storable)]
    storage: Literal["granted", "denied", "unknown"]

    def beat(self) -> Beat:
        return Beat(**self.__dict__)


class ScanCall(Strict):
    """One scan or many, judged in the order given."""

    device: Key
    clock: Time
    scans: list[ScanIn] = Field(min_length=1, max_length=100)
    beat: BeatIn | None = None


class BeatCall(Strict):
    """A device that has nothing to send says that it is there."""

    device: Key
    clock: Time
    beat: BeatIn


class UndoCall(Strict):
    """Take back an own scan (`scan`, or the last when left out), or a child by its code with a reason."""

    key: Key
    device: Key | None = None
    scan: Key | None = None
    child: Text | None = None
    reason: Text | None = Field(None, max_length=500)


class BagTold(Schema):
    qr_id: str
    kind: Literal["parent", "child"]
    lot: str | None


class ParentTold(Schema):
    qr_id: str
    product: str
    count: int
    limit: int
    state: Literal["open", "closed"]
    weight_kg: str


class BillTold(Schema):
    number: str
    state: str
    target: int | None
    parents: int


class ScanResult(Schema):
    """One verdict. An unknown `code` of a newer server is shown by its `severity`."""

    key: UUID
    code: str
    reason_code: str | None
    severity: Literal["success", "notice", "attention", "block"]
    message: str
    replayed: bool
    scan_id: int | None
    bag: BagTold | None
    parent: ParentTold | None
    bill: BillTold | None
    explain: dict[str, Any] | None
    undo_until: datetime | None


class BeatAnswer(Schema):
    server_time: datetime


class ScanAnswers(Schema):
    server_time: datetime
    results: list[ScanResult]


class ErrorBody(Schema):
    code: str
    message: str
    fields: dict[str, str]


class Error(Schema):
    error: ErrorBody


class NoFilters(Schema):
    """Of a list that is shown whole."""


class BagFilters(Schema):
    q: Term | None = Field(None, max_length=256)
    kind: Literal["parent", "child", ""] | None = None
    state: Literal["open", "closed", ""] | None = None
    area: Term | None = Field(None, max_length=40)
    product: Term | None = Field(None, max_length=40)
    linked: bool | None = None
    billed: bool | None = None
    from_: When | None = Field(None, alias="from")
    to: When | None = None


class ScanFilters(Schema):
    operator: Term | None = Field(None, max_length=150)
    device: Key | None = None
    code: Term | None = Field(None, max_length=24)
    from_: When | None = Field(None, alias="from")
    to: When | None = None


class LinkFilters(Schema):
    """`parent` and `child` are codes; `from` and `to` mean when the link began."""

    parent: Term | None = Field(None, max_length=256)
    child: Term | None = Field(None, max_length=256)
    open: bool | None = None
    operator: Term | None = Field(None, max_length=150)
    from_: When | None = Field(None, alias="from")
    to: When | None = None
