"""Sessions in PostgreSQL, read together with their user in one statement.

Django reads the session, then the user: two statements before the work begins, on every scan.
Here the user stands in a column beside the session, so one join answers both, and a deactivated
or demoted user is refused at the very next request because nothing is cached.
"""

from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import OperationalError, connection, models
from django.utils.translation import gettext_lazy as _

from audit.database import execute

if TYPE_CHECKING:
    from accounts.models import User


class SessionManager(BaseSessionManager["Session"]):
    use_in_migrations = True


class Session(AbstractBaseSession):
    """A browser's session; `user` is empty until somebody signs in."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True)

    objects: ClassVar[SessionManager] = SessionManager()

    class Meta:
        app_label = "accounts"
        verbose_name = _("session")
        verbose_name_plural = _("sessions")

    @classmethod
    def get_session_store_class(cls) -> "type[SessionStore]":
        return SessionStore


_READ = """
SELECT session.session_data, {user_columns}
  FROM accounts_session session LEFT JOIN accounts_user who ON who.id = session.user_id
 WHERE session.session_key = %s AND session.expire_date > now()
"""


class SessionStore(DatabaseStore):
    """Django's database store plus `user`, the row that came along with the session (or None)."""

    user: "User | None" = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def load(self) -> dict[str, Any]:
        rows = _read(self.session_key)
        if not rows:
            self._session_key = None
            return {}
        data, *columns = rows[0]
        if columns[0] is not None:
            self.user = _user_model().from_db("default", _user_fields(), columns)
        decoded: dict[str, Any] = self.decode(data)
        return decoded

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session = cast(Session, super().create_model_instance(data))
        session.user_id = data.get(SESSION_KEY)
        return session

    def save(self, must_create: bool = False) -> None:
        try:
            super().save(must_create)
        except UpdateError:
            # Signed out in another tab while this request ran: there is nothing left to keep.
            if must_create:
                raise


def _read(session_key: str | None) -> list[tuple[Any, ...]]:
    """The first statement of a request, so it finds out whether the kept connection still lives: asking
    first costs every scan a statement of its own. Outside a transaction a second try is harmless."""
    columns = ", ".join(f"who.{name}" for name in _user_fields())
    sql = _READ.format(user_columns=columns)
    try:
        return execute(sql, [session_key])
    except OperationalError:
        if connection.in_atomic_block:
            raise
        connection.close()
        return execute(sql, [session_key])


def _user_model() -> "type[User]":
    return Session._meta.get_field("user").related_model  # type: ignore[return-value]


@cache
def _user_fields() -> list[str]:
    fields = [field.attname for field in _user_model()._meta.concrete_fields]
    return ["id", *(name for name in fields if name != "id")]
