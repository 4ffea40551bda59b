"""Sessions in PostgreSQL, read together with their user in one statement.

Django reads the session, then the user: two statements before the work begins, on every scan.
Here the user stands in a column beside the session, so one join answers both, and a deactivated
or demoted user is refused at the very next request because nothing is cached.
"""

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from accounts.models import User


class SessionManager(BaseSessionManager["Session"]):
    use_in_migrations = True


class Session(AbstractBaseSession):
    """A browser's session; `user` is empty until somebody signs in."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True)

    objects: ClassVar[SessionManager] = SessionManager()  # type: ignore[misc]

    class Meta:
        app_label = "accounts"
        verbose_name = _("session")
        verbose_name_plural = _("sessions")

    @classmethod
    def get_session_store_class(cls) -> "type[SessionStore]":
        return SessionStore


class SessionStore(DatabaseStore):
    """Django's database store plus `user`, the row that came along with the session (or None)."""

    user: "User | None" = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        session = (
            Session.objects.select_related("user")
            .filter(session_key=self.session_key, expire_date__gt=timezone.now())
            .first()
        )
        if session is None:
            self._session_key = None
            return None
        self.user = session.user
        return session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session: Session = super().create_model_instance(data)
        session.user_id = data.get(SESSION_KEY)
        return session

    def save(self, must_create: bool = False) -> None:
        try:
            super().save(must_create)
        except UpdateError:
            # Signed out in another tab while this request ran: there is nothing left to keep.
            if must_create:
                raise
