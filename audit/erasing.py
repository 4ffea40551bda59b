"""Personal parts of audit entries are taken out, and the chain still fits: see audit.models.Seal."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import orjson

from audit.actions import Action
from audit.canonical import FACTS, PARTS, Facts, commitment
from audit.database import database_now, execute
from audit.log import Entry, Signature, record
from audit.persons import Person
from audit.sealing import LOCK_NUMBER, seal
from audit.verifying import erased_line

AT_ONCE = 5_000
# Targets whose label is a code or a number of ours, and those whose label is a user name.
_OF_CODES = frozenset({"bag", "bill", "return", "area", "product"})
_OF_PEOPLE = frozenset({"user", "promotion"})


# Entries by or about the person, or with a word of theirs, behind the id %s. The planner cannot know how many
# have a word, and walks the log once.
_ABOUT = f"""
SELECT entry.id, seal.who_salt, seal.address_salt, seal.what_salt, seal.who, seal.address,
       seal.what, seal.erasure, {FACTS}
  FROM audit_auditlog entry JOIN audit_seal seal ON seal.entry = entry.id
 WHERE entry.id > %(last)s
   AND (lower(entry.actor) = lower(%(name)s::text) OR lower(entry.on_behalf_of) = lower(%(name)s::text)
        OR entry.target_type = 'user' AND entry.target_id = %(id)s
        OR concat_ws(' ', entry.target_label, entry.before, entry.after, entry.reason) ~* %(trace)s)
 ORDER BY entry.id LIMIT {AT_ONCE}
"""  # noqa: S608 - our own words


def erase(person: Person, signed: Signature) -> int:
    """Put the pseudonym for the person into every entry, forget their addresses and salts, and write down
    that it was done; returns the number of entries. Inside the caller's transaction, during which nobody else
    seals: the chain covers all of it before, and tells of it from the first moment on."""
    execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_NUMBER])
    seal()
    erasure, older, rows = uuid4(), set[UUID](), 0
    for found in _about(person):
        changed = [(row[7], change) for row in found if (change := _change(person, row))]
        older |= {erased_by for erased_by, _change in changed if erased_by}
        if changes := [change for _erased_by, change in changed]:
            execute(
                "SELECT traitortrack_erase(%s::uuid, %s::jsonb)", [erasure, orjson.dumps(changes).decode()]
            )
        rows += len(changes)
    if older:
        execute("SELECT traitortrack_take_over(%s, %s::uuid[])", [erasure, sorted(older)])
    after = {
        "pseudonym": person.pseudonym,
        "rows": rows,
        "digest": digest(erasure).hex(),
        "words": len(person.words),
        # Whoever asks whether some word was erased finds out; the words themselves are gone.
        "word_digests": [sha256(word.casefold().encode()).hexdigest() for word in person.words],
    }
    entry = Entry(
        at=database_now(),
        action=Action.PERSON_ERASED,
        target_type="erasure",
        target_id=str(erasure),
        target_label=person.pseudonym,
        before=None,
        after=after | ({"takes_over": sorted(map(str, older))} if older else {}),
    )
    record(entry, signed=signed)
    seal()
    return rows


def _about(person: Person) -> Iterator[list[tuple[Any, ...]]]:
    last = 0
    asked = {"name": person.name, "id": str(person.id), "trace": person.trace}
    while found := execute(_ABOUT, {**asked, "last": last}):
        last = found[-1][0]
        yield found


def _change(person: Person, row: tuple[Any, ...]) -> dict[str, Any] | None:
    """What traitortrack_erase has to do with an entry, or None where nothing is left to do."""
    number, *kept, _erasure, text = row
    salts, commitments = kept[:3], kept[3:]
    facts = Facts.of(text)
    acted = person.is_named(facts.who["actor"]) or person.is_named(facts.who["on_behalf_of"])
    now = {
        "who": {
            name: person.pseudonym if person.is_named(value) else value for name, value in facts.who.items()
        },
        "address": {"address": ""} if acted else facts.address,
        "what": _told(person, facts),
    }
    change: dict[str, Any] = {"entry": number}
    for part, salt, kept_as in zip(PARTS, salts, commitments, strict=True):
        was = getattr(facts, part)
        if now[part] != was:
            key = "address_was" if part == "address" else part
            change |= now[part] | {key: (commitment(salt.bytes, was) if salt else bytes(kept_as)).hex()}
    return change if len(change) > 1 else None


def _told(person: Person, facts: Facts) -> dict[str, Any]:
    told: dict[str, Any] = person.redacted(facts.what)
    kind, label = facts.plain["target_type"], facts.what["target_label"]
    if kind in _OF_CODES:
        told["target_label"] = label
    elif kind in _OF_PEOPLE and person.is_named(label):
        told["target_label"] = person.pseudonym
    if facts.plain["action"] == Action.QUEUE_IMPORTED:
        counts = told["after"]["entries"].items()
        told["after"]["entries"] = {
            person.pseudonym if person.is_named(name) else name: count for name, count in counts
        }
    if kind == "user" and facts.plain["target_id"] == str(person.id):
        # Of addresses that were theirs once, nobody knows the words any more.
        for values in (told["before"], told["after"]):
            if values and values.get("email"):
                values["email"] = person.pseudonym
    return told


_ERASED = f"""
SELECT seal.position, seal.entry, seal.who IS NOT NULL, seal.what IS NOT NULL, {FACTS}
  FROM audit_seal seal JOIN audit_auditlog entry ON entry.id = seal.entry
 WHERE seal.erasure = %s AND seal.position > %s ORDER BY seal.position LIMIT {AT_ONCE}
"""  # noqa: S608 - our own words


def digest(erasure: UUID) -> bytes:
    """Covers what the entries of an erasure say since it."""
    hashed, last = sha256(), 0
    while rows := execute(_ERASED, [erasure, last]):
        for _position, entry, who, what, text in rows:
            hashed.update(erased_line(entry, Facts.of(text), who=who, what=what))
        last = rows[-1][0]
    return hashed.digest()


def is_ours(word: str) -> bool:
    """Whether a word is one of the log's own, so that it tells of no person."""
    return word.casefold() in set(Action)
