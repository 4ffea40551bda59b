"""Taking back: undo of an own scan, and taking a child out by its code. Pure, like the rules."""

from collections.abc import Callable
from typing import Any

from bags.scanning.floor import Child, Closed, Earlier, Effect, Link, Relinked, Reopened, TakenBack
from bags.scanning.results import LINKING, UNDOABLE, UNDOABLE_WHEN_FINAL, Result
from bags.scanning.rules import (
    Case,
    Verdict,
    held_by,
    may_unlink,
    named_parent,
    no_room,
    unlink_effects,
    whereabouts,
)

UndoRule = Callable[[Case, Earlier], Verdict]


def undo(case: Case, earlier: Earlier | None, rules: dict[str, UndoRule]) -> Verdict:
    """Take back one of the operator's own accepted scans, by the rule for what that scan did."""
    if earlier is None or earlier.code not in UNDOABLE:
        return Verdict(code=Result.NOTHING_TO_UNDO)
    if earlier.operator_id != case.rights.operator_id:
        return Verdict(code=Result.UNDO_NOT_YOURS)
    if earlier.parent and not case.visible(earlier.parent):
        return Verdict(code=Result.NOTHING_TO_UNDO)
    if not case.within_window(earlier.received_at):
        return Verdict(code=Result.UNDO_TOO_LATE, bag=earlier.bag, parent=earlier.parent)
    if earlier.code not in UNDOABLE_WHEN_FINAL and _is_final(earlier):
        return Verdict(
            code=Result.BILL_FINAL,
            bag=earlier.bag,
            parent=earlier.parent,
            explain=held_by(earlier.parent) if earlier.parent else None,
        )
    if earlier.is_undone:
        return superseded(earlier)
    return rules[earlier.code](case, earlier)


def superseded(earlier: Earlier) -> Verdict:
    return Verdict(code=Result.UNDO_SUPERSEDED, bag=earlier.bag, parent=earlier.parent)


def undone(
    earlier: Earlier, *effects: Effect, bill: dict[str, Any] | None = None, beyond: tuple[Any, ...] = ()
) -> Verdict:
    return Verdict(
        code=Result.UNDONE,
        bag=earlier.bag,
        parent=earlier.parent,
        bill=bill,
        effects=(*effects, TakenBack(earlier.id)),
        beyond=beyond,
    )


def _is_final(earlier: Earlier) -> bool:
    home = earlier.came_from.parent if earlier.came_from else None
    return any(parent and parent.held_final for parent in (earlier.parent, home))


def _undo_link(_case: Case, earlier: Earlier) -> Verdict:
    child = earlier.bag
    if not isinstance(child, Child) or child.link is None or child.link.scan_id != earlier.id:
        return superseded(earlier)
    return undone(earlier, *unlink_effects(child, child.link, "undo"))


def _undo_move(_case: Case, earlier: Earlier) -> Verdict:
    child, home = earlier.bag, earlier.came_from
    if not isinstance(child, Child) or child.link is None or child.link.scan_id != earlier.id:
        return superseded(earlier)
    if home is None or no_room(home.parent):
        return superseded(earlier)
    return undone(earlier, *unlink_effects(child, child.link, "undo"), *_go_back(child, home))


def _go_back(child: Child, home: Link) -> tuple[Effect, ...]:
    back = Relinked(child, home)
    is_last = home.parent.count + 1 == home.parent.limit
    return (back, Closed(home.parent)) if is_last else (back,)


def _undo_close(_case: Case, earlier: Earlier) -> Verdict:
    parent = earlier.parent
    if parent is None or parent.held_by or parent.closed_by_scan != earlier.id:
        return superseded(earlier)
    return undone(earlier, Reopened(parent))


def take_out(case: Case) -> Verdict:
    """Take a child out of its parent by its code, with a reason: for billers and admins at any time."""
    reading = case.floor.read(case.pull.raw)
    if reading.code is None:
        return Verdict(code=Result.UNREADABLE)
    if case.rights.has_no_area:
        return Verdict(code=Result.NOT_ALLOWED)
    child = case.floor.bags.get(reading.code)
    if child is None or not case.visible(child):
        return Verdict(code=Result.UNKNOWN, parent=named_parent(case))
    if not isinstance(child, Child):
        return Verdict(code=Result.WRONG_KIND, bag=child, parent=child)
    link = child.link
    if link is None:
        return Verdict(code=Result.NOTHING_TO_UNDO, bag=child)
    if link.parent.held_final:
        return Verdict(code=Result.BILL_FINAL, bag=child, parent=link.parent, explain=held_by(link.parent))
    if not may_unlink(case, link):
        return Verdict(code=Result.NOT_ALLOWED, bag=child, parent=link.parent, explain=whereabouts(link))
    effects = unlink_effects(child, link, "unlink")
    if link.scan_id:  # an imported one has no scan that could be taken back
        effects = (*effects, TakenBack(link.scan_id))
    return Verdict(code=Result.UNDONE, bag=child, parent=link.parent, effects=effects)


UNDO_RULES: dict[str, UndoRule] = {
    **dict.fromkeys(LINKING - {Result.MOVED}, _undo_link),
    Result.MOVED: _undo_move,
    Result.CLOSED: _undo_close,
}
