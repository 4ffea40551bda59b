"""What happens to people, and what they look at, as the audit log tells it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from accounts.models import User
from audit.actions import Action
from audit.database import database_now, execute
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


# A flood of calls without the right fills no log: each address once an hour, and no more than so many.
REFUSALS_AN_HOUR = 60
_REFUSED = """
SELECT clock_timestamp(), count(*), coalesce(bool_or(target_label = %s), false) FROM audit_auditlog
 WHERE action = %s AND actor = %s AND at > now() - interval '1 hour'
"""
# Reading the same again within this time is the same reading.
_READ = """
SELECT clock_timestamp(), EXISTS (
       SELECT FROM audit_auditlog
        WHERE action = %s AND actor = %s AND target_type = %s AND target_id = %s
          AND at > now() - interval '10 minutes')
"""
# The same of the person with this name; no row where there is none.
_READ_BY_NAME = """
SELECT clock_timestamp(), EXISTS (
       SELECT FROM audit_auditlog
        WHERE action = %s AND actor = %s AND target_type = 'user' AND target_id = person.id::text
          AND at > now() - interval '10 minutes'), person.id::text, person.username
  FROM accounts_user person WHERE username = %s
"""


def record_refusal(*, method: str, path: str, signed: Signature) -> None:
    """Write down that somebody who is signed in lacked the right for what they asked. The path as browsers
    send it: then no sign of it can be one that the database refuses or that nobody sees."""
    path = quote(path, safe="/:@&+$,~*'()!;=", errors="surrogatepass")
    label = f"{method} {path}"[:256]
    now, count, is_known = execute(_REFUSED, [label, Action.RIGHT_REFUSED, signed.actor])[0]
    if is_known or count >= REFUSALS_AN_HOUR:
        return
    entry = _looked(now, Action.RIGHT_REFUSED, "address", path[:40], label, {"method": method})
    record(entry, signed=signed)


def record_export(*, what: str, filters: Mapping[str, Any], signed: Signature, number: str = "") -> None:
    """Write down that data left the house as a file. `what` names the file, and nobody, for the chain covers
    it as it is; `filters` tell what it holds. One that was made in the background has a `number`."""
    number = number or what[:40]
    entry = _looked(database_now(), Action.EXPORTED, "export", number, what[:256], dict(filters))
    record(entry, signed=signed)


def record_reading(*, target_type: str, target_id: str, label: str, signed: Signature) -> None:
    """Write down that somebody looked at what is known of a person."""
    now, is_known = execute(_READ, [Action.PERSONAL_DATA_READ, signed.actor, target_type, target_id])[0]
    if not is_known:
        entry = _looked(now, Action.PERSONAL_DATA_READ, target_type, target_id, label, {})
        record(entry, signed=signed)


def record_search(*, name: str, signed: Signature) -> None:
    """Write down that somebody looked for what the person of this name did. The entry names them by number:
    the chain covers that as it is, so what was typed may not stand there."""
    for now, is_known, number, label in execute(
        _READ_BY_NAME, [Action.PERSONAL_DATA_READ, signed.actor, name]
    ):
        if not is_known:
            record(_looked(now, Action.PERSONAL_DATA_READ, "user", number, label, {}), signed=signed)


def _looked(at: datetime, action: Action, kind: str, number: str, label: str, after: dict[str, Any]) -> Entry:
    return Entry(
        at=at,
        action=action,
        target_type=kind,
        target_id=number,
        target_label=label,
        before=None,
        after=after,
    )
