"""The only writer of the audit log."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from audit.actions import Action
from audit.database import execute

# Composed into the one statement that writes all effects of a scan call, and run alone by `record`.
INSERT = """
INSERT INTO audit_auditlog
       (at, actor, action, target_type, target_id, target_label, before, after, reason, request_id)
SELECT at, actor, action, target_type, target_id, target_label, before, after, reason, request_id
  FROM jsonb_to_recordset(%s::jsonb) AS entry(
       at timestamptz, actor text, action text, target_type text, target_id text, target_label text,
       before jsonb, after jsonb, reason text, request_id text)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One change of state, ready to be written.

    `before` and `after` hold the changed fields only; `before` is None for a new thing.
    """

    at: datetime
    action: Action
    target_type: str
    target_id: str
    target_label: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    reason: str = ""

    def __post_init__(self) -> None:
        if not (self.target_type and self.target_id and self.target_label):
            raise ValueError(f"{self.action}: an audit entry names its target")
        if self.before is None and self.after is None:
            raise ValueError(f"{self.action}: an audit entry says what changed")


def rows(entries: Iterable[Entry], *, actor: str, request_id: str) -> str:
    """The entries as the JSON array that INSERT takes. Raises ValueError without an actor."""
    if not actor:
        raise ValueError("an audit entry names its actor")
    return orjson.dumps(
        [
            {
                "at": entry.at,
                "actor": actor,
                "action": entry.action,
                "target_type": entry.target_type,
                "target_id": entry.target_id,
                "target_label": entry.target_label,
                "before": entry.before,
                "after": entry.after,
                "reason": entry.reason,
                "request_id": request_id,
            }
            for entry in entries
        ]
    ).decode()


def record(*entries: Entry, actor: str, request_id: str = "") -> None:
    """Write the entries, inside the transaction of the operation that they describe."""
    execute(INSERT, [rows(entries, actor=actor, request_id=request_id)])
