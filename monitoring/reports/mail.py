"""The day summary by e-mail, at the end of the day.

Each (day, recipient) is a row with a unique constraint, made when the mail falls due. Sending locks the row,
hands the mail to the server and marks the row in the same transaction: two workers never send the same mail,
and a failure leaves it due, for later. One window remains, as SMTP has no transactions: a worker that dies
after the server took the mail and before the mark is written, will send it again. A summary that is lost
would be worse than one that comes twice, and both carry the same Message-ID, by which mail programs and many
servers show only one.
"""

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from audit.actions import Action
from audit.database import database_now
from audit.log import Entry, Signature, record
from bags.sheets import file_name
from monitoring.models import DayMail
from monitoring.reports.days import ONE_DAY
from monitoring.reports.days_work import day_summary
from monitoring.reports.formats import PDF_TYPE, as_pdf
from monitoring.reports.shape import Report

logger = logging.getLogger(__name__)
ACTOR = "day summary"
# Later than this, after a long standstill or at a first start, a summary is not begun any more.
LATEST = timedelta(hours=12)
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
MAX_ATTEMPTS = 15  # about ten hours


@dataclass(frozen=True, slots=True)
class DayText:
    """The mail about a day, without its recipient."""

    report: Report
    subject: str
    text: str
    html: str
    pdf: bytes


def due_day(now: datetime) -> tuple[date, datetime]:
    """The day whose summary was due last, and when. A summary before noon is about the day before."""
    at: time = settings.DAY_SUMMARY_AT
    due_at = timezone.make_aware(datetime.combine(timezone.localdate(now), at))
    if due_at > now:
        due_at -= ONE_DAY
    day = timezone.localdate(due_at)
    return (day if at >= time(12) else day - ONE_DAY), due_at


def plan_day_mails(now: datetime) -> None:
    """Make the rows of the mails that are due. What is there already stays as it is."""
    day, due_at = due_day(now)
    if now - due_at > LATEST:
        return
    DayMail.objects.bulk_create(
        (DayMail(day=day, recipient=to, due_at=due_at, next_try_at=due_at) for to in settings.DAY_SUMMARY_TO),
        ignore_conflicts=True,
    )


def send_due_mails(now: datetime) -> None:
    """Send what is due, to those who are recipients still. One that fails is put off and stops no other."""
    due = DayMail.objects.filter(
        sent_at=None,
        next_try_at__lte=now,
        attempts__lt=MAX_ATTEMPTS,
        recipient__in=settings.DAY_SUMMARY_TO,
    )
    for mail in due.order_by("day", "pk"):
        try:
            send_day_mail(mail_id=mail.pk)
        except OSError as error:  # all that smtplib raises is one, time-outs too
            _put_off(mail.pk, now, error)


@transaction.atomic
def send_day_mail(*, mail_id: int) -> bool:
    """Send one mail, unless it is sent or somebody else is sending it: then False. Raises OSError."""
    mail = DayMail.objects.select_for_update(skip_locked=True).filter(pk=mail_id, sent_at=None).first()
    if mail is None:
        return False
    message_to(mail.recipient, mail.day, compose(mail.day)).send()
    mail.sent_at = database_now()
    mail.save(update_fields=["sent_at"])
    entry = Entry(
        at=mail.sent_at,
        action=Action.DAY_MAIL_SENT,
        target_type="day_mail",
        target_id=str(mail.pk),
        target_label=mail.day.isoformat(),
        before={"sent_at": None},
        after={"sent_at": mail.sent_at},
    )
    record(entry, signed=Signature(actor=ACTOR))
    return True


def _put_off(mail_id: int, now: datetime, error: OSError) -> None:
    with transaction.atomic():
        mail = DayMail.objects.select_for_update().get(pk=mail_id)
        mail.next_try_at = now + min(FIRST_WAIT * 2**mail.attempts, LONGEST_WAIT)
        mail.attempts += 1
        mail.last_error = f"{type(error).__name__}: {error}"[:500]
        mail.save(update_fields=["next_try_at", "attempts", "last_error"])
    logger.warning("day summary %s not sent, attempt %s: %s", mail_id, mail.attempts, type(error).__name__)


def compose(day: date) -> DayText:
    """The mail about a day as it is now."""
    with translation.override(settings.LANGUAGE_CODE):
        report = day_summary(day)
        context = {"report": report}
        return DayText(
            report=report,
            subject=_("Day summary {day}: {packets} packets, {kg} kg dispatched").format(
                day=report.about, packets=_sum_of(report, "packets"), kg=_sum_of(report, "dispatched_kg")
            ),
            text=render_to_string("reports/mail.txt", context),
            html=render_to_string("reports/mail.html", context),
            pdf=as_pdf(report, printed_by="TraitorTrack"),
        )


def _sum_of(report: Report, key: str) -> str:
    table = report.tables[0]
    return next(text for column, text in table.shown_total if column.key == key)


def message_to(recipient: str, day: date, text: DayText) -> EmailMultiAlternatives:
    """The same day and recipient have the same Message-ID, however often the mail is tried."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    whose = hashlib.sha256(recipient.casefold().encode()).hexdigest()[:20]
    message = EmailMultiAlternatives(
        subject=text.subject,
        body=text.text,
        to=[recipient],
        headers={"Message-ID": f"<day-summary.{day}.{whose}@{domain}>", "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(text.html, "text/html")
    message.attach(file_name(f"day summary {day}", "pdf"), text.pdf, PDF_TYPE)
    return message


def mails_told(limit: int = 30) -> Iterable[DayMail]:
    """The last mails, newest day first."""
    return DayMail.objects.order_by("-day", "recipient")[:limit]
