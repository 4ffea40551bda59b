"""The steps of an import, one function each. Every door calls these.

A file is uploaded, checked (nothing is written but what is wrong with it), confirmed, and applied in one
transaction: a worker that is killed leaves all of it or nothing, and another takes the job up again. New
bags need no lock on what is there; registered ones that a file changes are locked, in id order, until the
end, so a scan of just these waits. Imports go one after the other.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Any, BinaryIO

from django.db import IntegrityError, OperationalError, connection, transaction
from django.urls import reverse
from procrastinate.contrib.django import app

from accounts.models import User
from accounts.notifications import IMPORT_FAILED, IMPORT_FINISHED, notify
from accounts.operators import Operator
from audit.actions import Action
from audit.database import analyze, database_now
from audit.log import Entry, Signature, record
from bags.importing.judging import Progress
from bags.importing.kinds import ImportKind, Settled, import_kinds
from bags.importing.models import ImportBatch, ImportPart
from bags.importing.refusal import ImportRefused
from bags.importing.tables import read_rows
from bags.scanning.service import OTHERS_WERE_QUICKER, ROUNDS, Busy
from bags.scanning.store import Stale

State = ImportBatch.State
PART_BYTES = 1 << 20
ANALYZED_FROM = 5_000
_ONE_AT_A_TIME = 20_261_128


def upload(
    *, kind: str, file_name: str, pieces: Iterable[bytes], by: Operator, area: str | None = None
) -> ImportBatch:
    """Keep a file to be checked by a job. Raises ImportRefused `not_allowed`."""
    _assert_may_import(by)
    with transaction.atomic():
        batch = _new(kind, file_name, by, area, State.UPLOADED)
        batch.save()
        for piece in pieces:
            ImportPart.objects.create(batch=batch, content=piece)
        _later("check_import", batch_id=batch.pk)
    return batch


def check(batch_id: int, *, progress: Progress) -> None:
    """Judge an uploaded file. What is no table at all fails; done before, nothing happens."""
    batch = ImportBatch.objects.get(pk=batch_id)
    if batch.state != State.UPLOADED:
        return
    by = Operator.of(User.objects.get(pk=batch.created_by_id))
    try:
        with transaction.atomic(), _file(batch) as file:
            batch = _lock(batch_id, State.UPLOADED)
            _note(batch, _settle(batch, by, file, apply=False, progress=progress), State.CHECKED)
    except ImportRefused as refused:
        _fail(batch_id, refused)


def confirm(batch_id: int, *, by: Operator) -> ImportBatch:
    """Say yes to a checked file: a job brings it in. Raises ImportRefused `not_allowed`, `not_now`, or
    `nothing_good`."""
    _assert_may_import(by)
    with transaction.atomic():
        batch = _lock(batch_id, State.CHECKED)
        if not batch.good:
            raise ImportRefused("nothing_good")
        batch.state = State.CONFIRMED
        batch.save(update_fields=["state"])
        _later("apply_import", batch_id=batch.pk, by_id=by.id)
    return batch


def apply(batch_id: int, *, by_id: int, progress: Progress) -> None:
    """Bring a confirmed file in: all of its good rows, or none when it is stopped. Done before, nothing
    happens."""
    started = ImportBatch.objects.filter(pk=batch_id, state__in=[State.CONFIRMED, State.RUNNING])
    if not started.update(state=State.RUNNING):
        return
    try:
        by = _asker(by_id, batch_id)
        with transaction.atomic():
            batch = _lock(batch_id, State.RUNNING)
            with _file(batch) as file:
                _bring_in(batch, by, file, progress)
            batch.parts.all().delete()
            _tell(batch, IMPORT_FINISHED)
    except ImportRefused as refused:
        _fail(batch_id, refused)


def import_file(
    *,
    kind: str,
    file_name: str,
    file: BinaryIO,
    by: Operator,
    area: str | None,
    progress: Progress,
    seen: Callable[[ImportBatch], None],
    apply: bool = True,
) -> ImportBatch:
    """All steps at once, in one transaction, for commands. `seen` meets the import before it is committed or,
    without `apply`, forgotten again. Raises ImportRefused."""
    _assert_may_import(by)
    with transaction.atomic():
        batch = _new(kind, file_name, by, area, State.RUNNING if apply else State.CHECKED)
        batch.save()
        if apply:
            _bring_in(batch, by, file, progress)
        else:
            _note(batch, _settle(batch, by, file, apply=False, progress=progress), State.CHECKED)
        seen(batch)
        transaction.set_rollback(not apply)
    return batch


def drop(batch_id: int, *, by: Operator) -> ImportBatch:
    """Give up a file that was not confirmed. Raises ImportRefused `not_allowed` or `not_now`."""
    _assert_may_import(by)
    with transaction.atomic():
        batch = _lock(batch_id, State.UPLOADED, State.CHECKED)
        before, batch.state = {"state": batch.state}, State.DROPPED
        batch.save(update_fields=["state"])
        batch.parts.all().delete()
        batch.problems.all().delete()
        _record(Action.IMPORT_DROPPED, batch, by, before, {"state": batch.state})
    return batch


def ask_back(batch_id: int, *, by: Operator) -> ImportBatch:
    """A job shall take the import back. Raises ImportRefused `not_allowed` or `not_now`."""
    _assert_may_import(by)
    with transaction.atomic():
        batch = _lock(batch_id, State.DONE)
        batch.state, batch.code, batch.facts = State.RETURNING, "", {}
        batch.save(update_fields=["state", "code", "facts"])
        _later("take_import_back", batch_id=batch.pk, by_id=by.id)
    return batch


def take_back(batch_id: int, *, by_id: int) -> None:
    """Undo what an import made. Where something depends on it, it stays, and says so; done before, nothing
    happens."""
    try:
        by = _asker(by_id, batch_id)
        with transaction.atomic():
            batch = _lock(batch_id, State.RETURNING)
            _take_turn()
            batch.taken_back_at = import_kinds()[batch.kind].take_back(batch, by)
            batch.state, batch.taken_back_by_id = State.TAKEN_BACK, by.id
            batch.save(update_fields=["state", "taken_back_at", "taken_back_by"])
            _record(Action.IMPORT_TAKEN_BACK, batch, by, {"state": "done"}, {"state": batch.state})
    except ImportRefused as refused:
        ImportBatch.objects.filter(pk=batch_id, state=State.RETURNING).update(
            state=State.DONE, code=refused.code, facts=refused.facts
        )


def give_up(batch_id: int) -> None:
    """A job that broke down again and again is not tried for ever: nothing of the file went in."""
    ImportBatch.objects.filter(pk=batch_id, state=State.RETURNING).update(state=State.DONE, code="broke_down")
    _fail(batch_id, ImportRefused("broke_down"))


def _bring_in(batch: ImportBatch, by: Operator, file: BinaryIO, progress: Progress) -> None:
    settled = _settle(batch, by, file, apply=True, progress=progress)
    batch.done_at = settled.at
    _note(batch, settled, State.DONE)
    after = {"file": batch.file_name, "kind": batch.kind, "good": batch.good, "bad": batch.bad, **batch.made}
    _record(Action.IMPORT_APPLIED, batch, by, None, after)
    if batch.good >= ANALYZED_FROM:  # else plans made for small tables stay slow for a while
        transaction.on_commit(analyze)


def _settle(batch: ImportBatch, by: Operator, file: BinaryIO, *, apply: bool, progress: Progress) -> Settled:
    """Stage once; judge, and write, until nobody was quicker. Each round meets what the quicker one did."""
    kind: ImportKind = import_kinds()[batch.kind]
    if apply:
        _take_turn()
    with closing(read_rows(file)) as rows:
        staged = kind.stage(rows, progress)
    for _round in range(ROUNDS):
        try:
            with transaction.atomic():
                return kind.settle(staged, batch, by, apply=apply, progress=progress)
        except Stale:
            continue
        except (IntegrityError, OperationalError) as error:
            if getattr(error.__cause__, "sqlstate", None) not in OTHERS_WERE_QUICKER:
                raise
    raise Busy


def _later(job: str, **about: int) -> None:
    """The job of bags.jobs, which calls back here, with the change that asks for it or not at all."""
    app.configure_task(job, lock="imports").defer(**about)


def _take_turn() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])


def _note(batch: ImportBatch, settled: Settled, state: str) -> None:
    batch.state, batch.made = state, settled.made
    batch.total, batch.good, batch.known, batch.bad = (
        settled.total,
        settled.good,
        settled.known,
        settled.bad,
    )
    batch.save()


def _new(kind: str, file_name: str, by: Operator, area: str | None, state: str) -> ImportBatch:
    return ImportBatch(
        kind=kind,
        state=state,
        file_name=file_name[:200],
        area_id=area,
        created_at=database_now(),
        created_by_id=by.id,
    )


def _lock(batch_id: int, *states: str) -> ImportBatch:
    batch = ImportBatch.objects.select_for_update().filter(pk=batch_id).first()
    if batch is None or batch.state not in states:
        raise ImportRefused("not_now")
    return batch


@contextmanager
def _file(batch: ImportBatch) -> Iterator[BinaryIO]:
    """The parts put together, beside the memory."""
    with tempfile.TemporaryFile() as file:
        for pk in batch.parts.order_by("pk").values_list("pk", flat=True):
            file.write(ImportPart.objects.values_list("content", flat=True).get(pk=pk))
        file.seek(0)
        yield file


def _fail(batch_id: int, refused: ImportRefused) -> None:
    with transaction.atomic():
        batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
        if batch.state not in (State.UPLOADED, State.CONFIRMED, State.RUNNING):
            return
        batch.state, batch.code, batch.facts = State.FAILED, refused.code, refused.facts
        batch.save(update_fields=["state", "code", "facts"])
        batch.parts.all().delete()
        _tell(batch, IMPORT_FAILED)


def _tell(batch: ImportBatch, kind: str) -> None:
    notify([batch.created_by_id], kind, link=reverse("import", args=[batch.pk]), file=batch.file_name)


def _asker(user_id: int, batch_id: int) -> Operator:
    """Who asked for a job, if they may still. Entries of one import share a request id."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise ImportRefused("not_allowed")
    by = Operator.of(user, signature=Signature(actor=user.username, request_id=f"import-{batch_id}"))
    _assert_may_import(by)
    return by


def _assert_may_import(by: Operator) -> None:
    if not by.is_admin:
        raise ImportRefused("not_allowed")


def _record(
    action: Action, batch: ImportBatch, by: Operator, before: dict[str, Any] | None, after: dict[str, Any]
) -> None:
    entry = Entry(
        at=database_now(),
        action=action,
        target_type="import",
        target_id=str(batch.pk),
        target_label=batch.file_name,
        before=before,
        after=after,
    )
    record(entry, signed=by.signature)
