"""A device seen at work, and what it told of itself."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

# A scan tells of its device once in a while, not each time: its row is no counter.
SEEN_EVERY = timedelta(minutes=1)

# Composed into the one statement that writes all effects of a scan call, and run alone for a beat.
INSERT = """
INSERT INTO bags_device (id, first_seen_at, last_seen_at, last_operator_id, clock_offset_ms,
                         unsent, attention, version, storage)
SELECT id, at, at, operator_id, clock_offset_ms,
       unsent, attention, coalesce(version, ''), coalesce(storage, '')
  FROM jsonb_to_recordset(%s::jsonb) AS device(
       id uuid, at timestamptz, operator_id bigint, clock_offset_ms bigint,
       unsent integer, attention integer, version text, storage text)
    ON CONFLICT (id) DO UPDATE
   SET last_seen_at = excluded.last_seen_at, last_operator_id = excluded.last_operator_id,
       clock_offset_ms = coalesce(excluded.clock_offset_ms, bags_device.clock_offset_ms),
       unsent = coalesce(excluded.unsent, bags_device.unsent),
       attention = coalesce(excluded.attention, bags_device.attention),
       version = coalesce(nullif(excluded.version, ''), bags_device.version),
       storage = coalesce(nullif(excluded.storage, ''), bags_device.storage)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """What a device tells of itself: scans not sent yet, scans that need attention, the version of its
    page, and whether its browser keeps the queue for good ("granted", "denied" or "unknown")."""

    unsent: int
    attention: int
    version: str
    storage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """`clock_offset_ms` is the device's clock minus ours; it and `beat` are None when not told."""

    id: UUID
    at: datetime
    operator_id: int
    clock_offset_ms: int | None
    beat: Beat | None


@dataclass(frozen=True, slots=True)
class Seen:
    """What the device's row says already."""

    at: datetime
    beat: Beat


def sighting(
    *, device: UUID, at: datetime, operator_id: int, clock: datetime | None, beat: Beat | None
) -> Sighting:
    offset = round((clock - at).total_seconds() * 1000) if clock else None
    return Sighting(id=device, at=at, operator_id=operator_id, clock_offset_ms=offset, beat=beat)


def is_news(seen: Seen | None, *, at: datetime, clock: datetime | None, beat: Beat | None) -> bool:
    """Whether a sighting is worth writing. A call without the device's clock was not its own: a saved queue
    comes in by an admin's hand."""
    if seen is None:
        return True
    return clock is not None and (at - seen.at > SEEN_EVERY or beat not in (None, seen.beat))


def row(seen: Sighting) -> dict[str, Any]:
    """The sighting as a row of the JSON array that INSERT takes."""
    told = asdict(seen.beat) if seen.beat else {}
    facts = {name: getattr(seen, name) for name in ("id", "at", "operator_id", "clock_offset_ms")}
    return facts | told
