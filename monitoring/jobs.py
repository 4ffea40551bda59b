"""What monitoring does in the background."""

from django.utils import timezone
from procrastinate.contrib.django import app

from audit.database import database_now, with_live_connection
from monitoring.health.history import forget_old, keep_day_size, keep_sample
from monitoring.health.incidents import follow, send_incident_mails
from monitoring.health.report import health_items
from monitoring.reports.mail import plan_day_mails, send_due_mails


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="send_day_mails")
def send_day_mails(timestamp: int) -> None:
    """The day summary by e-mail. Each minute asks what is due, so that a worker that was away at the hour, or
    died while sending, costs a minute and no mail."""
    now = timezone.now()
    plan_day_mails(now)
    send_due_mails(now)


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
