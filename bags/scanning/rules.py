"""What a scan means: one pull + the floor -> verdict and effects. Pure: no database, clock or request.

Each mode's list of result codes stands in the order of its `if`s; the first that fits decides.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from bags.scanning.codes import Reading
from bags.scanning.floor import (
    Child,
    Closed,
    Created,
    Doubted,
    Effect,
    Floor,
    Link,
    Linked,
    Parent,
    Reopened,
    Unlinked,
)
from bags.scanning.results import CONFLICTING, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """One trigger pull as the device sent it. `raw` is the text read; of an undo the key to take back."""

    key: UUID
    mode: str
    raw: str = ""
    parent: str | None = None
    bill: str | None = None
    seq: int | None = None
    captured_at: datetime | None = None
    source: str = ""
    offline: bool = False
    repairs: Sequence[str] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What decides an operator's rights: may bill or not, and which area they see."""

    operator_id: int
    sees_all: bool
    may_bill: bool
    area: str | None

    @property
    def has_no_area(self) -> bool:
        return not self.sees_all and self.area is None

    def sees(self, bag: Parent | Child) -> bool:
        """Whether the bag exists for the operator; a child in a hidden parent does not."""
        if self.sees_all:
            return True
        if isinstance(bag, Child) and bag.link and bag.link.parent.area != self.area:
            return False
        return self.area is not None and bag.area == self.area


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything a rule may look at for one pull."""

    pull: Pull
    floor: Floor
    rights: Rights
    now: datetime
    undo_window: timedelta

    def visible(self, bag: Parent | Child | None) -> bool:
        return bag is not None and self.rights.sees(bag)

    def within_window(self, at: datetime) -> bool:
        return self.now - at <= self.undo_window


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer to a pull. `parent` and `bag` are what it concerns; `explain` says who, where, since when.

    `effects` change the floor; `beyond` are effects that only the extension which judged knows. Of a `blind`
    one it is not told what is recorded of the parent."""

    code: Result
    reason_code: Result | None = None
    bag: Parent | Child | None = None
    parent: Parent | None = None
    bill: dict[str, Any] | None = None
    explain: dict[str, Any] | None = None
    effects: tuple[Effect, ...] = ()
    beyond: tuple[Any, ...] = ()
    blind: bool = False


Rule = Callable[[Case], Verdict]


def judge(case: Case, rule: Rule) -> Verdict:
    """Apply the mode's rule. What cannot be applied any more to an offline scan is kept as a conflict."""
    verdict = rule(case)
    if case.pull.offline and verdict.code in CONFLICTING:
        return Verdict(
            code=Result.CONFLICT,
            reason_code=verdict.code,
            bag=verdict.bag,
            parent=verdict.parent,
            bill=verdict.bill,
            explain=verdict.explain,
            effects=_doubts(case, verdict),
        )
    return verdict


def _doubts(case: Case, verdict: Verdict) -> tuple[Effect, ...]:
    """A child that could not be recorded where it was put: the parent that the device named may hold one
    more than is recorded, and the parent that it is recorded in one less. Both must be counted again."""
    if case.pull.mode not in ("pack", "move") or isinstance(verdict.bag, Parent):
        return ()
    link = verdict.bag.link if verdict.bag else None
    concerned = dict.fromkeys([verdict.parent, link.parent if link else None])
    return tuple(Doubted(parent) for parent in concerned if parent and not parent.needs_recount)


def pack(case: Case) -> Verdict:
    reading = case.floor.read(case.pull.raw)
    if reading.code is None or reading.kind is None:
        return Verdict(code=Result.UNREADABLE, parent=named_parent(case))
    if case.rights.has_no_area:
        return Verdict(code=Result.NOT_ALLOWED)
    if reading.kind == "parent":
        return _open_parent(case, reading)
    return _pack_child(case, reading, moving=False)


def move(case: Case) -> Verdict:
    reading = case.floor.read(case.pull.raw)
    if reading.code is None:
        return Verdict(code=Result.UNREADABLE, parent=named_parent(case))
    if case.rights.has_no_area:
        return Verdict(code=Result.NOT_ALLOWED)
    return _pack_child(case, reading, moving=True)


def close(case: Case) -> Verdict:
    if not case.pull.parent:
        return Verdict(code=Result.NEED_PARENT)
    if case.rights.has_no_area:
        return Verdict(code=Result.NOT_ALLOWED)
    parent = named_parent(case)
    if parent is None:
        return Verdict(code=Result.UNKNOWN)
    if parent.held_by:
        return Verdict(code=Result.PARENT_BILLED, parent=parent, explain=held_by(parent))
    if parent.is_closed:
        return Verdict(code=Result.PARENT_CLOSED, parent=parent)
    if parent.count == 0:
        return Verdict(code=Result.PARENT_EMPTY, parent=parent)
    return Verdict(code=Result.CLOSED, parent=parent, effects=(Closed(parent),))


def lookup(case: Case) -> Verdict:
    reading = case.floor.read(case.pull.raw)
    if reading.code is None:
        return Verdict(code=Result.UNREADABLE, parent=named_parent(case))
    if case.rights.has_no_area:
        return Verdict(code=Result.NOT_ALLOWED)
    bag = case.floor.bags.get(reading.code)
    if bag is None or not case.visible(bag):
        return Verdict(code=Result.UNKNOWN, parent=named_parent(case))
    if isinstance(bag, Parent):
        return Verdict(code=Result.LOOKED_UP, bag=bag, parent=bag)
    return Verdict(code=Result.LOOKED_UP, bag=bag, parent=bag.link.parent if bag.link else None)


def _open_parent(case: Case, reading: Reading) -> Verdict:
    bag = case.floor.bags.get(reading.code or "")
    if bag is None:
        parent = case.floor.new_parent(reading, case.rights.area)
        return Verdict(code=Result.PARENT_OPENED, bag=parent, parent=parent, effects=(Created(parent),))
    if not isinstance(bag, Parent) or not case.visible(bag):
        return Verdict(code=Result.UNKNOWN, parent=named_parent(case))
    if refused := no_room(bag):
        return Verdict(code=refused, bag=bag, parent=bag, explain=held_by(bag))
    return Verdict(code=Result.PARENT_OPENED, bag=bag, parent=bag)


def _pack_child(case: Case, reading: Reading, *, moving: bool) -> Verdict:
    if not case.pull.parent:
        return Verdict(code=Result.NEED_PARENT)
    target, bag = case.floor.find(case.pull.parent), case.floor.bags.get(reading.code or "")
    if target is None or not case.visible(target) or (bag is not None and not case.visible(bag)):
        return Verdict(code=Result.UNKNOWN, parent=named_parent(case))
    if not isinstance(target, Parent) or isinstance(bag, Parent) or reading.kind == "parent":
        return Verdict(code=Result.WRONG_KIND, bag=bag, parent=named_parent(case))
    if bag and bag.lot and reading.lot and bag.lot != reading.lot:
        lots = {"lot": bag.lot, "scanned_lot": reading.lot}
        return Verdict(code=Result.LOT_DIFFERS, bag=bag, parent=target, explain=lots)
    if bag and bag.link and bag.link.parent is target:
        return Verdict(code=Result.ALREADY_HERE, bag=bag, parent=target, explain=whereabouts(bag.link))
    if bag and bag.link and not moving:
        return Verdict(code=Result.IN_OTHER_PARENT, bag=bag, parent=target, explain=whereabouts(bag.link))
    if refused := no_room(target):
        return Verdict(code=refused, bag=bag, parent=target, explain=held_by(target))
    if bag and bag.link:
        return _leave_for(case, bag, bag.link, target, reading.lot or "")
    child = bag or case.floor.new_child(reading.code or "", target.area)
    effects = link_effects(child, target, reading.lot or "")
    is_last = target.count + 1 == target.limit
    return Verdict(
        code=Result.LINKED_LAST if is_last else Result.LINKED, bag=child, parent=target, effects=effects
    )


def _leave_for(case: Case, child: Child, link: Link, target: Parent, lot: str) -> Verdict:
    """A move, once its target can take the child: may it leave the parent that it is in?"""
    if link.parent.held_final:
        return Verdict(code=Result.BILL_FINAL, bag=child, parent=target, explain=held_by(link.parent))
    if not may_unlink(case, link) or (link.parent.held_by and not case.rights.may_bill):
        return Verdict(code=Result.NOT_ALLOWED, bag=child, parent=target, explain=whereabouts(link))
    effects = unlink_effects(child, link, "move") + link_effects(child, target, lot)
    return Verdict(code=Result.MOVED, bag=child, parent=target, explain=whereabouts(link), effects=effects)


def named_parent(case: Case) -> Parent | None:
    """The parent that the screen showed, if it is one and exists for the operator."""
    bag = case.floor.find(case.pull.parent)
    return bag if isinstance(bag, Parent) and case.visible(bag) else None


def no_room(parent: Parent) -> Result | None:
    """Why a parent takes no more children, or None."""
    if parent.held_by:
        return Result.PARENT_BILLED
    if parent.is_full:
        return Result.PARENT_FULL
    return Result.PARENT_CLOSED if parent.is_closed else None


def may_unlink(case: Case, link: Link) -> bool:
    """Billers and admins any time; a dispatcher's right ends with own scans within the window."""
    return case.rights.may_bill or (link.by_id == case.rights.operator_id and case.within_window(link.since))


def link_effects(child: Child, parent: Parent, lot: str = "") -> tuple[Effect, ...]:
    """The child goes in; the last one closes the parent."""
    linked = Linked(child, parent, lot)
    return (linked, Closed(parent)) if parent.count + 1 == parent.limit else (linked,)


def unlink_effects(child: Child, link: Link, why: str) -> tuple[Effect, ...]:
    """The child comes out; a closed parent on no bill opens again."""
    unlinked = Unlinked(child, why)
    if link.parent.is_closed and not link.parent.held_by:
        return (unlinked, Reopened(link.parent))
    return (unlinked,)


def whereabouts(link: Link) -> dict[str, Any]:
    return {"parent": link.parent.code, "since": link.since, "by": link.by}


def held_by(parent: Parent) -> dict[str, Any] | None:
    return {"bill": parent.held_by} if parent.held_by else None


MODES: dict[str, Rule] = {"pack": pack, "move": move, "close": close, "lookup": lookup}
