from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts.models import User

MAX_PASSWORD = 4096
MAX_USERNAME = User._meta.get_field("username").max_length or 0


def lockout_name(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str:
    """The name by which failures are counted, at every form: cut to what its table holds."""
    given = (credentials or {}).get("username") or (request.POST.get("username", "") if request else "")
    return given[:MAX_USERNAME]


class PasswordBackend(ModelBackend):
    """Name and password. What no form of ours could send is refused before it costs a hash."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> User | None:
        if (
            not username
            or not password
            or "\0" in username
            or len(username) > MAX_USERNAME
            or len(password) > MAX_PASSWORD
        ):
            return None
        user = super().authenticate(request, username=username, password=password)
        return user if isinstance(user, User) else None
