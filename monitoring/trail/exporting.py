"""Entries as CSV, with what proves each: anybody can compute the hashes again (docs/audit.md tells how)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from audit.canonical import canonical
from audit.models import AuditLog, Seal
from bags.sheets import csv_bytes

BATCH = 2_000
_ENTRY = (
    *("id", "at", "actor", "on_behalf_of", "action", "target_type", "target_id", "target_label"),
    *("before", "after", "reason", "device", "address", "request_id"),
)
_SEAL = ("position", "hash", "who_salt", "address_salt", "what_salt", "who", "address", "what")
HEAD = (*_ENTRY, "position", "hash_before", "hash", *[f"seal_{name}" for name in _SEAL[2:]])


def csv_export(rows: QuerySet[AuditLog]) -> Iterator[bytes]:
    """The entries in the order of their ids, in parts. The memory that it takes does not grow with them."""
    yield csv_bytes([HEAD])
    last = 0
    while entries := list(rows.order_by("pk").filter(pk__gt=last)[:BATCH]):
        last = entries[-1].pk
        # The mark of UTF-8 stands at the front of the file only.
        yield csv_bytes(_with_proof(entries)).removeprefix("\ufeff".encode())


def _with_proof(entries: list[AuditLog]) -> Iterator[list[Any]]:
    seals = {seal.entry: seal for seal in Seal.objects.filter(entry__in=[entry.pk for entry in entries])}
    before = dict(
        Seal.objects.filter(position__in=[seal.position - 1 for seal in seals.values()]).values_list(
            "position", "hash"
        )
    )
    for entry in entries:
        values = [_cell(getattr(entry, name)) for name in _ENTRY]
        if seal := seals.get(entry.pk):
            head = before.get(seal.position - 1, bytes(32))
            values += [seal.position, _cell(head), _cell(seal.hash)]
            values += [_cell(getattr(seal, name)) for name in _SEAL[2:]]
        yield values


def _cell(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, dict):
        return canonical(value).decode()
    if isinstance(value, datetime):  # to the microsecond, in UTC: as it was hashed
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return str(value) if isinstance(value, UUID) else value
