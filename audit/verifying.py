"""Proves that nobody changed what the audit log says: reads every entry, seal and anchor again.

What is found, and by what: a changed or swapped entry by its hash; a deleted one by its seal; one put in
later by the mark `through`, below which all was sealed; a chain that was cut or written anew by the anchors
of the table and, where that was written anew too, of the file. What is newer than the last anchor and was cut
off together with its seals leaves no trace.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import orjson
from django.db import connection

from audit.actions import Action
from audit.canonical import FACTS, GENESIS, PARTS, Facts, canonical, commitment, link
from audit.models import Anchor
from audit.sealing import Told, anchor_file

BATCH = 20_000
SHOWN = 20

_SEALS = f"""
SELECT seal.position, seal.entry, seal.hash, seal.erasure,
       uuid_send(seal.who_salt), uuid_send(seal.address_salt), uuid_send(seal.what_salt),
       seal.who, seal.address, seal.what, entry.facts
  FROM (SELECT * FROM audit_seal WHERE position > %s ORDER BY position LIMIT %s OFFSET 0) AS seal
  LEFT JOIN LATERAL (
       SELECT {FACTS} AS facts FROM audit_auditlog entry WHERE id = seal.entry OFFSET 0
  ) AS entry ON true
 ORDER BY seal.position
"""  # noqa: S608 - composed of constants
_PUT_IN = """
SELECT id FROM audit_auditlog entry
 WHERE id <= %s AND NOT EXISTS (SELECT FROM audit_seal WHERE entry = entry.id) ORDER BY id LIMIT %s
"""
_UNSEALED = """
SELECT count(*) FROM audit_auditlog entry
 WHERE id > %s AND NOT EXISTS (SELECT FROM audit_seal WHERE entry = entry.id)
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written. `position` in the chain and `entry` are the first row that it
    concerns, as far as that can be known."""

    code: str
    position: int | None
    entry: int | None
    text: str


@dataclass(slots=True)
class Report:
    """What `verify` read and found. `head` is the chain's last hash, in hexadecimal. `bad` counts what was
    found; `findings` holds SHOWN of it, the first bad row first."""

    sealed: int = 0
    unsealed: int = 0
    anchors: int = 0
    head: str = GENESIS.hex()
    seconds: float = 0.0
    bad: int = 0
    findings: list[Finding] = field(default_factory=list)

    def found(self, code: str, text: str, *, position: int | None = None, entry: int | None = None) -> None:
        self.bad += 1
        if len(self.findings) < SHOWN:
            self.findings.append(Finding(code, position, entry, text))


class AnchorsUnreadable(Exception):
    """The file outside of the database cannot be read, or holds something else."""


def verify() -> Report:
    """Read everything again. Wants a transaction whose statements see one state, where others erase people
    meanwhile. Raises AnchorsUnreadable."""
    started, report = time.monotonic(), Report()
    anchors = _Anchors(report)
    erasures = _Erasures()
    head = GENESIS
    for row in _seals():
        position, entry, sealed_as, erasure, facts = row[0], row[1], row[2], row[3], row[10]
        if position != report.sealed + 1:
            gone = report.sealed + 1
            report.found("seal_gone", f"The seal at position {gone} is gone.", position=gone)
        report.sealed = position
        if facts is None:
            report.found("deleted", f"Entry {entry} was deleted.", position=position, entry=entry)
        else:
            told = Facts.of(facts)
            parts = [
                commitment(salt, part) if salt is not None else kept or b""
                for salt, kept, part in zip(row[4:7], row[7:10], told.personal, strict=True)
            ]
            if link(head, told.plain, *parts) != sealed_as:
                report.found("changed", f"Entry {entry} was changed.", position=position, entry=entry)
            erasures.read(position, entry, erasure, row[4:7], told)
        # The stored hash, so that one bad row is one finding.
        head = sealed_as
        anchors.compare(position, head.hex())
    report.head = head.hex()
    anchors.end()
    erasures.end(report)
    _find_put_in(report, anchors.through)
    report.findings.sort(key=lambda finding: (finding.position is None, finding.position or 0))
    report.seconds = time.monotonic() - started
    return report


def _seals() -> Iterator[tuple[Any, ...]]:
    position = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_SEALS, [position, BATCH])
            rows = cursor.fetchall()
            for row in rows:
                yield (*row[:2], bytes(row[2]), *row[3:])
            if len(rows) < BATCH:
                return
            position = rows[-1][0]


def _find_put_in(report: Report, through: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_PUT_IN, [through, SHOWN])
        for (entry,) in cursor.fetchall():
            report.found("put_in", f"Entry {entry} was put in after its time.", entry=entry)
        cursor.execute(_UNSEALED, [through])
        report.unsealed = cursor.fetchone()[0]


class _Anchors:
    """The anchors of the table and of the file, compared with the chain as it is read."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.last_good = 0
        self.through = 0
        self.waiting: dict[int, list[tuple[str, Told]]] = {}
        self._take("the table", [Told.of(anchor) for anchor in Anchor.objects.order_by("pk").iterator()])
        self._take(f"the file {anchor_file().name}", _outside())

    def _take(self, where: str, anchors: list[Told]) -> None:
        for told in anchors:
            self.report.anchors += 1
            if told.is_ours:
                self.waiting.setdefault(told.count, []).append((where, told))
                self.through = max(self.through, told.through)
            else:
                text = f"An anchor of {told.at} in {where} does not bear our HMAC."
                self.report.found("anchor_forged", text, position=told.count)

    def compare(self, position: int, head: str) -> None:
        if position not in self.waiting:
            return
        anchors = self.waiting.pop(position)
        for where, told in anchors:
            if told.head != head:
                text = f"The chain was written anew: it is not the one of {told.at} in {where}."
                self.report.found("rewritten", text, position=self.last_good + 1)
        if all(told.head == head for _where, told in anchors):
            self.last_good = position

    def end(self) -> None:
        """Anchors that are left stand behind the end of the chain."""
        end = self.report.sealed
        for anchors in self.waiting.values():
            for where, told in anchors:
                text = f"The end was cut off: {told.count} entries were sealed at {told.at}, says {where}."
                self.report.found("cut", text, position=end + 1)


def _outside() -> list[Told]:
    place = anchor_file()
    if not place.exists():
        return []
    try:
        return [Told(**orjson.loads(line)) for line in place.read_bytes().splitlines()]
    except (OSError, TypeError, ValueError) as error:
        raise AnchorsUnreadable(f"{place} cannot be read: {error}") from error


class _Erasures:
    """What stands in the place of erased parts, covered by the entry that told of the erasure."""

    def __init__(self) -> None:
        self.digests: dict[str, Any] = {}
        self.first: dict[str, tuple[int, int]] = {}
        self.told: dict[str, str] = {}
        self.silent: list[tuple[int, int]] = []

    def read(
        self, position: int, entry: int, erasure: object, salts: tuple[bytes | None, ...], facts: Facts
    ) -> None:
        if facts.plain["action"] == Action.PERSON_ERASED:
            self.told[facts.plain["target_id"]] = str((facts.what["after"] or {}).get("digest"))
        erased = dict(zip(PARTS, (salt is None for salt in salts), strict=True))
        if not (erased["who"] or erased["what"]):
            return
        if erasure is None:
            self.silent.append((position, entry))
            return
        digest = self.digests.setdefault(str(erasure), sha256())
        self.first.setdefault(str(erasure), (position, entry))
        digest.update(erased_line(entry, facts, who=erased["who"], what=erased["what"]))

    def end(self, report: Report) -> None:
        for position, entry in self.silent:
            text = f"Parts of entry {entry} were erased, and nothing tells by which erasure."
            report.found("erased", text, position=position, entry=entry)
        for erasure, digest in self.digests.items():
            if self.told.get(erasure) != digest.hexdigest():
                position, entry = self.first[erasure]
                text = f"Of the entries that erasure {erasure} changed, one is not as it left it."
                report.found("erased", text, position=position, entry=entry)


def erased_line(entry: int, facts: Facts, *, who: bool, what: bool) -> bytes:
    """What an erasure's digest takes in of one entry: its erased parts as they read now. The digest is the
    SHA-256 over these of all its entries, in the order of the chain."""
    return canonical([entry, facts.who if who else None, facts.what if what else None])
