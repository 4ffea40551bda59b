"""Sessions of people: begun, looked at and ended."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.contrib.auth import SESSION_KEY, login, logout
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.browsers import browser_name
from accounts.models import User
from accounts.operators import Operator, signature_of
from accounts.sessions import ADDRESS, AGENT, SINCE, Session
from accounts.steps import Step, next_step
from accounts.trail import record_of
from audit.actions import Action
from audit.database import database_now
from audit.log import Signature


@transaction.atomic
def sign_in(*, request: HttpRequest, user: User) -> Step | None:
    """Begin a session for whoever gave the right password. Returns what is asked next, if anything.

    Nothing of an earlier session is left, its id least of all.
    """
    if SESSION_KEY in request.session:
        request.session.flush()
    login(request, user)
    request.session.has_app = TOTPDevice.objects.filter(user=user, confirmed=True).exists()  # type: ignore[attr-defined]
    step = next_step(request, user)
    if step != Step.VERIFY:  # else the second factor's own entry tells of the sign-in
        record_sign_in(user, factor=None, signed=signature_of(request, user))
    return step


def record_sign_in(user: User, *, factor: str | None, signed: Signature) -> None:
    record_of(user, Action.SIGNED_IN, after={"second_factor": factor}, signed=signed)


@transaction.atomic
def sign_out(*, request: HttpRequest, user: User) -> None:
    """End this session."""
    logout(request)
    record_of(user, Action.SIGNED_OUT, after={"sessions": 1}, signed=signature_of(request, user))


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """A session as its owner sees it in the list."""

    handle: str
    browser: str
    address: str
    since: datetime
    seen_at: datetime
    is_this: bool


def own_sessions(*, user: User, this: str | None) -> list[Whereabouts]:
    """The living sessions of `user`, last seen first; `this` is the key of the one that asks."""
    living = Session.objects.filter(user=user, expire_date__gt=database_now()).order_by("-seen_at")
    return [_whereabouts(session, this) for session in living]


def _whereabouts(session: Session, this: str | None) -> Whereabouts:
    data = session.get_decoded()
    return Whereabouts(
        handle=session.handle,
        browser=browser_name(data.get(AGENT, "")),
        address=data.get(ADDRESS, ""),
        since=datetime.fromtimestamp(data.get(SINCE, 0), UTC),
        seen_at=session.seen_at,
        is_this=session.session_key == this,
    )


@transaction.atomic
def end_session(*, target: User, handle: str, by: Operator) -> None:
    """End the one session of `target` that `handle` names. Already ended: nothing happens."""
    own = Session.objects.filter(user=target)
    _end(own.filter(pk__in=[session.pk for session in own if session.handle == handle]), target, by)


@transaction.atomic
def end_sessions(*, target: User, by: Operator, keep: str | None = None) -> None:
    """End all sessions of `target`, but for the one with the key `keep`."""
    _end(Session.objects.filter(user=target).exclude(pk=keep), target, by)


def _end(sessions: QuerySet[Session], target: User, by: Operator) -> None:
    # In one statement by the person, not by ids: one that gets a new id at this moment ends too.
    ended, _models = sessions.delete()
    if ended:
        record_of(target, Action.SIGNED_OUT, after={"sessions": ended}, signed=by.signature)
