"""What can be done with a conflict, one function for each.

The conflict's scan is locked first, so of two people who decide at once one is told. A move goes through
the scan path like any other, in the same transaction: where it is refused, nothing was decided.
"""

from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.operators import Operator
from audit.actions import Action
from audit.database import database_now
from audit.log import Entry, record
from bags.desk.reading import can_move, open_link, scanned_bag, scanned_code
from bags.models import ConflictDecision, Link, ParkedDecision, Scan
from bags.scanning.results import LINKING, Result
from bags.scanning.rules import Pull
from bags.scanning.service import MOVE, UNLINK, Busy, process


class DecisionRefused(Exception):
    """Nothing was decided and nothing was changed. `code` is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@transaction.atomic
def decide(*, scan_id: int, decision: str, reason: str, seen: int, by: Operator) -> ConflictDecision:
    """Settle an open conflict by one of ConflictDecision.Kind; `move` puts the packet into the sack that the
    device meant. `seen` is the packet's open link as it was shown, 0 for none. Raises DecisionRefused
    `not_allowed`, `reason_needed`, `unknown`, `decided_already`, `changed_meanwhile`, `not_movable` or the
    result code of a move that was refused."""
    _assert_may_decide(by, reason)
    scan = _lock_conflict(scan_id)
    if scan.settled_at:
        standing = scan.decisions.select_related("decided_by").get(undone_at=None)
        raise DecisionRefused(
            "decided_already",
            _("{name} decided this already: {decision}. Nothing of yours was changed.").format(
                name=standing.decided_by.username, decision=standing.get_decision_display()
            ),
        )
    moved = None
    if decision == ConflictDecision.Kind.MOVE:
        moved = _move_here(scan, seen, by, reason)
    else:
        _assert_as_seen(scan, seen)
    made = ConflictDecision.objects.create(
        scan=scan,
        decision=decision,
        reason=reason.strip(),
        decided_at=database_now(),
        decided_by_id=by.id,
        moved_by_scan=moved,
    )
    Scan.objects.filter(pk=scan.pk).update(settled_at=made.decided_at)
    after: dict[str, Any] = {"decision": decision} | ({"scan": moved.pk} if moved else {})
    label = scanned_code(scan)
    record_decision(Action.CONFLICT_DECIDED, made, by, {"decision": None}, after, reason, label=label)
    return made


@transaction.atomic
def take_back(*, scan_id: int, reason: str, by: Operator) -> ConflictDecision:
    """Open a settled conflict again; a move that still stands is taken back by another scan. Raises
    DecisionRefused `not_allowed`, `reason_needed`, `unknown`, `not_decided`, `changed_meanwhile` or the
    result code of a way back that was refused."""
    _assert_may_decide(by, reason)
    scan = _lock_conflict(scan_id)
    made = scan.decisions.select_related("moved_by_scan", "scan").filter(undone_at=None).first()
    if made is None:
        raise DecisionRefused("not_decided", _("This is open already. Nothing was changed."))
    back = move_back(made.moved_by_scan, by, reason) if made.moved_by_scan else None
    made.undone_at, made.undone_by_id, made.undone_reason = database_now(), by.id, reason.strip()
    made.save(update_fields=["undone_at", "undone_by", "undone_reason"])
    Scan.objects.filter(pk=scan.pk).update(settled_at=None)
    after: dict[str, Any] = {"decision": None} | ({"scan": back.pk} if back else {})
    before, label = {"decision": made.decision}, scanned_code(made.scan)
    record_decision(Action.CONFLICT_REOPENED, made, by, before, after, reason, label=label)
    return made


def _assert_may_decide(by: Operator, reason: str) -> None:
    if not by.may_bill:
        raise DecisionRefused("not_allowed", _("Only billers and admins decide conflicts."))
    if not reason.strip():
        raise DecisionRefused("reason_needed", _("Say why. The reason is kept. Nothing was changed."))


def _lock_conflict(scan_id: int) -> Scan:
    conflicts = Scan.objects.filter(code=Result.CONFLICT)
    scan = (
        conflicts.select_for_update(of=("self",)).select_related("bag", "parent").filter(pk=scan_id).first()
    )
    if scan is None:
        raise DecisionRefused("unknown", _("There is no such conflict."))
    return scan


def _assert_as_seen(scan: Scan, seen: int) -> None:
    """The packet, locked, sits where the page showed it."""
    packet = scanned_bag(scan).select_for_update().first()
    link = open_link(packet) if packet else None
    _assert_same(link.pk if link else 0, seen)


def _assert_same(now: int, seen: int) -> None:
    if now != seen:
        raise DecisionRefused(
            "changed_meanwhile",
            _("The packet was moved meanwhile. Nothing of yours was changed. Look at it again."),
        )


def _move_here(scan: Scan, seen: int, by: Operator, reason: str) -> Scan:
    if not can_move(scan):
        raise DecisionRefused("not_movable", _("This cannot be moved. Nothing was changed."))
    return scan_as_seen(
        Pull(key=uuid4(), mode=MOVE, raw=scan.raw, parent=scan.parent_code, reason=reason), by, seen
    )


def move_back(moved: Scan, by: Operator, reason: str) -> Scan | None:
    """Where the packet still sits as `moved` put it, back to where that took it from, or out."""
    links = Link.objects.filter(child_id=moved.bag_id).select_related("parent", "child")
    standing = links.filter(scan=moved, unlinked_at=None).first()
    if standing is None:
        return None
    home = links.filter(end_reason=Link.EndReason.MOVE, unlinked_at=moved.received_at).first()
    pull = Pull(
        key=uuid4(),
        mode=MOVE if home else UNLINK,
        raw=standing.child.qr_id,
        parent=home.parent.qr_id if home else None,
        reason=reason,
    )
    return scan_as_seen(pull, by, standing.pk)


def scan_as_seen(pull: Pull, by: Operator, seen: int) -> Scan:
    """Let the scan path judge it. Whatever it refuses, and a packet that comes from elsewhere than seen,
    is refused here, and with the transaction that scan is gone too."""
    try:
        told = process(pulls=[pull], operator=by, device=None)[0]
    except Busy:
        raise DecisionRefused(
            "busy", _("Others were quicker. Nothing was changed. Try again in a moment.")
        ) from None
    if told["code"] not in LINKING | {Result.UNDONE}:
        raise DecisionRefused(told["code"], told["message"])
    done = Scan.objects.get(pk=told["scan_id"])
    left = Link.objects.filter(child_id=done.bag_id, unlinked_at=done.received_at).first()
    _assert_same(left.pk if left else 0, seen)
    return done


def record_decision(
    action: Action,
    made: ConflictDecision | ParkedDecision,
    by: Operator,
    before: dict[str, Any],
    after: dict[str, Any],
    reason: str,
    *,
    label: str,
) -> None:
    """Write down that a decision about a scan, told as `label`, was made or taken back."""
    entry = Entry(
        at=made.undone_at or made.decided_at,
        action=action,
        target_type="scan",
        target_id=str(made.scan_id),
        target_label=label,
        before=before,
        after=after,
        reason=reason.strip(),
    )
    record(entry, signed=by.signature)
