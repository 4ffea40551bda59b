"""Ranges of labels to look at."""

from typing import Any

from django.db.models import Count, Max, Q

from accounts.operators import Operator
from accounts.paging import keyset_page
from bags.labels.layouts import ROLL
from bags.labels.models import LabelPrint, LabelRange
from bags.labels.printing import AT_MOST

RANGES_SHOWN = 50
PRINTS_SHOWN = 100


def list_ranges(*, after: str | None) -> dict[str, Any]:
    """Newest first, each with how often it was printed. Raises ApiError for a cursor that we did not make."""
    ranges = LabelRange.objects.select_related("product", "reserved_by").annotate(
        times_printed=Count("prints"),
        printed_last=Max("prints__printed_at"),
        reprints=Count("prints", filter=Q(prints__is_reprint=True)),
    )
    return keyset_page(ranges, after=after, limit=RANGES_SHOWN, describe=lambda found: {"range": found})


def prints_of(found: LabelRange) -> list[LabelPrint]:
    return list(found.prints.select_related("range", "printed_by").order_by("-pk")[:PRINTS_SHOWN])


def suggested(found: LabelRange, by: Operator) -> dict[str, Any]:
    """What to print next: behind what was printed of the range, on the paper that this person used last."""
    printed = found.prints.aggregate(Max("last"))["last__max"]
    begin = found.first if printed in (None, found.last) else printed + 1
    told: dict[str, Any] = {
        "first": found.code(begin),
        "last": found.code(min(found.last, begin + AT_MOST - 1)),
    }
    used = LabelPrint.objects.filter(printed_by_id=by.id).order_by("-pk").first()
    if used is None:
        return told
    names = ("layout", "right", "down", *(("width", "height") if used.paper["layout"] == ROLL else ()))
    return told | {name: used.paper[name] for name in names}
