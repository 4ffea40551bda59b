"""What the trade does in the background."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from accounts.operators import Operator
from audit.database import with_live_connection
from bags.exports import making
from bags.exports.models import Export


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
