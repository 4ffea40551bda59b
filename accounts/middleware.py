from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from accounts.sessions import ROLE
from accounts.steps import known, next_step


class SignedInMiddleware(AuthenticationMiddleware):
    """Sets `request.user` from the row that the session brought along, without a statement of its own."""

    def process_request(self, request: HttpRequest) -> None:
        request.user = SimpleLazyObject(lambda: signed_in(request))  # type: ignore[assignment]


def signed_in(request: HttpRequest) -> User | AnonymousUser:
    """The session's user once every step of signing in is done, else AnonymousUser.

    A changed role gets a new session id, with that role's limits. Whatever is no polling counts as activity,
    noted once a minute at most.
    """
    user = known(request)
    if user is None or next_step(request, user):
        return AnonymousUser()
    session = request.session
    if session.get(ROLE) != user.role:
        session[ROLE] = user.role
        session.cycle_key()
    elif getattr(session, "is_stale", False) and request.path not in settings.SESSION_QUIET_PATHS:
        session.stay()  # type: ignore[attr-defined]
    return user
