"""What still lies between a right password and being signed in.

Until every step is done the person counts as signed out everywhere: pages, API and Django admin alike ask
`request.user`, and find nobody. Only the pages of the steps themselves ask `known`.
"""

from enum import StrEnum

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.translation import activate

from accounts.models import Role, User
from accounts.sessions import FACTOR


class Step(StrEnum):
    """In the order in which they are asked. The value is the name of the step's address."""

    VERIFY = "verify"
    NEW_PASSWORD = "password"  # noqa: S105 - an address, no password
    SET_UP = "second-factor"


def known(request: HttpRequest) -> User | None:
    """The person whose password opened this session, if active and with that password still.

    From here on the request speaks the language that this person chose; until then the browser's.
    """
    session = request.session
    user_id, password_hash = session.get(SESSION_KEY), session.get(HASH_SESSION_KEY, "")
    user: User | None = getattr(session, "user", None)
    if user is None or not user.is_active or str(user.pk) != user_id:
        return None
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    if not any(constant_time_compare(password_hash, valid) for valid in hashes):
        return None
    if user.language in dict(settings.LANGUAGES):
        activate(user.language)
    return user


def next_step(request: HttpRequest, user: User) -> Step | None:
    """What `user` has to do before this session opens anything; None if it is all done."""
    has_app = bool(getattr(request.session, "has_app", False))
    if has_app and FACTOR not in request.session:
        return Step.VERIFY
    if user.must_change_password:
        return Step.NEW_PASSWORD
    if not has_app and must_have_app(user):
        return Step.SET_UP
    return None


def must_have_app(user: User) -> bool:
    """Whether this person reaches nothing without a second factor."""
    return settings.SECOND_FACTOR == "required" and user.role == Role.ADMIN
