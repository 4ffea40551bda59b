"""Somebody who is to be erased, and how what tells of them is taken out of texts.

Each app erases in its own tables: a function `erase(person)`, named in the setting PERSON_ERASERS where the
project is composed.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Model, Q, QuerySet, TextField
from django.db.models.functions import Cast

AT_ONCE = 1_000


@dataclass(frozen=True, kw_only=True)
class Person:
    """`id` and `name` are those of the user; `words` whatever else they are known by (e-mail addresses, names
    in texts). `pseudonym` stands for them from now on."""

    id: int
    name: str
    words: tuple[str, ...]
    pseudonym: str

    @cached_property
    def pattern(self) -> str:
        """Finds each word, but not as a part of a longer one. Python and PostgreSQL read it alike."""
        known = sorted({self.name, *self.words} - {""}, key=len, reverse=True)
        return rf"(?<![\w@+-])(?:{'|'.join(map(re.escape, known))})(?![\w@+-]|\.\w)"

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.IGNORECASE)

    def is_named(self, name: str) -> bool:
        return name.casefold() == self.name.casefold()

    def redacted(self, value: Any) -> Any:
        """A text, or texts anywhere in what JSON can hold, with the pseudonym for each word. Keys stay."""
        if isinstance(value, str):
            return self._compiled.sub(self.pseudonym, value)
        if isinstance(value, dict):
            return {key: self.redacted(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.redacted(inner) for inner in value]
        return value


def redact(rows: QuerySet[Any], person: Person, *names: str) -> int:
    """Put the pseudonym for the person into these text and JSON fields of `rows`, inside the caller's
    transaction; returns how many rows had them. AT_ONCE rows are in memory."""
    found, named, last = rows, Q(), 0
    for name in names:
        found = found.alias(**{f"{name}_as_text": Cast(name, TextField())})
        named |= Q(**{f"{name}_as_text__iregex": person.pattern})
    done = 0
    while batch := list(
        found.filter(named, pk__gt=last).order_by("pk").select_for_update(of=("self",))[:AT_ONCE]
    ):
        for row in batch:
            for name in names:
                setattr(row, name, _fitting(row, name, person.redacted(getattr(row, name))))
        rows.model._default_manager.bulk_update(batch, names, batch_size=AT_ONCE)
        done, last = done + len(batch), batch[-1].pk
    return done


def _fitting(row: Model, name: str, value: Any) -> Any:
    room = getattr(row._meta.get_field(name), "max_length", None)
    return value[:room] if isinstance(value, str) and room else value
