"""What is kept of the numbers: each minute for the charts, each day for the growth."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.utils import timezone

from audit.database import database_now, execute
from monitoring.health.database import table_sizes
from monitoring.health.records import errors_since
from monitoring.health.shape import Item
from monitoring.models import DaySize, ErrorCount, HealthSample

SAMPLES_KEPT = timedelta(days=2)
ERRORS_KEPT = timedelta(days=8)
CHARTED = timedelta(hours=6)
DAYS_SHOWN = 30

# The charts, by the name of their number: the item and the fact that it is.
NUMBERS = {
    "connections": ("pool", "in_use"),
    "waiting_for_locks": ("locks", "waiting"),
    "cache_ms": ("cache", "answered_ms"),
    "memory_free_percent": ("memory", "free_percent"),
    "load_per_core": ("memory", "load_per_core"),
    "jobs_waiting": ("worker", "waiting"),
    "replica_lag_seconds": ("replication", "lag_seconds"),
}


def keep_sample(items: Iterable[Item], now: datetime) -> None:
    """Keep the minute's numbers; a second worker's look at the same minute changes nothing."""
    facts = {item.name: item.facts for item in items}
    numbers = {name: facts.get(item, {}).get(fact) for name, (item, fact) in NUMBERS.items()}
    numbers["errors"] = errors_since(1)
    sample = HealthSample(minute=now.replace(second=0, microsecond=0), numbers=numbers)
    HealthSample.objects.bulk_create([sample], ignore_conflicts=True)


def keep_day_size(now: datetime) -> None:
    """Keep how large the database is on this day; the last look of a day stays."""
    tables = {table["name"]: table["bytes"] for table in table_sizes()}
    size = execute("SELECT pg_database_size(current_database())")[0][0]
    day = DaySize(day=timezone.localdate(now), size=size, tables=tables)
    DaySize.objects.bulk_create(
        [day], update_conflicts=True, unique_fields=["day"], update_fields=["size", "tables"]
    )


def forget_old(now: datetime) -> None:
    HealthSample.objects.filter(minute__lt=now - SAMPLES_KEPT).delete()
    ErrorCount.objects.filter(minute__lt=now - ERRORS_KEPT).delete()


def charted_samples() -> list[dict[str, Any]]:
    """The minutes of the last hours, oldest first: {"at" in seconds since 1970, and the numbers by name}."""
    since = database_now() - CHARTED
    rows = HealthSample.objects.filter(minute__gt=since).order_by("minute").values_list("minute", "numbers")
    return [{"at": int(minute.timestamp()), **numbers} for minute, numbers in rows]


def growth() -> list[dict[str, Any]]:
    """The last days, newest first: {"day", "size", "grown" since the day before or None}, all in bytes."""
    days = list(DaySize.objects.order_by("-day")[: DAYS_SHOWN + 1])
    told = [
        {"day": day.day, "size": day.size, "grown": day.size - before.size} for day, before in pairwise(days)
    ]
    if days and len(days) <= DAYS_SHOWN:
        told.append({"day": days[-1].day, "size": days[-1].size, "grown": None})
    return told
