"""The file as the packing screen writes it, taken apart entry by entry. What is broken in one entry is told
with its number and keeps no other from going in."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import orjson
from django.utils.translation import gettext as _
from pydantic import Field, StrictInt, ValidationError

from bags.scanning.earlier import UNDO
from bags.scanning.rules import Pull
from bags.schemas import Key, ScanIn, Strict, Text, Time

MAX_BYTES = 20 * 1024 * 1024


class QueueFileRefused(Exception):
    """The file is refused whole: nothing of it was recorded. `code` is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class Person(Strict):
    user: StrictInt
    name: Text
    scans: list[Any]
    undos: list[Any]


class QueueFile(Strict):
    format: Literal["traitortrack-queue-1"]
    device: Key
    saved_at: Time
    people: list[Person] = Field(max_length=1000)


class UndoIn(Strict):
    key: Key
    scan: Key


@dataclass(frozen=True, slots=True)
class Entry:
    """One scan or undo of the file, counted from 1 over the whole file; `problem` says why it is no use."""

    number: int
    pull: Pull | None
    problem: str = ""


def parse(content: bytes) -> QueueFile:
    """Raises QueueFileRefused `too_large` or `not_a_queue`."""
    if len(content) > MAX_BYTES:
        raise QueueFileRefused("too_large", _("This file is larger than any queue. Nothing was recorded."))
    try:
        return QueueFile.model_validate(orjson.loads(content))
    except (ValueError, RecursionError):
        raise QueueFileRefused(
            "not_a_queue",
            _("This is no file that “Save queue to file” wrote. Nothing was recorded. Choose another file."),
        ) from None


def entries_of(person: Person, first_number: int) -> list[Entry]:
    """The person's entries in the order in which they are to be judged: an undo right behind the scan that
    it takes back, or before all where that scan was sent long ago."""
    scans = [_entry(first_number + place, _scan, item) for place, item in enumerate(person.scans)]
    first_undo = first_number + len(scans)
    undos = [_entry(first_undo + place, _undo, item) for place, item in enumerate(person.undos)]
    return list(_in_order(scans, undos))


def _in_order(scans: list[Entry], undos: list[Entry]) -> Iterator[Entry]:
    here = {scan.pull.key for scan in scans if scan.pull}
    waiting: dict[UUID | None, list[Entry]] = {}
    for undo in undos:
        target = UUID(undo.pull.raw) if undo.pull else None
        waiting.setdefault(target if target in here else None, []).append(undo)
    yield from waiting.pop(None, [])
    for scan in scans:
        yield scan
        yield from waiting.pop(scan.pull.key, []) if scan.pull else []


def _entry(number: int, read: Any, item: Any) -> Entry:
    try:
        return Entry(number, read(item))
    except ValidationError as error:
        told = [f"{'.'.join(map(str, one['loc'])) or _('entry')}: {one['msg']}" for one in error.errors()]
        return Entry(number, None, "; ".join(told[:3]))


def _scan(item: Any) -> Pull:
    """However it was made, it comes late: what does not fit any more is a conflict."""
    scan = ScanIn.model_validate(item)
    return scan.model_copy(update={"offline": True}).pull()


def _undo(item: Any) -> Pull:
    undo = UndoIn.model_validate(item)
    return Pull(key=undo.key, mode=UNDO, raw=str(undo.scan))
