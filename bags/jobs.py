"""What the trade does in the background.

Imports go one after the other. A worker that dies leaves all of a file or nothing; the job is given back and
done again, and what is done already is not done twice.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from accounts.operators import Operator
from audit.database import with_live_connection
from bags.exports import making
from bags.exports.models import Export
from bags.importing import service
from bags.importing.progress import telling

_RETRIES = 3
_AGAIN = RetryStrategy(max_attempts=_RETRIES, exponential_wait=4)


@app.task(retry=RetryStrategy(max_attempts=3, wait=10))
@with_live_connection
def make_export(export_id: str) -> None:
    """Write the file of an export, for its asker as he is now. Removed or taken over meanwhile: nothing."""
    export = Export.objects.select_related("asked_by").filter(pk=export_id).first()
    if export is None or export.state == Export.State.DONE:
        return
    try:
        making.make_export(export, Operator.of(export.asked_by))
    except making.ExportRefused:
        return  # marked as failed; trying again would not help


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="remove_expired_exports")
@with_live_connection
def remove_expired_exports(timestamp: int) -> None:
    """Files that nobody may download any more."""
    making.remove_expired()


@app.task(name="check_import", lock="imports", pass_context=True, retry=_AGAIN)
@with_live_connection
def check_import(context: JobContext, batch_id: int) -> None:
    with _not_for_ever(context, batch_id):
        service.check(batch_id, progress=telling(batch_id))


@app.task(name="apply_import", lock="imports", pass_context=True, retry=_AGAIN)
@with_live_connection
def apply_import(context: JobContext, batch_id: int, by_id: int) -> None:
    with _not_for_ever(context, batch_id):
        service.apply(batch_id, by_id=by_id, progress=telling(batch_id))


@app.task(name="take_import_back", lock="imports", pass_context=True, retry=_AGAIN)
@with_live_connection
def take_import_back(context: JobContext, batch_id: int, by_id: int) -> None:
    with _not_for_ever(context, batch_id):
        service.take_back(batch_id, by_id=by_id)


@contextmanager
def _not_for_ever(context: JobContext, batch_id: int) -> Iterator[None]:
    try:
        yield
    except Exception:
        if context.job.attempts >= _RETRIES:
            service.give_up(batch_id)
        raise
