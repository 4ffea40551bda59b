"""What monitoring does in the background."""

import logging

from django.utils import timezone
from procrastinate.contrib.django import app

from audit.database import database_now, with_live_connection
from monitoring.health.history import forget_old, keep_day_size, keep_sample
from monitoring.health.incidents import follow, send_incident_mails
from monitoring.health.report import health_items
from monitoring.reports.mail import plan_day_mails, send_due_mails
from monitoring.statistics.folding import fold, reconcile

logger = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="send_day_mails")
def send_day_mails(timestamp: int) -> None:
    """Reports by e-mail. Each minute asks what is due, so that a worker that was away at the hour, or
    died while sending, costs a minute and no mail."""
    now = timezone.now()
    plan_day_mails(now)
    send_due_mails(now)


# The last place of a cron line of six is seconds.
@app.periodic(cron="* * * * * */2")
@app.task(queueing_lock="fold_statistics")
@with_live_connection
def fold_statistics(timestamp: int) -> None:
    """The dashboard's numbers. Skipped or doubled, the next one makes good."""
    fold()


@app.periodic(cron="50 20 * * *")  # the small hours in India
@app.task(queueing_lock="reconcile_statistics")
@with_live_connection
def reconcile_statistics(timestamp: int) -> None:
    """Each night the dashboard's numbers are counted anew; had they been wrong, the log says by how much."""
    for key, told, true in reconcile():
        logger.error("The dashboard said %s %s, right was %s", told, key, true)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="watch_health")
@with_live_connection
def watch_health(timestamp: int) -> None:
    """Each minute: how the system fares, kept for the charts, and the admins told of what turned bad or good.
    Skipped or doubled, the next minute makes good."""
    now = database_now()
    items = health_items()
    keep_sample(items, now)
    keep_day_size(now)
    forget_old(now)
    follow(items, now)
    send_incident_mails(now)
