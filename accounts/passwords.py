"""Passwords: changed by their owner, reset by e-mail, given anew by an admin."""

import secrets

from axes.utils import reset
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.backends import lockout_name
from accounts.models import User
from accounts.operators import Operator
from accounts.sessions import Session
from accounts.trail import record_of
from audit.actions import Action
from audit.log import Signature

# Without letters that are taken for others when read aloud or off a screen.
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"


class LinkUsed(ValidationError):
    """A link to reset a password that is too old, was used, or is nobody's."""

    def __init__(self) -> None:
        super().__init__(_("This link is too old or was used before. Ask for a new one."), code="link_used")


@transaction.atomic
def change_password(*, user: User, new: str, keep: str | None, signed: Signature) -> User:
    """Set the owner's own new password, checked by its form, and end all sessions but the one with `keep`.

    Returns the user as stored. The old password is the door's to ask for.
    """
    return _set(user, new, Action.PASSWORD_CHANGED, keep=keep, signed=signed)


@transaction.atomic
def reset_password(*, user: User, token: str, new: str, signed: Signature) -> User:
    """Set a new password by the token of a mailed link, once. Raises LinkUsed.

    The lock of too many tries goes, for the mailbox has shown whose name it is. The second factor is asked
    for at the sign-in as ever."""
    locked = User.objects.select_for_update().get(pk=user.pk)
    if not (locked.is_active and default_token_generator.check_token(locked, token)):
        raise LinkUsed
    reset(username=lockout_name(None, {"username": locked.username}))
    return _set(locked, new, Action.PASSWORD_RESET, keep=None, signed=signed)


@transaction.atomic
def give_password(*, target: User, by: Operator) -> str:
    """Give a random password, to be changed at the next sign-in, and end all sessions. Returns it, for the
    one time it is shown."""
    new = random_password()
    _set(
        target,
        new,
        Action.PASSWORD_GIVEN,
        keep=None,
        signed=by.signature,
        must_change=True,
    )
    return new


@transaction.atomic
def unlock(*, target: User, by: Operator) -> None:
    """Take away the lock that too many tries have put on this name, at all addresses. There is none: nothing
    happens."""
    if reset(username=lockout_name(None, {"username": target.username})):
        record_of(target, Action.USER_UNLOCKED, after={"locked": False}, signed=by.signature)


def random_password() -> str:
    """Four groups of four signs: 79 bits, and readable over a telephone."""
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(4)) for _ in range(4))


def who_may_reset(name: str) -> QuerySet[User]:
    """Whom a name or an e-mail address typed into the form may mean: active, with an address to write to."""
    named = Q(username__iexact=name) | Q(email__iexact=name)
    return User.objects.filter(named, is_active=True).exclude(email="").order_by("pk")


def _set(
    user: User,
    new: str,
    action: Action,
    *,
    keep: str | None,
    signed: Signature,
    must_change: bool = False,
) -> User:
    locked = User.objects.select_for_update().get(pk=user.pk)
    before = locked.must_change_password
    locked.set_password(new)
    locked.must_change_password = must_change
    locked.save(update_fields=["password", "must_change_password"])
    # Their sessions would be refused at the next request anyhow; a list of sessions shows only living ones.
    Session.objects.filter(user=locked).exclude(pk=keep).delete()
    record_of(
        locked,
        action,
        before={"must_change_password": before},
        after={"must_change_password": must_change},
        signed=signed,
    )
    return locked
