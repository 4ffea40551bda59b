"""Effects in the words of the audit log: one entry for each change of state. Pure."""

from collections.abc import Callable
from typing import Any

from audit.actions import Action
from audit.log import Entry
from bags.scanning.floor import (
    Child,
    Closed,
    Created,
    Doubted,
    Effect,
    Floor,
    Linked,
    Moment,
    Parent,
    Relinked,
    Reopened,
    Unlinked,
)

Change = tuple[Action, Parent | Child, dict[str, Any] | None, dict[str, Any] | None]


def entry(floor: Floor, effect: Effect, moment: Moment, reason: str) -> Entry | None:
    """The entry for an effect about to be applied; None for what is no change of a bag's state."""
    describe = _WORDS.get(type(effect))
    if describe is None:
        return None
    action, bag, before, after = describe(floor, effect)
    return Entry(
        at=moment.at,
        action=action,
        target_type="bag",
        target_id=str(bag.id),
        target_label=bag.code,
        before=before,
        after=after,
        reason=reason,
    )


def _created(_floor: Floor, effect: Created) -> Change:
    parent = effect.parent
    after = {"product": parent.product.name, "area": parent.area, "state": parent.state}
    return Action.PARENT_CREATED, parent, None, after


def _linked(floor: Floor, effect: Linked | Relinked) -> Change:
    child, parent = effect.child, effect.parent
    after: dict[str, Any] = {"parent": parent.code, "parent_id": parent.id, "count": parent.count + 1}
    before: dict[str, Any] | None = {"parent": None}
    if child.code not in floor.bags:
        before = None
    elif child.area != parent.area:
        before, after = {"parent": None, "area": child.area}, {**after, "area": parent.area}
    if isinstance(effect, Linked) and effect.lot and not child.lot:
        after["lot"] = effect.lot
    return Action.CHILD_LINKED, child, before, after


def _unlinked(_floor: Floor, effect: Unlinked) -> Change:
    link = effect.child.link
    if link is None:
        raise ValueError(f"{effect.child.code} is in no parent")
    before = {"parent": link.parent.code, "parent_id": link.parent.id, "count": link.parent.count}
    return Action.CHILD_UNLINKED, effect.child, before, {"parent": None, "why": effect.why}


def _closed(_floor: Floor, effect: Closed) -> Change:
    after = {"state": "closed", "count": effect.parent.count}
    return Action.PARENT_CLOSED, effect.parent, {"state": "open"}, after


def _reopened(_floor: Floor, effect: Reopened) -> Change:
    after = {"state": "open", "count": effect.parent.count}
    return Action.PARENT_REOPENED, effect.parent, {"state": "closed"}, after


def _doubted(_floor: Floor, effect: Doubted) -> Change:
    return Action.RECOUNT_NEEDED, effect.parent, {"needs_recount": False}, {"needs_recount": True}


_WORDS: dict[type, Callable[[Floor, Any], Change]] = {
    Created: _created,
    Linked: _linked,
    Relinked: _linked,
    Unlinked: _unlinked,
    Closed: _closed,
    Reopened: _reopened,
    Doubted: _doubted,
}
