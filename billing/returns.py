"""What can be done with a return, one function for each. Every door calls these.

All lock the return first and its parents after it, in id order, as the scan path does. A sack comes onto a
return and off it by scans (billing.returning). A bill with sacks on a return is not reopened, so the bills
of the lines stay completed.
"""

from collections import defaultdict
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Area
from accounts.operators import Operator
from audit.actions import Action
from audit.database import database_now, execute
from audit.log import Entry, record
from bags import holding
from bags.models import Link
from billing.models import BillBag, Return, ReturnLine
from billing.services import BillRefused, assert_may_bill, assert_printable


@transaction.atomic
def create_return(*, area: str, notes: str = "", by: Operator) -> Return:
    """Create a draft return; `area` is an area's slug. Raises BillRefused `not_allowed`, ValidationError."""
    assert_may_bill(by)
    if not Area.objects.filter(pk=area).exists():
        raise ValidationError({"area": _("There is no such area.")})
    ticket = Return(
        pk=execute("SELECT nextval(pg_get_serial_sequence('billing_return', 'id'))")[0][0],
        area_id=area,
        notes=notes.strip(),
        created_at=database_now(),
        created_by_id=by.id,
    )
    ticket.number = f"R-{ticket.pk:05}"
    assert_printable({"notes": ticket.notes})
    ticket.clean_fields(exclude=["area", "created_by", "committed_by", "committed_at"])
    ticket.save(force_insert=True)
    facts = {"number": ticket.number, "area": area, "notes": ticket.notes}
    _record(by, _entry(Action.RETURN_CREATED, ticket, ticket.created_at, None, facts))
    return ticket


@transaction.atomic
def commit_return(*, number: str, by: Operator) -> Return:
    """Take the sacks off their completed bills, which keep their frozen figures, and make them billable
    again. Raises BillRefused `return_final` or `return_empty`."""
    ticket = _lock_return(number, by)
    if ticket.state != Return.State.DRAFT:
        raise BillRefused("return_final", _("This return is finished. Nothing was changed."))
    lines = _lock_lines(ticket)
    if not lines:
        raise BillRefused("return_empty", _("There is no sack on this return yet. Scan at least one."))
    now = database_now()
    BillBag.objects.filter(pk__in=[line.bill_line_id for line in lines]).update(returned_at=now)
    holding.release([line.bag_id for line in lines])
    before = {"state": ticket.state}
    ticket.state, ticket.committed_at, ticket.committed_by_id = Return.State.COMMITTED, now, by.id
    ticket.save(update_fields=["state", "committed_at", "committed_by"])
    after = {"state": ticket.state, "parents": len(lines)}
    _record(
        by,
        _entry(Action.RETURN_COMMITTED, ticket, now, before, after),
        *[_on_bill(Action.PARENT_RETURNED, line, now, {"return": None}, _told(line)) for line in lines],
    )
    return ticket


@transaction.atomic
def cancel_return(*, number: str, by: Operator, reason: str = "") -> Return:
    """Give the return up. A committed one puts its sacks back on their bills, if nothing has happened to
    them since. Raises BillRefused `return_final`; of a committed one `reason_needed`, `on_other_bill` or
    `parent_changed`."""
    ticket = _lock_return(number, by)
    if ticket.state == Return.State.CANCELLED:
        raise BillRefused("return_final", _("This return is finished. Nothing was changed."))
    lines, now = _lock_lines(ticket), database_now()
    put_back = []
    if ticket.state == Return.State.COMMITTED:
        _assert_can_go_back(ticket, lines, reason)
        _put_back(lines)
        put_back = [
            _on_bill(Action.PARENT_RETURN_CANCELLED, line, now, _told(line), {"return": None}, reason)
            for line in lines
        ]
    ticket.lines.filter(removed_at=None).update(removed_at=now, removed_by_id=by.id)
    before, ticket.state = {"state": ticket.state}, Return.State.CANCELLED
    ticket.save(update_fields=["state"])
    after = {"state": ticket.state, "parents": len(lines)}
    _record(
        by,
        _entry(Action.RETURN_CANCELLED, ticket, now, before, after, reason),
        *put_back,
        *[
            _entry(Action.RETURN_LINE_REMOVED, ticket, now, line_told(line), {"parent": None}, reason)
            for line in lines
        ],
    )
    return ticket


def line_told(line: ReturnLine) -> dict[str, Any]:
    """A line as the audit log tells it."""
    return {
        "parent": line.bag.qr_id,
        "parent_id": line.bag_id,
        "bill": line.bill_line.bill.number,
        "count": line.child_count,
    }


def _lock_return(number: str, by: Operator) -> Return:
    assert_may_bill(by)
    ticket = (
        Return.objects.select_for_update().filter(number=number.upper()).first()
        if "\0" not in number
        else None
    )
    if ticket is None:
        raise BillRefused("unknown", _("There is no such return."))
    return ticket


def _lock_lines(ticket: Return) -> list[ReturnLine]:
    """The return's open lines, as they are once their parents are locked."""
    lines = ticket.lines.filter(removed_at=None).select_related("bag", "bill_line__bill").order_by("bag_id")
    holding.lock(list(lines.values_list("bag_id", flat=True)))
    return list(lines)


def _assert_can_go_back(ticket: Return, lines: list[ReturnLine], reason: str) -> None:
    if not reason.strip():
        raise BillRefused("reason_needed", _("Say why. The reason is kept with the return."))
    for line in lines:
        if line.bag.held_by:
            raise BillRefused(
                "on_other_bill",
                _("{parent} is on bill {bill} now. Take it off there first.").format(
                    parent=line.bag.qr_id, bill=line.bag.held_by
                ),
            )
    since = Q(linked_at__gt=ticket.committed_at) | Q(unlinked_at__gt=ticket.committed_at)
    changed = (
        Link.objects.filter(since, parent__in=[line.bag_id for line in lines])
        .select_related("parent")
        .first()
    )
    if changed:
        raise BillRefused(
            "parent_changed",
            _("{parent} was packed anew since it came back. It cannot go back on its bill.").format(
                parent=changed.parent.qr_id
            ),
        )


def _put_back(lines: list[ReturnLine]) -> None:
    BillBag.objects.filter(pk__in=[line.bill_line_id for line in lines]).update(returned_at=None)
    by_bill: dict[str, list[int]] = defaultdict(list)
    for line in lines:
        by_bill[line.bill_line.bill.number].append(line.bag_id)
    for bill, parents in by_bill.items():
        holding.hold_again(parents, by=bill)


def _told(line: ReturnLine) -> dict[str, Any]:
    return {
        "return": line.ticket.number,
        "parent": line.bag.qr_id,
        "parent_id": line.bag_id,
        "count": line.child_count,
        "weight_kg": str(line.weight_kg),
    }


def _entry(
    action: Action,
    ticket: Return,
    at: datetime,
    before: dict[str, Any] | None,
    after: dict[str, Any],
    reason: str = "",
) -> Entry:
    return Entry(
        at=at,
        action=action,
        target_type="return",
        target_id=str(ticket.pk),
        target_label=ticket.number,
        before=before,
        after=after,
        reason=reason.strip(),
    )


def _on_bill(
    action: Action,
    line: ReturnLine,
    at: datetime,
    before: dict[str, Any],
    after: dict[str, Any],
    reason: str = "",
) -> Entry:
    bill = line.bill_line.bill
    return Entry(
        at=at,
        action=action,
        target_type="bill",
        target_id=str(bill.pk),
        target_label=bill.number,
        before=before,
        after=after,
        reason=reason.strip(),
    )


def _record(by: Operator, *entries: Entry) -> None:
    record(*entries, signed=by.signature)
