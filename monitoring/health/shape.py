"""What is said of one thing, and when it is bad."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.conf import settings


class Level(StrEnum):
    OK = "ok"
    WARN = "warn"
    BAD = "bad"

    @property
    def number(self) -> int:
        """0, 1, 2: the higher, the worse."""
        return list(Level).index(self)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is looked at. `text` is for people, in the language of whoever asks; `facts` are its
    figures, with their unit in the name (`_ms`, `_bytes`, `_seconds`, `_percent`)."""

    name: str
    status: Level
    text: str
    facts: dict[str, Any] = field(default_factory=dict)


def judge(limit: str, value: float | None) -> Level:
    """The level of a value by its two limits in HEALTH_LIMITS, (warn, bad); where the first is the larger
    one, less is worse. Nothing to judge is ok."""
    if value is None:
        return Level.OK
    warn, bad = settings.HEALTH_LIMITS[limit]
    if warn > bad:
        value, warn, bad = -value, -warn, -bad
    return Level.BAD if value >= bad else Level.WARN if value >= warn else Level.OK


def worst(*levels: Level) -> Level:
    return max(levels, key=lambda level: level.number, default=Level.OK)
