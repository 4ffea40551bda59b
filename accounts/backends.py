import unicodedata
from typing import Any

from axes.backends import AxesStandaloneBackend
from axes.exceptions import AxesBackendPermissionDenied
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from accounts.models import User

MAX_PASSWORD = 4096
MAX_USERNAME = User._meta.get_field("username").max_length or 0


def lockout_name(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str:
    """The name by which failures are counted, at every form: one for all spellings that reach the same person
    (they are looked up without regard to letter case and to blanks around them), cut to what its table
    holds."""
    given = (credentials or {}).get("username") or (request.POST.get("username", "") if request else "")
    return unicodedata.normalize("NFKC", given).strip().upper().casefold()[:MAX_USERNAME]


class LockoutBackend(AxesStandaloneBackend):
    """Refuses a locked name, in the time that a wrong password takes: the answer's time tells no more than
    its words."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **rest: Any,
    ) -> None:
        try:
            super().authenticate(request, username=username, password=password, **rest)
        except AxesBackendPermissionDenied:
            if could_be_sent(username, password):
                make_password(password)
            raise


class PasswordBackend(ModelBackend):
    """Name and password. What no form of ours could send is refused before it costs a hash."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> User | None:
        if not could_be_sent(username, password):
            return None
        user = super().authenticate(request, username=username, password=password)
        return user if isinstance(user, User) else None


def could_be_sent(username: str | None, password: str | None) -> bool:
    if not username or not password or "\0" in username:
        return False
    return len(username) <= MAX_USERNAME and len(password) <= MAX_PASSWORD
