"""What happens to people, as the audit log tells it."""

from collections.abc import Mapping
from typing import Any

from accounts.models import User
from audit.actions import Action
from audit.database import database_now
from audit.log import Entry, Signature, record


def record_of(
    user: User,
    action: Action,
    *,
    after: Mapping[str, Any],
    before: Mapping[str, Any] | None = None,
    signed: Signature,
) -> None:
    """Write down one thing that happened to `user`, inside the transaction of the operation."""
    entry = Entry(
        at=database_now(),
        action=action,
        target_type="user",
        target_id=str(user.pk),
        target_label=user.username,
        before=before,
        after=after,
    )
    record(entry, signed=signed)
