"""When labels held parents, from the first day on. The storey above, whose labels they are, tells it: the
setting BAG_HOLDS names its function where the project is composed."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A label (a bill's number) held a parent from `since` until `until`, or until it came back
    (`returned_at`); still, where both are None."""

    parent_id: int
    label: str
    since: datetime
    since_by: str
    until: datetime | None
    until_by: str | None
    returned_at: datetime | None

    def overlaps(self, begin: datetime, end: datetime | None) -> bool:
        ended = self.until or self.returned_at
        return (end is None or self.since < end) and (ended is None or ended > begin)

    def stood(self, at: datetime) -> bool:
        ended = self.until or self.returned_at
        return self.since <= at and (ended is None or ended > at)


def holds_of(parent_ids: Collection[int]) -> list[Hold]:
    """All holds of these parents, newest first."""
    return _told_by()(parent_ids)


@cache
def _told_by() -> Callable[[Collection[int]], list[Hold]]:
    return import_string(settings.BAG_HOLDS)
