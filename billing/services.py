"""What can be done with a bill, one function for each. Every door calls these.

All lock the bill first and its parents after it, in id order, as the scan path does.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.notifications import BILL_REOPENED, notify
from accounts.operators import Operator
from audit.actions import Action
from audit.database import database_now
from audit.log import Entry, record
from bags import holding
from billing.models import Bill, BillBag, ReturnLine

EDITABLE = ("description", "destination", "vehicle_number", "target", "measured_weight_kg")


class BillRefused(Exception):
    """An operation on a bill or a return that is refused: nothing was changed. `code` is stable."""

    def __init__(self, code: str, message: str, bill: Bill | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.bill = code, message, bill


def create_bill(*, number: str, by: Operator, **facts: Any) -> Bill:
    """Create a draft bill. Raises BillRefused `not_allowed` or `number_taken`, ValidationError."""
    assert_may_bill(by)
    bill = Bill(number=number.strip(" "), created_at=database_now(), created_by_id=by.id, **facts)
    _validate(bill)
    try:
        with transaction.atomic():
            bill.save(force_insert=True)
            _record(Action.BILL_CREATED, bill, by, None, {"number": bill.number, **_told(facts)})
    except IntegrityError:
        taken = Bill.objects.with_number(bill.number).first()
        if taken is None:
            raise
        raise BillRefused(
            "number_taken", _("Bill {number} exists already.").format(number=taken.number), taken
        ) from None
    return bill


@transaction.atomic
def edit_bill(*, number: str, version: int, changes: Mapping[str, Any], by: Operator) -> Bill:
    """Change the fields of EDITABLE. Raises BillRefused `unknown`, `bill_final` or, when somebody else
    saved since `version`, `changed_meanwhile`; ValidationError."""
    bill = _lock_bill(number, by)
    if bill.version != version:
        raise BillRefused(
            "changed_meanwhile",
            _("Somebody else changed this bill meanwhile. Nothing of yours was saved. Look at it again."),
            bill,
        )
    _assert_live(bill)
    before = {name: getattr(bill, name) for name in changes}
    for name, value in changes.items():
        setattr(bill, name, value)
    _validate(bill)
    changed = {name: value for name, value in changes.items() if before[name] != value}
    if changed:
        bill.version += 1
        bill.save(update_fields=[*changed, "version"])
        _record(Action.BILL_EDITED, bill, by, _told({name: before[name] for name in changed}), _told(changed))
    return bill


@transaction.atomic
def complete_bill(*, number: str, by: Operator, reason: str = "") -> Bill:
    """Freeze the weights and hold the parents for good. Raises BillRefused `bill_final`, `bill_empty`,
    `reason_needed` below target, or `needs_recount` where a parent must be counted again."""
    bill = _lock_bill(number, by)
    _assert_live(bill)
    lines = bill.lines.filter(removed_at=None)
    parents = list(lines.values_list("bag_id", flat=True))
    if not parents:
        raise BillRefused("bill_empty", _("There is no sack on this bill yet. Scan at least one."), bill)
    if bill.target and len(parents) < bill.target and not reason.strip():
        raise BillRefused(
            "reason_needed",
            _("{count} of {target} sacks are on this bill. Say why it is finished now.").format(
                count=len(parents), target=bill.target
            ),
            bill,
        )
    holding.lock(parents)
    _assert_counted(bill, parents)
    _freeze_lines(bill)
    holding.make_final(parents, final=True)
    before = {"state": bill.state}
    totals = lines.aggregate(
        actual=Sum("weight_kg"), expected=Sum(F("bag__child_limit") * F("bag__product__kg_per_child"))
    )
    bill.actual_kg, bill.expected_kg = totals["actual"], totals["expected"]
    bill.state, bill.completed_at, bill.completed_by_id = Bill.State.COMPLETED, database_now(), by.id
    bill.version += 1
    bill.save(update_fields=["state", "actual_kg", "expected_kg", "completed_at", "completed_by", "version"])
    after = {
        "state": bill.state,
        "parents": len(parents),
        "actual_kg": bill.actual_kg,
        "expected_kg": bill.expected_kg,
    }
    _record(Action.BILL_COMPLETED, bill, by, before, _told(after), reason)
    return bill


@transaction.atomic
def reopen_bill(*, number: str, by: Operator, reason: str) -> Bill:
    """Make a completed bill live again; its weights are computed anew. Raises BillRefused `not_completed`,
    `reason_needed` or, when sacks of it are on a return, `has_return`."""
    bill = _lock_bill(number, by)
    if bill.state != Bill.State.COMPLETED:
        raise BillRefused("not_completed", _("Only a completed bill can be reopened."), bill)
    if not reason.strip():
        raise BillRefused("reason_needed", _("Say why. The reason is kept with the bill."), bill)
    lines = bill.lines.filter(removed_at=None)
    parents = list(lines.values_list("bag_id", flat=True))
    holding.lock(parents)
    _assert_no_return(bill)
    lines.update(child_count=None, weight_kg=None)
    holding.make_final(parents, final=False)
    before = {"state": bill.state, "actual_kg": bill.actual_kg, "expected_kg": bill.expected_kg}
    concerned = {bill.created_by_id, bill.completed_by_id or by.id} - {by.id}
    bill.actual_kg = bill.expected_kg = bill.completed_at = bill.completed_by = None
    bill.state = Bill.State.PROCESSING
    bill.version += 1
    bill.save(update_fields=["state", "actual_kg", "expected_kg", "completed_at", "completed_by", "version"])
    _record(Action.BILL_REOPENED, bill, by, _told(before), {"state": bill.state}, reason)
    told = {"number": bill.number, "by": by.name, "reason": reason.strip()}
    notify(concerned, BILL_REOPENED, link=reverse("bill-detail", args=[bill.number]), **told)
    return bill


@transaction.atomic
def cancel_bill(*, number: str, by: Operator, reason: str = "") -> Bill:
    """Give the bill up and free its parents; they stay closed. Raises BillRefused `bill_final`."""
    bill = _lock_bill(number, by)
    _assert_live(bill)
    lines = list(bill.lines.filter(removed_at=None).select_related("bag").order_by("bag_id"))
    parents = [line.bag_id for line in lines]
    holding.lock(parents)
    now = database_now()
    bill.lines.filter(removed_at=None).update(removed_at=now, removed_by_id=by.id)
    holding.release(parents)
    before, bill.state = {"state": bill.state}, Bill.State.CANCELLED
    bill.version += 1
    bill.save(update_fields=["state", "version"])
    _record(Action.BILL_CANCELLED, bill, by, before, {"state": bill.state, "parents": len(parents)}, reason)
    _record_removed(bill, lines, by, now, reason)
    return bill


def assert_may_bill(by: Operator) -> None:
    if not by.may_bill:
        raise BillRefused("not_allowed", _("Only billers and admins work on bills."))


def _assert_live(bill: Bill) -> None:
    if bill.state in (Bill.State.COMPLETED, Bill.State.CANCELLED):
        raise BillRefused("bill_final", _("This bill is finished. Nothing was changed."), bill)


def _assert_no_return(bill: Bill) -> None:
    """Its parents are locked by the caller: none can come onto a return meanwhile."""
    coming = ReturnLine.objects.filter(bill_line__bill=bill, removed_at=None).select_related("ticket").first()
    if coming:
        raise BillRefused(
            "has_return",
            _("Sacks of this bill are on return {number}. Take them off it, or cancel it, first.").format(
                number=coming.ticket.number
            ),
            bill,
        )


def _assert_counted(bill: Bill, parents: list[int]) -> None:
    """Scanning onto a bill stays possible; what leaves the house must have been counted."""
    if codes := holding.waiting_for_recount(parents):
        raise BillRefused(
            "needs_recount",
            ngettext(
                "Sack {codes} must be counted again first: a scan made offline did not fit. "
                "Nothing was changed. Count it and say so on its page.",
                "These sacks must be counted again first: {codes}. Scans made offline did not fit. "
                "Nothing was changed. Count them and say so on their pages.",
                len(codes),
            ).format(codes=", ".join(codes)),
            bill,
        )


def _lock_bill(number: str, by: Operator) -> Bill:
    assert_may_bill(by)
    bill = Bill.objects.with_number(number).select_for_update().first() if "\0" not in number else None
    if bill is None:
        raise BillRefused("unknown", _("There is no such bill."))
    return bill


def _freeze_lines(bill: Bill) -> None:
    lines = list(bill.lines.filter(removed_at=None).select_related("bag__product"))
    for line in lines:
        line.child_count = line.bag.child_count
        line.weight_kg = line.bag.child_count * _kg_per_child(line)
    BillBag.objects.bulk_update(lines, ["child_count", "weight_kg"])


def _kg_per_child(line: BillBag) -> Decimal:
    product = line.bag.product
    if product is None:
        raise ValueError(f"{line.bag} on bill {line.bill_id} is no parent")
    return product.kg_per_child


def _validate(bill: Bill) -> None:
    """Raises ValidationError by field. Uniqueness is the database's word, not a question asked before."""
    texts = ("number", "description", "destination", "vehicle_number")
    assert_printable({name: getattr(bill, name) for name in texts})
    bill.clean_fields(exclude=["created_by", "completed_by", "actual_kg", "expected_kg", "completed_at"])


def assert_printable(texts: Mapping[str, str]) -> None:
    """Raises ValidationError by field. What is written in an area of its own may have several lines."""
    unprintable = {
        name: _("Only printable characters.")
        for name, text in texts.items()
        if not all(
            sign.isprintable() or (name in ("description", "notes") and sign in "\r\n\t") for sign in text
        )
    }
    if unprintable:
        raise ValidationError(unprintable)


def _told(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in facts.items()}


def _record(
    action: Action,
    bill: Bill,
    by: Operator,
    before: dict[str, Any] | None,
    after: dict[str, Any],
    reason: str = "",
) -> None:
    entry = Entry(
        at=database_now(),
        action=action,
        target_type="bill",
        target_id=str(bill.pk),
        target_label=bill.number,
        before=before,
        after=after,
        reason=reason.strip(),
    )
    record(entry, signed=by.signature)


def _record_removed(bill: Bill, lines: list[BillBag], by: Operator, at: Any, reason: str) -> None:
    entries = [
        Entry(
            at=at,
            action=Action.PARENT_UNBILLED,
            target_type="bill",
            target_id=str(bill.pk),
            target_label=bill.number,
            before={"parent": line.bag.qr_id, "parent_id": line.bag_id, "count": line.bag.child_count},
            after={"parent": None},
            reason=reason.strip(),
        )
        for line in lines
    ]
    if entries:
        record(*entries, signed=by.signature)
