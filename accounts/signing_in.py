"""Sessions of people: begun, looked at and ended."""

from django.db import transaction

from accounts.models import User
from accounts.operators import Operator
from accounts.sessions import Session
from accounts.trail import record_of
from audit.actions import Action


@transaction.atomic
def end_sessions(*, target: User, by: Operator, keep: str | None = None) -> None:
    """End all sessions of `target`, but for the one with the key `keep`."""
    living = Session.objects.filter(user=target).exclude(pk=keep)
    ended, _models = living.delete()
    if ended:
        after = {"sessions": ended}
        record_of(target, Action.SIGNED_OUT, after=after, actor=by.name, request_id=by.request_id)
