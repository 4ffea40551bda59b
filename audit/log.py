"""The only writer of the audit log."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import orjson

from audit.actions import Action
from audit.database import execute

# Composed into the one statement that writes all effects of a scan call, and run alone by `record`.
INSERT = """
INSERT INTO audit_auditlog
       (at, actor, on_behalf_of, action, target_type, target_id, target_label, before, after, reason,
        device, address, request_id)
SELECT at, actor, on_behalf_of, action, target_type, target_id, target_label, before, after, reason,
       device, address, request_id
  FROM jsonb_to_recordset(%s::jsonb) AS entry(
       at timestamptz, actor text, on_behalf_of text, action text, target_type text, target_id text,
       target_label text, before jsonb, after jsonb, reason text, device uuid, address text, request_id text)
"""

# What would open a door is never written down, whoever asks for it.
SECRETS = frozenset({"password", "token", "secret", "session_key"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who answers for entries, and from where: one value, passed on by every operation.

    `actor` is whose session or program it is; `on_behalf_of` whose work is entered, where that is another's
    (a queue that a device saved). `device` is the scanning device, `address` the network address: None and ""
    where there is none. `request_id` joins what one call, or one run of a program, has written.
    """

    actor: str
    on_behalf_of: str = ""
    device: UUID | None = None
    address: str = ""
    request_id: str = field(default_factory=lambda: uuid4().hex)

    def __post_init__(self) -> None:
        if not self.actor:
            raise ValueError("an audit entry names its actor")
        if not self.request_id:
            raise ValueError("an audit entry names the call that made it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One change of state, ready to be written.

    `before` and `after` hold the changed fields only, and no secrets; `before` is None for a new thing.
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
        if not SECRETS.isdisjoint((*(self.before or ()), *(self.after or ()))):
            raise ValueError(f"{self.action}: an audit entry holds no secrets")


def rows(entries: Iterable[Entry], signed: Signature) -> str:
    """The entries as the JSON array that INSERT takes."""
    return orjson.dumps(
        [
            {
                "at": entry.at,
                "actor": signed.actor,
                "on_behalf_of": signed.on_behalf_of,
                "action": entry.action,
                "target_type": entry.target_type,
                "target_id": entry.target_id,
                "target_label": entry.target_label,
                "before": entry.before,
                "after": entry.after,
                "reason": entry.reason,
                "device": signed.device,
                "address": signed.address,
                "request_id": signed.request_id,
            }
            for entry in entries
        ]
    ).decode()


def record(*entries: Entry, signed: Signature) -> None:
    """Write the entries, inside the transaction of the operation that they describe."""
    execute(INSERT, [rows(entries, signed)])
