"""Addresses in old audit entries are shortened; the chain keeps what they were as commitments."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from audit.actions import Action
from audit.canonical import commitment
from audit.database import execute
from audit.models import AuditLog
from audit.retention import Rule

KIND = "addresses"
AT_ONCE = 1_000

_WHOLE = "entry.at >= %s AND entry.at < %s AND entry.address <> '' AND strpos(entry.address, '/') = 0"
_COUNT = f"SELECT count(*) FROM audit_auditlog entry WHERE {_WHOLE}"  # noqa: S608 - our own words
_NEXT = f"""
SELECT entry.at, entry.id, entry.address, traitortrack_shortened(entry.address), seal.address_salt
  FROM audit_auditlog entry JOIN audit_seal seal ON seal.entry = entry.id
 WHERE {_WHOLE} AND seal.address_salt IS NOT NULL
 ORDER BY entry.at, entry.id LIMIT {AT_ONCE}
"""  # noqa: S608


def count_whole(before: datetime) -> int:
    """How many sealed entries older than `before` have a whole address."""
    rows: int = execute(_COUNT, [_done_until(), before])[0][0]
    return rows


def shorten(before: datetime) -> int:
    """Shorten the addresses of entries older than `before`: IPv4 to 24 bits, IPv6 to 48."""
    done, since = 0, _done_until()
    while rows := execute(_NEXT, [since, before]):
        changes = [_change(*row[1:]) for row in rows]
        execute("SELECT traitortrack_erase(NULL, %s::jsonb)", [orjson.dumps(changes).decode()])
        done, since = done + len(rows), rows[-1][0]
    return done


def _change(number: int, address: str, short: str, salt: Any) -> dict[str, Any]:
    was = commitment(salt.bytes, {"address": address}).hex()
    return {"entry": number, "address_was": was, "address": short}


def _done_until() -> datetime:
    """Before it all are shortened, as the last run said; a day earlier, for what was still to be sealed."""
    runs = AuditLog.objects.filter(action=Action.RETENTION_APPLIED, target_type="retention", target_id=KIND)
    last = runs.order_by("-at", "-pk").first()
    if last is None or last.after is None:
        return datetime(1900, 1, 1, tzinfo=UTC)
    return datetime.fromisoformat(last.after["until"]) - timedelta(days=1)


RULES = [Rule(kind=KIND, what="whole network addresses in the audit log", count=count_whole, forget=shorten)]
