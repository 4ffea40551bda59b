"""Passwords: changed by their owner, reset by e-mail, given anew by an admin."""

import secrets

from axes.utils import reset
from django.db import transaction

from accounts.backends import lockout_name
from accounts.models import User
from accounts.operators import Operator
from accounts.sessions import Session
from accounts.trail import record_of
from audit.actions import Action

# Without letters that are taken for others when read aloud or off a screen.
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"


@transaction.atomic
def give_password(*, target: User, by: Operator) -> str:
    """Give a random password, to be changed at the next sign-in, and end all sessions. Returns it, for the
    one time it is shown."""
    new = random_password()
    target.set_password(new)
    target.save(update_fields=["password"])
    Session.objects.filter(user=target).delete()
    record_of(target, Action.PASSWORD_GIVEN, after={}, actor=by.name, request_id=by.request_id)
    return new


@transaction.atomic
def unlock(*, target: User, by: Operator) -> None:
    """Take away the lock that too many tries have put on this name, at all addresses. Without: nothing."""
    if reset(username=lockout_name(None, {"username": target.username})):
        record_of(
            target, Action.USER_UNLOCKED, after={"locked": False}, actor=by.name, request_id=by.request_id
        )


def random_password() -> str:
    """Four groups of four signs: 79 bits, and readable over a telephone."""
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(4)) for _ in range(4))
