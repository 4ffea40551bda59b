"""A new e-mail address counts once its owner has opened the link that was mailed there."""

from datetime import datetime, timedelta

from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import EmailChange, User
from accounts.operators import Operator
from accounts.people import masked
from accounts.trail import record_of
from audit.actions import Action
from audit.database import database_now

VALID = timedelta(hours=1)
_SALT = "accounts.email_change"


class LinkDead(ValidationError):
    """A link that is too old, was used, was followed by a newer one, or is somebody else's."""

    def __init__(self) -> None:
        message = _("This link is too old or was used before. Nothing was changed. Ask for a new one.")
        super().__init__(message, code="link_dead")


@transaction.atomic
def ask_email_change(*, email: str, by: Operator) -> EmailChange:
    """Remember the address that `by` wants; an earlier wish, and its link, are gone. Nothing
    is changed before the link is opened, so it is no entry of the audit log. Raises ValidationError."""
    validate_email(email)
    asked = {"email": email, "asked_at": database_now()}
    return EmailChange.objects.update_or_create(user_id=by.id, defaults=asked)[0]


@transaction.atomic
def confirm_email_change(*, token: str, by: Operator) -> str:
    """Take over the address of the link, once. Returns the old one. Raises LinkDead."""
    asked = _asked(token, by)
    user = User.objects.select_for_update(no_key=True).get(pk=by.id)
    if not EmailChange.objects.filter(user=user, email=asked.email, asked_at=asked.asked_at).delete()[0]:
        raise LinkDead
    old, user.email = user.email, asked.email
    user.save(update_fields=["email"])
    record_of(
        user,
        Action.EMAIL_CHANGED,
        before={"email": masked(old)},
        after={"email": masked(user.email)},
        signed=by.signature,
    )
    return old


def token_of(asked: EmailChange) -> str:
    """What the mailed link carries."""
    return signing.dumps([asked.user_id, asked.email, asked.asked_at.isoformat()], salt=_SALT)


def _asked(token: str, by: Operator) -> EmailChange:
    """The wish that a token tells of, not looked up yet. Raises LinkDead."""
    try:
        user_id, email, asked_at = signing.loads(token, salt=_SALT, max_age=VALID)
    except signing.BadSignature:
        raise LinkDead from None
    if user_id != by.id:
        raise LinkDead
    return EmailChange(user_id=user_id, email=email, asked_at=datetime.fromisoformat(asked_at))
