"""What can be exported. The storeys bring their lists, settings name them (`EXPORTS`)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from django.conf import settings
from django.db.models import Expression, QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.module_loading import import_string
from ninja import Schema

from accounts.operators import Operator

FORMATS = ("csv", "xlsx")


class Kind(Enum):
    """What a column holds. TEXT came from outside and is made safe for spreadsheets; a WORD is ours."""

    TEXT = "text"
    WORD = "word"
    WHOLE = "whole number"
    KG = "kg"
    TIME = "time"
    FLAG = "true or false"


@dataclass(frozen=True, slots=True)
class Column:
    """`name` heads the column, as in the JSON; `source` is the field or expression that fills it."""

    name: str
    kind: Kind
    source: str | Expression | Subquery


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list that can be exported: `asked` gives the rows that its page shows, for the same filters.
    `in_order` says that they are counted quickest in the order of the page; most lists are in any order."""

    name: str
    title: str | Promise
    filters: type[Schema]
    columns: list[Column]
    asked: Callable[[Operator, Mapping[str, Any]], QuerySet[Any]]
    may: Callable[[Operator], bool]
    in_order: bool = False

    def rows(self, operator: Operator, wanted: Mapping[str, Any]) -> QuerySet[Any]:
        """Tuples in the order of `columns`, newest first."""
        rows = self.asked(operator, wanted)
        return rows.order_by("-pk").values_list(*(column.source for column in self.columns))


def listings() -> dict[str, Listing]:
    return {listing.name: listing for listing in map(import_string, settings.EXPORTS)}


def read_filters(schema: type[Schema], given: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Filters as the functions that read lists take them; an empty one is none. Raises pydantic's
    ValidationError."""
    return schema.model_validate({name: value for name, value in given if value != ""}).model_dump(
        by_alias=True
    )


def told_filters(wanted: Mapping[str, Any]) -> dict[str, str]:
    """The filters that are set, as an address or a row keeps them: `read_filters` reads them again."""
    return {name: _told(value) for name, value in wanted.items() if value not in (None, "")}


def address_of(wanted: Mapping[str, Any]) -> str:
    """The filters as the end of an address, with its question mark, or nothing."""
    told = told_filters(wanted)
    return f"?{urlencode(told)}" if told else ""


def _told(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, datetime) else str(value)
