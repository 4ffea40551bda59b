"""Reports by e-mail, each at its hour (monitoring.reports.mailings).

Each (kind, day, recipient) is a row with a unique constraint, made when the mail falls due. Sending locks the
row, hands the mail to the server and marks the row in the same transaction: two workers never send the same
mail, and a failure leaves it due, for later. One window remains, as SMTP has no transactions: a worker that
dies after the server took the mail and before the mark is written, will send it again. A mail that is lost
would be worse than one that comes twice, and both carry the same Message-ID, by which mail programs and many
servers show only one.
"""

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from audit.actions import Action
from audit.database import database_now
from audit.log import Entry, Signature, record
from bags.sheets import file_name
from monitoring.models import DayMail
from monitoring.reports.days import ONE_DAY
from monitoring.reports.mailings import MAILINGS, Letter, Mailing

logger = logging.getLogger(__name__)
# Later than this, after a long standstill or at a first start, a mail is not begun any more.
LATEST = timedelta(hours=12)
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
MAX_ATTEMPTS = 15  # about ten hours


@dataclass(frozen=True, slots=True)
class MailText:
    """A mail without its recipient."""

    letter: Letter
    text: str
    html: str


def due_day(mailing: Mailing, now: datetime) -> tuple[date, datetime]:
    """The day whose mail was due last, and when."""
    due_at = timezone.make_aware(datetime.combine(timezone.localdate(now), mailing.at))
    if due_at > now:
        due_at -= ONE_DAY
    return mailing.day_of(due_at), due_at


def plan_day_mails(now: datetime) -> None:
    """Make the rows of the mails that are due. What is there already stays as it is."""
    rows = []
    for mailing in MAILINGS.values():
        day, due_at = due_day(mailing, now)
        if now - due_at <= LATEST:
            rows += [
                DayMail(kind=mailing.kind, day=day, recipient=to, due_at=due_at, next_try_at=due_at)
                for to in mailing.to
            ]
    DayMail.objects.bulk_create(rows, ignore_conflicts=True)


def send_due_mails(now: datetime) -> None:
    """Send what is due, to those who are recipients still. One that fails is put off and stops no other, of
    whatever kind: a report that cannot be made must not keep the other one back."""
    due = DayMail.objects.filter(sent_at=None, next_try_at__lte=now, attempts__lt=MAX_ATTEMPTS)
    for mail in due.order_by("day", "pk"):
        if mail.recipient not in MAILINGS[mail.kind].to:
            continue
        try:
            send_day_mail(mail_id=mail.pk)
        except Exception as error:  # noqa: BLE001 - it stands in the row and in the log
            _put_off(mail.pk, now, error)


@transaction.atomic
def send_day_mail(*, mail_id: int) -> bool:
    """Send one mail, unless it is sent or somebody else is sending it: then False. Raises what stopped
    it: OSError, where the mail server did."""
    mail = DayMail.objects.select_for_update(skip_locked=True).filter(pk=mail_id, sent_at=None).first()
    if mail is None:
        return False
    mailing = MAILINGS[mail.kind]
    message_to(mail.recipient, mailing, mail.day, compose(mailing, mail.day)).send()
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
    record(entry, signed=Signature(actor=mailing.name))
    return True


def _put_off(mail_id: int, now: datetime, error: Exception) -> None:
    with transaction.atomic():
        mail = DayMail.objects.select_for_update().get(pk=mail_id)
        mail.next_try_at = now + min(FIRST_WAIT * 2**mail.attempts, LONGEST_WAIT)
        mail.attempts += 1
        mail.last_error = f"{type(error).__name__}: {error}"[:500]
        mail.save(update_fields=["next_try_at", "attempts", "last_error"])
    # All that smtplib raises is an OSError, time-outs too; of anything else the log tells where it happened.
    trace = None if isinstance(error, OSError) else error
    told = (mail_id, mail.attempts, type(error).__name__)
    logger.warning("daily mail %s not sent, attempt %s: %s", *told, exc_info=trace)


def compose(mailing: Mailing, day: date) -> MailText:
    """The mail about a day as it is now."""
    with translation.override(settings.LANGUAGE_CODE):
        letter = mailing.write(day)
        context = {"report": letter.report, "attached": letter.attached}
        return MailText(
            letter=letter,
            text=render_to_string("reports/mail.txt", context),
            html=render_to_string("reports/mail.html", context),
        )


def message_to(recipient: str, mailing: Mailing, day: date, mail: MailText) -> EmailMultiAlternatives:
    """The same kind, day and recipient have the same Message-ID, however often the mail is tried."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    whose = hashlib.sha256(recipient.casefold().encode()).hexdigest()[:20]
    what = mailing.name.replace(" ", "-")
    message = EmailMultiAlternatives(
        subject=mail.letter.subject,
        body=mail.text,
        to=[recipient],
        headers={"Message-ID": f"<{what}.{day}.{whose}@{domain}>", "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(mail.html, "text/html")
    content, kind, content_type = mail.letter.file
    message.attach(file_name(f"{mailing.name} {day}", kind), content, content_type)
    return message


def mails_told(mailing: Mailing, limit: int = 30) -> Iterable[DayMail]:
    """The last mails of a kind, newest day first."""
    return DayMail.objects.filter(kind=mailing.kind).order_by("-day", "recipient")[:limit]
