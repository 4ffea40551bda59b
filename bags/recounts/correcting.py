"""What a biller does with a proposal: apply it, leave all as it is, or take that back.

A correction goes through the scan path like any other scan, in the same transaction: where it is refused,
or the packet no longer sits where it sat when the recount was finished, nothing was decided. The recount is
locked first, so of two people who decide at once one is told.
"""

from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.operators import Operator
from audit.actions import Action
from audit.database import database_now
from audit.log import Entry, record
from bags.desk.deciding import DecisionRefused, move_back, scan_as_seen
from bags.models import Bag, Link, Scan
from bags.recounts.models import Recount, RecountDecision, RecountLine
from bags.scanning.rules import Pull
from bags.scanning.service import MOVE, PACK, UNLINK

Kind = RecountDecision.Kind
Outcome = RecountLine.Outcome


@transaction.atomic
def decide_line(*, line_id: int, decision: str, reason: str, by: Operator) -> RecountDecision:
    """Settle a difference by one of RecountDecision.Kind: `apply` takes a missing packet out of the sack and
    puts an unexpected one in, `dismiss` leaves all as it is. Raises DecisionRefused `not_allowed`,
    `reason_needed`, `unknown`, `decided_already`, `counted_again`, `changed_meanwhile` or the result code of
    a scan that was refused."""
    _assert_may_decide(by)
    if decision == Kind.DISMISS and not reason.strip():
        raise DecisionRefused("reason_needed", _("Say why. The reason is kept. Nothing was changed."))
    line = _lock(line_id)
    standing = line.decisions.select_related("decided_by").filter(undone_at=None).first()
    if standing:
        raise DecisionRefused(
            "decided_already",
            _("{name} decided this already: {decision}. Nothing of yours was changed.").format(
                name=standing.decided_by.username, decision=standing.get_decision_display()
            ),
        )
    reason = reason.strip() or _("Recount {number}").format(number=line.recount_id)
    made = RecountDecision.objects.create(
        line=line,
        decision=decision,
        reason=reason,
        scan=_correct(line, by, reason) if decision == Kind.APPLY else None,
        decided_at=database_now(),
        decided_by_id=by.id,
    )
    action = Action.CORRECTION_APPLIED if decision == Kind.APPLY else Action.CORRECTION_DISMISSED
    after = {"decision": decision} | ({"scan": made.scan_id} if made.scan_id else {})
    _count_and_record(line, -1, action, made, by, {"decision": None}, after, reason)
    return made


@transaction.atomic
def take_back_line(*, line_id: int, reason: str, by: Operator) -> RecountDecision:
    """The difference is open again; a correction that still stands is taken back by another scan. Raises
    DecisionRefused `not_allowed`, `reason_needed`, `unknown`, `counted_again`, `not_decided`,
    `changed_meanwhile` or the result code of a way back that was refused."""
    _assert_may_decide(by)
    if not reason.strip():
        raise DecisionRefused("reason_needed", _("Say why. The reason is kept. Nothing was changed."))
    line = _lock(line_id)
    made = line.decisions.select_related("scan").filter(undone_at=None).first()
    if made is None:
        raise DecisionRefused("not_decided", _("This is open already. Nothing was changed."))
    back = _back(line, made.scan, by, reason) if made.scan else None
    made.undone_at, made.undone_by_id, made.undone_reason = database_now(), by.id, reason.strip()
    made.save(update_fields=["undone_at", "undone_by", "undone_reason"])
    after = {"decision": None} | ({"scan": back.pk} if back else {})
    action, before = Action.CORRECTION_REOPENED, {"decision": made.decision}
    _count_and_record(line, 1, action, made, by, before, after, reason.strip())
    return made


def _assert_may_decide(by: Operator) -> None:
    if not by.may_bill:
        raise DecisionRefused("not_allowed", _("Only billers and admins correct what is recorded."))


def _lock(line_id: int) -> RecountLine:
    """The line, its recount locked: a newer one of the same sack cannot finish meanwhile."""
    different = RecountLine.objects.filter(pk=line_id, outcome__in=[Outcome.MISSING, Outcome.UNEXPECTED])
    recount = (
        Recount.objects.filter(pk__in=different.values("recount")).select_for_update(no_key=True).first()
    )
    if recount is None:
        raise DecisionRefused("unknown", _("There is no such difference."))
    if recount.overtaken_by_id:
        raise DecisionRefused(
            "counted_again",
            _("The sack was counted again since. Nothing was changed. Look at the newer recount."),
        )
    return different.select_related("recount__sack", "bag", "scan").get()


def _correct(line: RecountLine, by: Operator, reason: str) -> Scan:
    if line.outcome == Outcome.MISSING and line.bag:
        pull = Pull(key=uuid4(), mode=UNLINK, raw=line.bag.qr_id, reason=reason)
    else:
        pull = _putting(line, MOVE, line.scan.raw if line.scan else line.code, reason)
    return scan_as_seen(pull, by, line.link_id or 0)


def _back(line: RecountLine, correction: Scan, by: Operator, reason: str) -> Scan | None:
    """A packet taken out goes in again, one put in goes back to where it came from; and the difference stands
    on the packet's new link. One that was put elsewhere since is refused or left there."""
    if line.outcome == Outcome.UNEXPECTED:
        back = move_back(correction, by, reason)
    elif _link_now(correction.bag_id, parent=line.recount.sack_id):
        back = None  # somebody has put it in again
    else:
        back = scan_as_seen(_putting(line, PACK, line.bag.qr_id if line.bag else line.code, reason), by, 0)
    line.bag_id, line.link = correction.bag_id, _link_now(correction.bag_id)
    line.save(update_fields=["bag", "link"])
    return back


def _putting(line: RecountLine, mode: str, raw: str, reason: str) -> Pull:
    sack: Bag = line.recount.sack
    return Pull(key=uuid4(), mode=mode, raw=raw, parent=sack.qr_id, reason=reason)


def _link_now(packet_id: int | None, **where: Any) -> Link | None:
    return Link.objects.filter(child=packet_id, unlinked_at=None, **where).first()


def _count_and_record(
    line: RecountLine,
    more: int,
    action: Action,
    made: RecountDecision,
    by: Operator,
    before: dict[str, Any],
    after: dict[str, Any],
    reason: str,
) -> None:
    line.recount.undecided += more
    line.recount.save(update_fields=["undecided"])
    entry = Entry(
        at=made.undone_at or made.decided_at,
        action=action,
        target_type="recount",
        target_id=str(line.recount_id),
        target_label=line.recount.sack.qr_id,
        before=before,
        after={**after, "packet": line.code, "outcome": line.outcome},
        reason=reason,
    )
    record(entry, signed=by.signature)
