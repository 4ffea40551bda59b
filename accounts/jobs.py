"""What is done about people behind the requests."""

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.functional import Promise
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from accounts.email_change import token_of
from accounts.models import EmailChange, User
from accounts.passwords import who_may_reset
from accounts.sessions import Session
from audit.database import database_now, with_live_connection
from audit.log import Signature
from audit.retention import apply_retention

# An e-mail address may stand with several people; beyond so many it is no person's.
MAILS_AT_MOST = 5


@app.task(retry=RetryStrategy(max_attempts=5, exponential_wait=4))
@with_live_connection
def send_reset_link(name: str) -> None:
    """Mail a link to a new password to whoever is meant by `name`: a user name or an e-mail address.

    The link leads to PUBLIC_URL, whatever host a request asked for; it works once, for an hour.
    """
    for user in who_may_reset(name)[:MAILS_AT_MOST]:
        subject = _("A new password for TraitorTrack")
        _send(user, user.email, subject, "accounts/reset_mail.txt", link=_link(user))


def _link(user: User) -> str:
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return settings.PUBLIC_URL + reverse("new-password", args=[uid, default_token_generator.make_token(user)])


@app.task(retry=RetryStrategy(max_attempts=5, exponential_wait=4))
@with_live_connection
def send_email_link(user_id: int) -> None:
    """Mail the link that confirms a new e-mail address to that address. It leads to PUBLIC_URL, whatever host
    a request asked for. Confirmed meanwhile: nothing is sent."""
    asked = EmailChange.objects.select_related("user").filter(user_id=user_id).first()
    if asked:
        link = settings.PUBLIC_URL + reverse("confirm-email", args=[token_of(asked)])
        subject = _("Your new e-mail address for TraitorTrack")
        _send(asked.user, asked.email, subject, "accounts/email_mail.txt", link=link)


@app.task(retry=RetryStrategy(max_attempts=5, exponential_wait=4))
@with_live_connection
def tell_old_address(user_id: int, old: str) -> None:
    """Mail to the address that a person had until now: whoever did not change it hears of it."""
    subject = _("Your e-mail address was changed")
    _send(User.objects.get(pk=user_id), old, subject, "accounts/email_changed_mail.txt")


def _send(user: User, address: str, subject: Promise, template: str, *, link: str = "") -> None:
    """In the language that the person chose."""
    with override(user.language or settings.LANGUAGE_CODE):
        text = render_to_string(template, {"user": user, "link": link})
        send_mail(str(subject), text, settings.DEFAULT_FROM_EMAIL, [address])


@app.periodic(cron="17 * * * *")
@app.task(queueing_lock="clear_ended_sessions")
@with_live_connection
def clear_ended_sessions(timestamp: int) -> None:
    """Ended sessions are refused by their date; here their rows go."""
    Session.objects.filter(expire_date__lte=database_now()).delete()


@app.periodic(cron="20 3 * * *")
@app.task(queueing_lock="forget_what_is_old")
@with_live_connection
def forget_what_is_old(timestamp: int) -> None:
    """Once a night, by the setting RETENTION_DAYS. Skipped or doubled, the next night makes good."""
    apply_retention(signed=Signature(actor="worker"))
