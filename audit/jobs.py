"""What the audit log does in the background."""

from procrastinate.contrib.django import app

from audit.database import with_live_connection
from audit.sealing import seal_and_anchor


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="seal_audit_log")
@with_live_connection
def seal_audit_log(timestamp: int) -> None:
    """Each minute what was written since; each five minutes an anchor. Skipped or doubled, the next makes
    good."""
    seal_and_anchor()
