"""What tells of a person in the tables about people, and in those of libraries, is taken out."""

from axes.models import AccessAttempt
from django.contrib.admin.models import LogEntry
from django.db.models import Q
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import EmailChange, Notification, PromotionRequest, RecoveryCode, User
from accounts.people import close_door
from accounts.sessions import Session
from audit.database import database_now, execute
from audit.log import Signature
from audit.persons import Person, redact

# A job that names somebody who is gone has nothing to do any more. One that runs goes by itself at its end.
_FORGET_JOBS = """
DELETE FROM procrastinate_jobs WHERE (args::text ~* %s OR args ->> 'user_id' = %s) AND status <> 'doing'
"""


def erase(person: Person, signed: Signature) -> None:
    """Raises PersonRefused `last_admin`."""
    user = User.objects.get(pk=person.id)
    if user.is_active:
        close_door(user, signed=signed)
    for owned in (Session, EmailChange, PromotionRequest, Notification, RecoveryCode, TOTPDevice):
        owned._default_manager.filter(user=user).delete()
    redact(Notification.objects.all(), person, "facts")
    redact(PromotionRequest.objects.all(), person, "reason", "answer")
    redact(LogEntry.objects.all(), person, "object_repr", "change_message")
    for word in (person.name, *person.words):
        AccessAttempt.objects.filter(Q(username__iexact=word)).delete()
    execute(_FORGET_JOBS, [person.pattern, str(person.id)])
    user.username, user.email, user.language = person.pseudonym, "", ""
    user.last_login, user.must_change_password = None, False
    user.erased_at = user.erased_at or database_now()
    user.set_unusable_password()
    user.save()
