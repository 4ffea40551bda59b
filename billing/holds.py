"""The lines of bills as bags know them: labels that held a parent for a time (see bags.holds)."""

from collections.abc import Collection

from bags.holds import Hold
from billing.models import BillBag


def holds_of(parent_ids: Collection[int]) -> list[Hold]:
    """All lines that these parents ever had, newest first."""
    lines = BillBag.objects.filter(bag__in=parent_ids).select_related("bill", "added_by", "removed_by")
    return [
        Hold(
            parent_id=line.bag_id,
            label=line.bill.number,
            since=line.added_at,
            since_by=line.added_by.username,
            until=line.removed_at,
            until_by=line.removed_by.username if line.removed_by else None,
            returned_at=line.returned_at,
        )
        for line in lines.order_by("-added_at", "-pk")
    ]
