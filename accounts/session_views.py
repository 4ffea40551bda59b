"""The page of one's own sessions, and how long this one lasts."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe
from ninja import Router, Schema

from accounts import signing_in
from accounts.api import operator_of
from accounts.models import User
from accounts.sessions import SessionStore
from audit.database import database_now

router = Router()


@require_safe
@login_required
def sessions(request: HttpRequest) -> HttpResponse:
    """Where one is signed in."""
    own = signing_in.own_sessions(user=_user(request), this=request.session.session_key)
    return render(request, "accounts/sessions.html", {"sessions": own})


@require_POST
@login_required
def end_session(request: HttpRequest, handle: str) -> HttpResponse:
    """Signs one device out."""
    signing_in.end_session(target=_user(request), handle=handle, by=operator_of(request))
    return redirect("sessions")


@require_POST
@login_required
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Signs out everywhere, here too."""
    signing_in.end_sessions(target=_user(request), by=operator_of(request))
    return redirect("login")


class Lasting(Schema):
    """How long this session still lasts, and whether activity can move its end."""

    seconds_left: int
    may_stay: bool


@router.get("/session", response=Lasting)
def lasting(request: HttpRequest) -> Lasting:
    """Asked by pages by themselves: no activity."""
    operator_of(request)
    return _lasting(request)


@router.post("/session/stay", response=Lasting)
def stay(request: HttpRequest) -> Lasting:
    """The touch that says: still here."""
    operator_of(request)
    _store(request).stay()
    return _lasting(request)


def _lasting(request: HttpRequest) -> Lasting:
    store = _store(request)
    left = (store.ends_at - database_now()).total_seconds() if store.ends_at else 0
    return Lasting(seconds_left=max(0, int(left)), may_stay=store.may_stay)


def _store(request: HttpRequest) -> SessionStore:
    return cast(SessionStore, request.session)


def _user(request: HttpRequest) -> User:
    """Behind login_required."""
    return cast(User, request.user)
