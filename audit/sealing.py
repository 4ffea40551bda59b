"""Seals entries into the hash chain, some moments after they were written, and anchors the chain.

One at a time, under a lock of the transaction. Entries get their place as they become visible: a transaction
that takes long holds up nobody's seal, only the mark `through` below which no entry can appear any more.
"""

import hmac
import os
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.db import connection, transaction

from audit.canonical import FACTS, GENESIS, Facts, canonical, commitment, link
from audit.database import execute
from audit.models import Anchor

# Any number, as long as it is only ours.
LOCK_NUMBER = 7_205_315_085
CHUNK = 10_000
ANCHOR_EVERY = timedelta(minutes=5)
# How long to wait for those who were writing when the anchor was begun.
SETTLE_SECONDS = 2.0

# Looked up one by one: whatever the planner thinks of the tables' sizes, only what is new is read.
_UNSEALED = f"""
SELECT entry.id, {FACTS}, gen_random_uuid(), gen_random_uuid(), gen_random_uuid()
  FROM audit_auditlog entry
  LEFT JOIN LATERAL (SELECT position FROM audit_seal WHERE entry = entry.id OFFSET 0) AS seal ON true
 WHERE entry.id > %s AND seal.position IS NULL
 ORDER BY entry.id LIMIT %s
"""  # noqa: S608 - composed of constants
_OLDEST_UNSEALED = """
SELECT min(entry.at) FROM audit_auditlog entry
  LEFT JOIN LATERAL (SELECT position FROM audit_seal WHERE entry = entry.id OFFSET 0) AS seal ON true
 WHERE entry.id > (SELECT coalesce(max(through), 0) FROM audit_anchor) AND seal.position IS NULL
"""
_SEAL = "COPY audit_seal (position, entry, hash, who_salt, address_salt, what_salt) FROM STDIN"
# Who writes into the log now: each took this lock before its entries got their ids.
_WRITERS = """
SELECT virtualtransaction FROM pg_locks
 WHERE locktype = 'relation' AND relation = 'audit_auditlog'::regclass AND mode = 'RowExclusiveLock'
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True, slots=True)
class Told:
    """An anchor as it is signed, in the table and in the file alike."""

    at: str
    count: int
    head: str
    through: int
    mac: str

    @classmethod
    def of(cls, anchor: Anchor) -> "Told":
        at, head, mac = anchor.at.isoformat(), bytes(anchor.head).hex(), bytes(anchor.mac).hex()
        return cls(at, anchor.count, head, anchor.through, mac)

    @property
    def is_ours(self) -> bool:
        """Whether its HMAC was made with our key."""
        signed = anchor_mac(self.at, self.count, self.head, self.through)
        return hmac.compare_digest(signed.hex(), self.mac)


def anchor_mac(at: str, count: int, head: str, through: int) -> bytes:
    """HMAC-SHA256 with AUDIT_KEY; `at` in ISO format with UTC's offset, `head` in hexadecimal."""
    text = canonical({"at": at, "count": count, "head": head, "through": through})
    return hmac.digest(settings.AUDIT_KEY.encode(), text, "sha256")


def anchor_file() -> Path:
    """Where the anchors of this database stand outside of it, one JSON object a line."""
    folder: Path = settings.AUDIT_ANCHORS
    return folder / f"{connection.settings_dict['NAME']}.jsonl"


def seal() -> int:
    """Seal what is written and not sealed yet. Returns how many; 0 where another is at it."""
    sealed, after = 0, None
    while True:
        count, after = _seal_some(after)
        sealed += count
        if count < CHUNK:
            return sealed


def seal_and_anchor(*, at_once: bool = False) -> int:
    """`seal`, and an anchor where the last one is older than ANCHOR_EVERY, or `at_once`. Returns how many
    entries were sealed."""
    last = _last_anchor()
    now: datetime = execute("SELECT now()")[0][0]
    if not (at_once or last is None or now - last.at >= ANCHOR_EVERY):
        return seal()
    through = _settled_through(last.through if last else 0)
    sealed = seal()
    if made := _anchor(through):
        _keep_outside(made)
    return sealed


def oldest_unsealed() -> datetime | None:
    """The time of the oldest entry that is not sealed yet."""
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST_UNSEALED)
        oldest: datetime | None = cursor.fetchone()[0]
    return oldest


@transaction.atomic
def _seal_some(after: int | None) -> tuple[int, int]:
    """Seal up to CHUNK entries with ids behind `after`. Returns how many, and the id of the last."""
    if after is None:
        after = execute("SELECT coalesce(max(through), 0) FROM audit_anchor")[0][0]
    if not _is_our_turn():
        return 0, after
    position, head = _end_of_chain()
    with connection.cursor() as cursor:
        cursor.execute(_UNSEALED, [after, CHUNK])
        rows = cursor.fetchall()
        with connection.wrap_database_errors, cursor.copy(_SEAL) as copy:
            copy.set_types(["int8", "int8", "bytea", "uuid", "uuid", "uuid"])
            for place, (entry, text, *salts) in enumerate(rows, start=position + 1):
                facts = Facts.of(text)
                who, address, what = map(commitment, (salt.bytes for salt in salts), facts.personal)
                head = link(head, facts.plain, who, address, what)
                copy.write_row((place, entry, head, *salts))
    return len(rows), rows[-1][0] if rows else after


def _last_anchor() -> Anchor | None:
    return Anchor.objects.order_by("-pk").first()


def _is_our_turn() -> bool:
    return bool(execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK_NUMBER])[0][0])


def _end_of_chain() -> tuple[int, bytes]:
    rows = execute("SELECT position, hash FROM audit_seal ORDER BY position DESC LIMIT 1")
    return (rows[0][0], bytes(rows[0][1])) if rows else (0, GENESIS)


def _settled_through(before: int) -> int:
    """The id below which no entry can appear any more: the highest now, once all who write now have ended;
    `before` if that takes too long."""
    highest: int = execute("SELECT coalesce(max(id), 0) FROM audit_auditlog")[0][0]
    writing, until = _writers(), time.monotonic() + SETTLE_SECONDS
    while writing := writing & _writers():
        if time.monotonic() > until:
            return before
        time.sleep(0.02)
    return highest


def _writers() -> set[str]:
    return {row[0] for row in execute(_WRITERS)}


@transaction.atomic
def _anchor(through: int) -> Told | None:
    """Write the chain's end down. None where nothing came to it since, or another is at it."""
    if not _is_our_turn():
        return None
    last = _last_anchor()
    position, head = _end_of_chain()
    if position == (last.count if last else 0):
        return None
    with connection.cursor() as cursor:
        cursor.execute(_UNSEALED, [last.through if last else 0, 1])
        first = cursor.fetchone()
    if first and first[0] <= through:  # somebody else was sealing, and has not come so far
        through = last.through if last else 0
    now = execute("SELECT now()")[0][0]
    mac = anchor_mac(now.isoformat(), position, head.hex(), through)
    return Told.of(Anchor.objects.create(at=now, count=position, head=head, through=through, mac=mac))


def _keep_outside(told: Told) -> None:
    """Append to the file, to the disk itself. Raises OSError: the anchor in the table stays."""
    place = anchor_file()
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    line: dict[str, Any] = {name: getattr(told, name) for name in Told.__slots__}
    descriptor = os.open(place, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, orjson.dumps(line) + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
