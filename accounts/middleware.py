from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

from accounts.models import User


class SignedInMiddleware(AuthenticationMiddleware):
    """Sets `request.user` from the row that the session brought along, without a statement of its own."""

    def process_request(self, request: HttpRequest) -> None:
        request.user = SimpleLazyObject(lambda: signed_in(request))  # type: ignore[assignment]


def signed_in(request: HttpRequest) -> User | AnonymousUser:
    """The session's user if active and with an unchanged password, else AnonymousUser."""
    session = request.session
    user_id, password_hash = session.get(SESSION_KEY), session.get(HASH_SESSION_KEY, "")
    user: User | None = getattr(session, "user", None)
    if user is None or not user.is_active or str(user.pk) != user_id:
        return AnonymousUser()
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    if not any(constant_time_compare(password_hash, valid) for valid in hashes):
        return AnonymousUser()
    return user
