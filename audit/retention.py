"""What is not kept for ever goes by its age, kind by kind.

Each app knows its kinds: rules named in the setting RETENTION_RULES where the project is composed. How many
days each is kept stands in RETENTION_DAYS; 0 is for ever.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from audit.actions import Action
from audit.database import database_now
from audit.log import Entry, Signature, record


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`count` tells how much of a kind is older than a moment, `forget` takes it away and tells how much."""

    kind: str
    what: str
    count: Callable[[datetime], int]
    forget: Callable[[datetime], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    kind: str
    what: str
    days: int
    rows: int


def apply_retention(*, signed: Signature, dry_run: bool = False) -> list[Outcome]:
    """Forget what is older than its days, each kind by itself, with an audit entry where something went; with
    `dry_run` only tell how much it would be. Doubled or stopped halfway, the next run makes good."""
    outcomes, now = [], database_now()
    for rule in rules():
        days = settings.RETENTION_DAYS[rule.kind]
        before = now - timedelta(days=days)
        rows = 0
        if days and dry_run:
            rows = rule.count(before)
        elif days:
            rows = _forget(rule, before, signed)
        outcomes.append(Outcome(kind=rule.kind, what=rule.what, days=days, rows=rows))
    return outcomes


@transaction.atomic
def _forget(rule: Rule, before: datetime, signed: Signature) -> int:
    if rows := rule.forget(before):
        entry = Entry(
            at=database_now(),
            action=Action.RETENTION_APPLIED,
            target_type="retention",
            target_id=rule.kind,
            target_label=rule.kind,
            before=None,
            after={"rows": rows, "until": before.isoformat()},
        )
        record(entry, signed=signed)
    return rows


@cache
def rules() -> tuple[Rule, ...]:
    return tuple(rule for path in settings.RETENTION_RULES for rule in import_string(path))
