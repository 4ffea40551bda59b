"""What tells of a person in scans and decisions is taken out. Codes of bags stay: they stand on the bags."""

import re
from functools import partial
from typing import Any

from django.db.models import Q

from audit.log import Signature
from audit.persons import Person, redact
from bags.models import (
    Bag,
    ConflictDecision,
    LabelPrint,
    Link,
    ParkedDecision,
    Product,
    Recount,
    RecountDecision,
    RecountLine,
    Scan,
)
from bags.products import known_products
from bags.scanning.codes import read
from bags.scanning.results import Result, severity

_OURS = frozenset(
    word.casefold()
    for word in (
        *Result,
        *map(severity, Result),
        *Bag.Kind.values,
        *Bag.State.values,
        *Link.EndReason.values,
        *ConflictDecision.Kind.values,
        *ParkedDecision.Kind.values,
        *Recount.State.values,
        *RecountDecision.Kind.values,
        *RecountLine.Outcome.values,
        *(
            "pack",
            "close",
            "move",
            "unlink",
            "bill",
            "unbill",
            "return",
            "unreturn",
            "lookup",
            "undo",
            "count",
        ),
    )
)


def erase(person: Person, _signed: Signature) -> None:
    scans = Scan.objects.all()
    redact(scans, person, "answer", told=partial(_answer, person))
    # What was read as a code of ours is one, whoever is called like it.
    redact(scans.filter(bag=None), person, "raw")
    redact(scans.filter(parent=None), person, "parent_code")
    redact(scans.filter(code=Result.UNKNOWN), person, "bill")
    redact(ConflictDecision.objects.all(), person, "reason", "undone_reason")
    redact(LabelPrint.objects.all(), person, "reason")
    redact(ParkedDecision.objects.all(), person, "reason", "undone_reason")
    redact(RecountDecision.objects.all(), person, "reason", "undone_reason")
    redact(RecountLine.objects.filter(bag=None), person, "code")


def is_ours(word: str) -> bool:
    """Whether a word is a code (a registered bag's, or one that only a sack can have), a product's, or one of
    those that scans are judged with, so that it tells of no person."""
    reading = read(word, known_products().values())
    return (
        word.casefold() in _OURS
        or reading.kind == "parent"
        or Product.objects.filter(Q(name__iexact=word) | Q(prefix__iexact=word)).exists()
        or Bag.objects.with_code(reading.code or reading.text).exists()
    )


def _answer(person: Person, answer: dict[str, Any]) -> dict[str, Any]:
    """An ordinary name means the person where a sentence says who did it: after a comma, in any language."""
    told: dict[str, Any] = person.redacted(answer)
    if person.is_named((answer.get("explain") or {}).get("by") or ""):
        who = rf"(, (?:by )?){re.escape(person.name)}(?=[. ])"
        told["message"] = re.sub(who, rf"\g<1>{person.pseudonym}", told["message"])
    return told
