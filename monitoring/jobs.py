"""What monitoring does in the background."""

from django.utils import timezone
from procrastinate.contrib.django import app

from monitoring.reports.mail import plan_day_mails, send_due_mails


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="send_day_mails")
def send_day_mails(timestamp: int) -> None:
    """The day summary by e-mail. Each minute asks what is due, so that a worker that was away at the hour, or
    died while sending, costs a minute and no mail."""
    now = timezone.now()
    plan_day_mails(now)
    send_due_mails(now)
