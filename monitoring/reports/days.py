"""Days, as reports mean them: from midnight to midnight in the setting TIME_ZONE, by the server's clock."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.formats import date_format

ONE_DAY = timedelta(days=1)


def today() -> date:
    return timezone.localdate()


def bounds(first: date, last: date) -> tuple[datetime, datetime]:
    """The first moment of `first`, and the first one after `last`."""
    return _midnight(first), _midnight(last + ONE_DAY)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def days_between(first: date, last: date) -> list[date]:
    return [first + ONE_DAY * number for number in range((last - first).days + 1)]


def told_day(day: date) -> str:
    return date_format(day, "j M Y")


def told_shortly(day: date) -> str:
    """For a chart, whose days stand in its report's heading."""
    return date_format(day, "j M")


def told_range(first: date, last: date) -> str:
    return told_day(first) if first == last else f"{told_day(first)} – {told_day(last)}"
