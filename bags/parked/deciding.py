"""What can be done with a parked text, and the way back.

A decision settles the scans that stand in the record up to the one that the page showed. It teaches the
scanners nothing: how a text is read stands in `bags.scanning.codes` alone, so the next scan of the same text
is judged as the last one was, and parks again where it is no bag still.
"""

from dataclasses import replace
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Area
from accounts.operators import Operator
from audit.actions import Action
from audit.database import database_now
from bags.desk.deciding import DecisionRefused, record_decision
from bags.models import Bag, ParkedDecision, Scan
from bags.parked.reading import named_bag, reading_of
from bags.scanning.results import Result
from bags.scanning.rules import Pull
from bags.scanning.service import PACK, Busy, process

Kind = ParkedDecision.Kind


@transaction.atomic
def decide_parked(
    *, scan_id: int, decision: str, by: Operator, code: str = "", area: str = "", reason: str = ""
) -> ParkedDecision:
    """Settle a parked text, named by the newest of its scans, by one of ParkedDecision.Kind: `register` the
    sack of that code in `area`, `map` to the bag of `code`, `dismiss` with a reason. Raises DecisionRefused
    `not_allowed`, `reason_needed`, `unknown`, `decided_already`, `not_a_sack`, `area_needed`,
    `registered_already`, `no_such_bag`, `busy` or the result code of a scan that was refused."""
    _assert_may_decide(by)
    if decision == Kind.DISMISS and not reason.strip():
        raise DecisionRefused("reason_needed", _("Say why. The reason is kept. Nothing was changed."))
    scan = _lock_parked(scan_id)
    if scan.settled_at:
        standing = scan.parked_decisions.select_related("decided_by").filter(undone_at=None).first()
        raise DecisionRefused("decided_already", _told_standing(standing))
    bag = None
    if decision == Kind.REGISTER:
        bag = _register(scan, area, by, reason)
    elif decision == Kind.MAP:
        bag = _existing(code)
    made = ParkedDecision.objects.create(
        scan=scan,
        decision=decision,
        bag=bag,
        reason=reason.strip(),
        decided_at=database_now(),
        decided_by_id=by.id,
    )
    same = Scan.objects.parked().same_text(scan.raw).filter(pk__lte=scan.pk)
    settled = same.update(settled_at=made.decided_at)
    after = {"decision": decision, "scans": settled} | ({"bag": bag.qr_id} if bag else {})
    label = _label(scan)
    record_decision(Action.PARKED_DECIDED, made, by, {"decision": None}, after, reason, label=label)
    return made


@transaction.atomic
def take_back_parked(*, scan_id: int, reason: str, by: Operator) -> ParkedDecision:
    """Park the text again. Raises DecisionRefused `not_allowed`, `reason_needed`, `unknown`, `not_decided`
    or `bag_stays`: a sack that was registered is never deleted."""
    _assert_may_decide(by)
    if not reason.strip():
        raise DecisionRefused("reason_needed", _("Say why. The reason is kept. Nothing was changed."))
    scan = _lock_parked(scan_id)
    made = scan.parked_decisions.filter(undone_at=None).first()
    if made is None:
        raise DecisionRefused("not_decided", _("This is open already. Nothing was changed."))
    if made.decision == Kind.REGISTER:
        raise DecisionRefused(
            "bag_stays", _("A registered sack is never deleted, so this stands. Nothing was changed.")
        )
    same = Scan.objects.of_parked_codes().same_text(scan.raw).filter(settled_at=made.decided_at)
    opened = same.update(settled_at=None)
    made.undone_at, made.undone_by_id, made.undone_reason = database_now(), by.id, reason.strip()
    made.save(update_fields=["undone_at", "undone_by", "undone_reason"])
    after = {"decision": None, "scans": opened}
    before, label = {"decision": made.decision}, _label(scan)
    record_decision(Action.PARKED_REOPENED, made, by, before, after, reason, label=label)
    return made


def _assert_may_decide(by: Operator) -> None:
    if not by.may_bill:
        raise DecisionRefused("not_allowed", _("Only billers and admins decide parked codes."))


def _lock_parked(scan_id: int) -> Scan:
    scan = Scan.objects.of_parked_codes().select_for_update().filter(pk=scan_id).first()
    if scan is None:
        raise DecisionRefused("unknown", _("There is no such parked code."))
    return scan


def _told_standing(standing: ParkedDecision | None) -> str:
    if standing is None:  # settled together with a newer scan of the same text
        return _("Somebody decided this already. Nothing of yours was changed.")
    return _("{name} decided this already: {decision}. Nothing of yours was changed.").format(
        name=standing.decided_by.username, decision=standing.get_decision_display()
    )


def _register(scan: Scan, area: str, by: Operator, reason: str) -> Bag:
    """Let the scan path open the sack, as if the person had scanned it in that area."""
    if reading_of(scan.raw).kind != Bag.Kind.PARENT:
        raise DecisionRefused(
            "not_a_sack", _("This text is no sack's code, so no sack can be registered. Nothing was changed.")
        )
    if not Area.objects.filter(pk=area).exists():
        raise DecisionRefused("area_needed", _("Choose the area of the sack. Nothing was changed."))
    if named_bag(scan.raw):
        raise _registered_already()
    pull = Pull(key=uuid4(), mode=PACK, raw=scan.raw, reason=reason)
    try:
        told = process(pulls=[pull], operator=replace(by, area=area), device=None)[0]
    except Busy:
        raise DecisionRefused(
            "busy", _("Others were quicker. Nothing was changed. Try again in a moment.")
        ) from None
    if told["code"] != Result.PARENT_OPENED:
        raise DecisionRefused(told["code"], told["message"])
    made = Scan.objects.select_related("bag").get(pk=told["scan_id"])
    if made.bag is None or made.bag.created_at != made.received_at:  # somebody was quicker
        raise _registered_already()
    return made.bag


def _registered_already() -> DecisionRefused:
    return DecisionRefused(
        "registered_already",
        _("This sack is registered already. Nothing was changed. Choose “It is this bag” instead."),
    )


def _existing(code: str) -> Bag:
    bag = named_bag(code)
    if bag is None:
        raise DecisionRefused(
            "no_such_bag", _("There is no bag with the code {code}. Nothing was changed.").format(code=code)
        )
    return bag


def _label(scan: Scan) -> str:
    return scan.raw.strip()[:256] or "–"
