"""What somebody asks a report for, at the page's and the JSON's door alike."""

import re
from datetime import date
from typing import Annotated, Any, Self

from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import BeforeValidator, Field, model_validator

from bags.schemas import Term
from monitoring.reports.days import ONE_DAY, today

LONGEST_DAYS = 366
USUAL_DAYS = 7
_DAY = re.compile(r"(19|[2-8]\d)\d\d-\d\d-\d\d", re.ASCII)


def _only_a_day(value: Any) -> Any:
    if value == "":
        return None
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass  # the 30th of February
    raise ValueError(_("A day is expected, such as 2026-11-24."))


Day = Annotated[date | None, BeforeValidator(_only_a_day)]


class Asked(Schema):
    """`day` for reports of one day (today), `from` and `to` for others (the last seven days), both included;
    `operator` for an operator's own day (one's own)."""

    day: Day = None
    from_: Day = Field(None, alias="from")
    to: Day = None
    operator: Annotated[Term | None, Field(max_length=150)] = None

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.first > self.last:
            raise ValueError(_("The first day comes after the last one."))
        if (self.last - self.first).days >= LONGEST_DAYS:
            raise ValueError(_("At most {days} days at once.").format(days=LONGEST_DAYS))
        return self

    @property
    def the_day(self) -> date:
        return self.day or today()

    @property
    def last(self) -> date:
        return self.to or max(today(), self.from_ or date.min)

    @property
    def first(self) -> date:
        return self.from_ or self.last - (USUAL_DAYS - 1) * ONE_DAY
