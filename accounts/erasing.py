"""What tells of a person in the tables about people, and in those of libraries, is taken out."""

from axes.models import AccessAttempt
from django.contrib.admin.models import LogEntry
from django.db.models import Q
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import Area, EmailChange, Notification, PromotionRequest, RecoveryCode, Role, User
from accounts.people import close_door
from accounts.sessions import Session
from audit.database import database_now, execute
from audit.log import Signature
from audit.persons import Person, redact

# A job that names somebody who is gone has nothing to do any more. One that runs goes by itself at its end.
_FORGET_JOBS = """
DELETE FROM procrastinate_jobs
 WHERE status <> 'doing' AND (args ->> 'user_id' = %s OR EXISTS (
       SELECT FROM jsonb_path_query(args, '$.**') AS value
        WHERE jsonb_typeof(value) = 'string' AND value #>> '{}' ~* %s))
"""


def erase(person: Person, signed: Signature) -> None:
    """Raises PersonRefused `last_admin`."""
    user = User.objects.get(pk=person.id)
    if user.is_active:
        close_door(user, signed=signed)
    for owned in (Session, EmailChange, PromotionRequest, Notification, RecoveryCode, TOTPDevice):
        owned._default_manager.filter(user=user).delete()
    for told in Notification.objects.filter(facts__name__iexact=person.name):
        told.facts["name"] = person.pseudonym
        told.save(update_fields=["facts"])
    redact(Notification.objects.all(), person, "facts")
    redact(PromotionRequest.objects.all(), person, "reason", "answer")
    about = LogEntry.objects.filter(content_type__model="user", object_id=str(person.id))
    about.update(object_repr=person.pseudonym)
    redact(LogEntry.objects.all(), person, "object_repr", "change_message")
    for word in (person.name, *person.mails, *person.words):
        AccessAttempt.objects.filter(Q(username__iexact=word)).delete()
    execute(_FORGET_JOBS, [str(person.id), person.pattern])
    user.username, user.email, user.language = person.pseudonym, "", ""
    user.last_login, user.must_change_password = None, False
    user.erased_at = user.erased_at or database_now()
    user.set_unusable_password()
    user.save()


def is_ours(word: str) -> bool:
    """Whether a word is an area's, a role or a state of a request, so that it tells of no person."""
    ours = {*Role.values, *PromotionRequest.State.values}
    return (
        word.casefold() in ours or Area.objects.filter(Q(slug__iexact=word) | Q(name__iexact=word)).exists()
    )
