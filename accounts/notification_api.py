"""What the bell asks."""

from django.http import HttpRequest
from ninja import Router, Schema

from accounts import notifications
from accounts.api import operator_of

router = Router(tags=["people"])


class Unread(Schema):
    """How many notifications wait, counted up to 100."""

    count: int


@router.get("/notifications/unread", response=Unread, summary="How many notifications wait")
def unread(request: HttpRequest) -> Unread:
    """Asked by pages by themselves: no activity."""
    return Unread(count=notifications.count_unread(user_id=operator_of(request).id))
