"""What is done about people behind the requests."""

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from accounts.models import User
from accounts.passwords import who_may_reset
from accounts.sessions import Session
from audit.database import database_now, with_live_connection

# An e-mail address may stand with several people; beyond so many it is no person's.
MAILS_AT_MOST = 5


@app.task(retry=RetryStrategy(max_attempts=5, exponential_wait=4))
@with_live_connection
def send_reset_link(name: str) -> None:
    """Mail a link to a new password to whoever is meant by `name`: a user name or an e-mail address.

    The link leads to PUBLIC_URL, whatever host a request asked for; it works once, for an hour.
    """
    for user in who_may_reset(name)[:MAILS_AT_MOST]:
        words = {"user": user, "link": _link(user)}
        send_mail(
            _("A new password for TraitorTrack"),
            render_to_string("accounts/reset_mail.txt", words),
            settings.DEFAULT_FROM_EMAIL,
            [user.email],
        )


def _link(user: User) -> str:
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return settings.PUBLIC_URL + reverse("new-password", args=[uid, default_token_generator.make_token(user)])


@app.periodic(cron="17 * * * *")
@app.task(queueing_lock="clear_ended_sessions")
@with_live_connection
def clear_ended_sessions(timestamp: int) -> None:
    """Ended sessions are refused by their date; here their rows go."""
    Session.objects.filter(expire_date__lte=database_now()).delete()
