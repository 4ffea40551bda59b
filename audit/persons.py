"""Somebody who is to be erased, and how what tells of them is taken out of texts.

Each app erases in its own tables: a function `erase(person)`, named in the setting PERSON_ERASERS where the
project is composed.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Model, Q, QuerySet, TextField
from django.db.models.functions import Cast

AT_ONCE = 1_000
# In JSON, what stands under these is a code, a number or a word of ours, and stays whatever it reads like.
_CODES = frozenset(
    {
        "key",
        "code",
        "reason_code",
        "severity",
        "state",
        "kind",
        "mode",
        "area",
        "parent",
        "child",
        "qr_id",
        "lot",
        "scanned_lot",
        "product",
        "bill",
        "return",
        "number",
        "prefix",
        "slug",
        "role",
        "decision",
        "action",
        "format",
        "method",
        "since",
        "undo_until",
        "digest",
        "word_digests",
    }
)
_NOTHING = r"x\A"


@dataclass(frozen=True, kw_only=True)
class Person:
    """`id` and `name` are those of the user; `mails` their addresses, `words` what else texts call them by.
    `pseudonym` stands for them from now on. A name that is `ordinary` (an area's, a bag's code) means the
    person only where nothing but a person can stand; in texts it is left alone."""

    id: int
    name: str
    words: tuple[str, ...]
    pseudonym: str
    mails: tuple[str, ...] = ()
    ordinary: bool = False

    @cached_property
    def pattern(self) -> str:
        """Finds each word, but not as a part of a longer one. Python and PostgreSQL read it alike."""
        return _any_of({*self.mails, *self.words} | (set() if self.ordinary else {self.name}))

    @cached_property
    def trace(self) -> str:
        """Finds all that `pattern` does, and the name even where it may mean something else."""
        return _any_of({self.name, *self.mails, *self.words})

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.IGNORECASE)

    def is_named(self, name: str) -> bool:
        return name.casefold() == self.name.casefold()

    def redacted(self, value: Any, key: str = "") -> Any:
        """A text, or texts anywhere in what JSON can hold, with the pseudonym for each word. Keys stay, and
        so do codes; `key` is the one that the value stands under."""
        if isinstance(value, str):
            return value if key in _CODES or key.endswith("_kg") else self._without(value, key)
        if isinstance(value, dict):
            return {inner: self.redacted(held, inner) for inner, held in value.items()}
        if isinstance(value, list):
            return [self.redacted(held, key) for held in value]
        return value

    def _without(self, text: str, key: str) -> str:
        if self.is_named(text) and (key.endswith("_by") or key in ("by", "operator", "actor", "user")):
            return self.pseudonym
        return self._compiled.sub(self.pseudonym, text)


def _any_of(words: set[str]) -> str:
    known = sorted(words - {""}, key=len, reverse=True)
    if not known:
        return _NOTHING
    return rf"(?<![\w@+-])(?:{'|'.join(map(re.escape, known))})(?![\w@+-]|\.\w)"


def redact(
    rows: QuerySet[Any], person: Person, *names: str, told: Callable[[Any], Any] | None = None
) -> None:
    """Put the pseudonym for the person into these text and JSON fields of `rows`, inside the caller's
    transaction; `told` says how a value reads then, where Person.redacted does not know. AT_ONCE rows are in
    memory."""
    told = told or person.redacted
    found, named, last = rows, Q(), 0
    for name in names:
        found = found.alias(**{f"{name}_as_text": Cast(name, TextField())})
        named |= Q(**{f"{name}_as_text__iregex": person.trace})
    while batch := list(
        found.filter(named, pk__gt=last).order_by("pk").select_for_update(of=("self",))[:AT_ONCE]
    ):
        for row in batch:
            for name in names:
                setattr(row, name, _fitting(row, name, told(getattr(row, name))))
        rows.model._default_manager.bulk_update(batch, names, batch_size=AT_ONCE)
        last = batch[-1].pk


def _fitting(row: Model, name: str, value: Any) -> Any:
    room = getattr(row._meta.get_field(name), "max_length", None)
    return value[:room] if isinstance(value, str) and room else value
