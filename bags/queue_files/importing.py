"""Importing a saved queue: the same keys through the same door, as the operators whose scans they are."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.operators import Operator
from audit import log
from audit.actions import Action
from audit.database import database_now
from bags.queue_files.parsing import Entry, Person, QueueFile, QueueFileRefused, entries_of, parse
from bags.scanning.earlier import UNDO
from bags.scanning.rules import Pull
from bags.scanning.service import Busy, process

BATCH = 100


@dataclass(slots=True)
class Outcome:
    """What became of one person's entries: how many went in now and were there before, those that the rules
    refused or kept as conflicts, those that are broken; a row of the last two is {number, code, message}."""

    name: str
    is_active: bool = True
    new: int = 0
    replayed: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list)
    broken: list[dict[str, Any]] = field(default_factory=list)


def import_queue(*, content: bytes, signed: log.Signature) -> list[Outcome]:
    """Record what the file holds, person by person, in batches; returns an outcome for each person. Sent
    or imported before, an entry is a replay. A deactivated operator's scans are facts like any other's.
    Raises QueueFileRefused; after `busy` the same file may be imported again."""
    file = parse(content)
    people = _with_numbers(file)
    users = {user.pk: user for user in User.objects.filter(pk__in=[one.user for one in file.people])}
    _record(file, people, users, signed)
    return [_import_one(file, one, entries, users, signed) for one, entries in people]


def _with_numbers(file: QueueFile) -> list[tuple[Person, list[Entry]]]:
    found, number = [], 1
    for person in file.people:
        found.append((person, entries_of(person, number)))
        number += len(person.scans) + len(person.undos)
    return found


def _import_one(
    file: QueueFile, person: Person, entries: list[Entry], users: dict[int, User], signed: log.Signature
) -> Outcome:
    outcome = Outcome(person.name)
    user = _user(person, users)
    if user is None:
        problem = _("Nobody of this name and number is known here.")
        outcome.broken = [_row(entry, "unknown_person", problem) for entry in entries]
        return outcome
    outcome.is_active = user.is_active
    broken = sorted((entry for entry in entries if entry.pull is None), key=lambda entry: entry.number)
    outcome.broken = [_row(entry, "invalid", entry.problem) for entry in broken]
    operator = Operator.of(user, signature=replace(signed, on_behalf_of=user.username))
    for batch in _batches([(entry, entry.pull) for entry in entries if entry.pull]):
        try:
            answers = process(pulls=[pull for _entry, pull in batch], operator=operator, device=file.device)
        except Busy:
            raise QueueFileRefused(
                "busy", _("Others were quicker too often. Import the same file again: nothing counts twice.")
            ) from None
        for (entry, _pull), told in zip(batch, answers, strict=True):
            _note(outcome, entry, told)
    return outcome


def _batches(entries: list[tuple[Entry, Pull]]) -> Iterator[list[tuple[Entry, Pull]]]:
    """As a device sends them: scans by the hundred, an undo alone, for it looks its scan up in the record."""
    batch: list[tuple[Entry, Pull]] = []
    for entry, pull in entries:
        if batch and (len(batch) == BATCH or UNDO in (pull.mode, batch[-1][1].mode)):
            yield batch
            batch = []
        batch.append((entry, pull))
    if batch:
        yield batch


def _user(person: Person, users: dict[int, User]) -> User | None:
    """By number and name: after a restored backup a number may be another's."""
    user = users.get(person.user)
    return user if user and user.username.lower() == person.name.lower() else None


def _note(outcome: Outcome, entry: Entry, told: dict[str, Any]) -> None:
    if told["replayed"]:
        outcome.replayed += 1
    elif told["scan_id"]:
        outcome.new += 1
    if told["severity"] not in ("success", "notice"):
        outcome.refused.append(_row(entry, told["code"], told["message"]))


def _row(entry: Entry, code: str, message: str) -> dict[str, Any]:
    return {"number": entry.number, "code": code, "message": message}


def _record(
    file: QueueFile,
    people: list[tuple[Person, list[Entry]]],
    users: dict[int, User],
    signed: log.Signature,
) -> None:
    """Before the first scan goes in: who brought which device's queue. The scans' own entries are signed
    on behalf of their operators and bear the same request id."""
    counts = {
        person.name: sum(entry.pull is not None for entry in entries)
        for person, entries in people
        if _user(person, users)
    }
    if not sum(counts.values()):
        return
    entry = log.Entry(
        at=database_now(),
        action=Action.QUEUE_IMPORTED,
        target_type="device",
        target_id=str(file.device),
        target_label=str(file.device),
        before=None,
        after={"saved_at": file.saved_at.isoformat(), "entries": counts},
    )
    log.record(entry, signed=signed)
