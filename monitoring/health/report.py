"""All items together, as the API, the page, the watch and Prometheus tell them."""

from dataclasses import asdict
from typing import Any

from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from monitoring.health.cache import cache_items
from monitoring.health.database import database_away, database_items
from monitoring.health.machine import machine_items
from monitoring.health.records import backup_items, record_items
from monitoring.health.shape import Item, worst


def health_items() -> list[Item]:
    """Every item. When the database does not answer, those that need it are missing and `database` is bad."""
    try:
        asked = database_items() + record_items()
    except (DatabaseError, InterfaceError) as error:
        asked = database_away(error)
    return [*asked, *cache_items(), *machine_items(), *backup_items()]


def health() -> dict[str, Any]:
    """{"status": the worst one, "as_of", and by item's name {"status", "text", "facts"}}."""
    items = health_items()
    told = {item.name: {key: value for key, value in asdict(item).items() if key != "name"} for item in items}
    return {"status": worst(*(item.status for item in items)), "as_of": timezone.now(), **told}
