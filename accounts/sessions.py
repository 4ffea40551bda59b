"""Sessions in PostgreSQL, read together with their user in one statement.

Django reads the session, then the user: two statements before the work begins, on every scan.
Here the user stands in a column beside the session, so one join answers both, and a deactivated
or demoted user is refused at the very next request because nothing is cached. No session stands in
Redis: whatever happens there, nobody is signed out and a sign-out stays one.

`expire_date` is the one end of a session: after so long without activity, and never later than so long after
the sign-in, both by role (SESSION_LIMITS), by the database's clock.
"""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import OperationalError, connection, models
from django.db.models.functions import Now
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.addresses import client_ip
from audit.database import database_now, execute

if TYPE_CHECKING:
    from accounts.models import User

# What a signed-in session knows beside Django's own keys.
SINCE = "since"  # seconds since 1970 at the sign-in
ROLE = "role"  # the role for which this session's id was made
FACTOR = "second_factor"  # how it was passed: "app" or "recovery_code"; missing while it was not
ADDRESS, AGENT = "address", "agent"  # as told at the sign-in


class SessionManager(BaseSessionManager["Session"]):
    use_in_migrations = True


class Session(AbstractBaseSession):
    """A browser's session; `user` is empty until somebody signs in. `seen_at` is right to the minute."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True)
    seen_at = models.DateTimeField(_("last seen"), default=timezone.now, db_default=Now())

    objects: ClassVar[SessionManager] = SessionManager()

    class Meta:
        app_label = "accounts"
        verbose_name = _("session")
        verbose_name_plural = _("sessions")

    @classmethod
    def get_session_store_class(cls) -> "type[SessionStore]":
        return SessionStore

    @property
    def handle(self) -> str:
        """Names the session on a page, where its key, worth a sign-in, must never stand."""
        return salted_hmac("accounts.sessions", self.session_key, algorithm="sha256").hexdigest()[:32]


# A code app is asked for only where the session has not passed it yet, but looked for each time: one index
# look-up instead of a second place that says whether there is one.
_READ = """
SELECT session.session_data, session.expire_date, session.seen_at < now() - interval '1 minute',
       EXISTS (SELECT FROM otp_totp_totpdevice app WHERE app.user_id = session.user_id AND app.confirmed),
       {user_columns}
  FROM accounts_session session LEFT JOIN accounts_user who ON who.id = session.user_id
 WHERE session.session_key = %s AND session.expire_date > now()
"""
# An ended session stays ended, whatever was still under way.
_STAY = """
UPDATE accounts_session SET seen_at = now(), expire_date = LEAST(now() + %s, %s)
 WHERE session_key = %s AND expire_date > now()
RETURNING expire_date
"""


class SessionStore(DatabaseStore):
    """Django's database store plus what came along with the session.

    `user`: the row of who signed in, or None. `has_app`: this person has a code app. `ends_at`: when it ends
    unless there is activity. `is_stale`: the last activity was noted a minute ago or more.
    """

    user: "User | None" = None
    has_app = False
    is_stale = False
    ends_at: datetime | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def load(self) -> dict[str, Any]:
        rows = _read(self.session_key)
        if not rows:
            self._session_key = None
            return {}
        data, self.ends_at, self.is_stale, self.has_app, *columns = rows[0]
        if columns[0] is not None:
            self.user = _user_model().from_db("default", _user_fields(), columns)
        decoded: dict[str, Any] = self.decode(data)
        return decoded

    def stay(self) -> None:
        """Note activity: the session lives on from now, within its absolute limit."""
        idle, last = _limits(self)
        rows = execute(_STAY, [idle, last, self.session_key])
        self.ends_at = rows[0][0] if rows else self.ends_at

    @property
    def may_stay(self) -> bool:
        """Whether activity can still move the end."""
        return self.ends_at is not None and self.ends_at < _limits(self)[1]

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session = cast(Session, super().create_model_instance(data))
        session.user_id = data.get(SESSION_KEY)
        if session.user_id:
            idle, last = _limits(data)
            session.expire_date = min(database_now() + idle, last)
        return session

    def cycle_key(self) -> None:
        """A new id for the same row. One that was ended while this request ran is not begun anew by it."""
        if self.session_key is None:
            super().cycle_key()
            return
        new = self._get_new_session_key()  # type: ignore[attr-defined]
        if not Session.objects.filter(pk=self.session_key).update(session_key=new):
            self.flush()
            return
        self._session_key = new
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        try:
            super().save(must_create)
        except UpdateError:
            # Signed out in another tab while this request ran: there is nothing left to keep.
            if must_create:
                raise


@receiver(user_logged_in)
def remember_beginning(*, request: HttpRequest, user: "User", **_signal: Any) -> None:
    """At Django's own signal, so that every way of signing in leaves a session that knows its beginning."""
    session = request.session
    session[SINCE], session[ROLE] = database_now().timestamp(), user.role
    session[ADDRESS], session[AGENT] = client_ip(request), request.headers.get("User-Agent", "")[:256]


def _limits(data: "dict[str, Any] | SessionStore") -> tuple[timedelta, datetime]:
    """How long without activity, and the latest end. A session that knows no beginning has ended."""
    idle, absolute = settings.SESSION_LIMITS[data.get(ROLE, "admin")]
    return idle, datetime.fromtimestamp(data.get(SINCE, 0), UTC) + absolute


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
