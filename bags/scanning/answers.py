"""A verdict as it is told: JSON for the device, a sentence for the person."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from bags.scanning.floor import Child, Parent
from bags.scanning.results import UNDOABLE, Result, severity
from bags.scanning.rules import Pull, Verdict


def answer(
    pull: Pull, verdict: Verdict, *, scan_id: int | None, at: datetime, undo_window: timedelta
) -> dict[str, Any]:
    """One result as interface.md's "Scanning" describes it; weights are decimal strings in kg."""
    explain = verdict.explain
    if explain and "since" in explain:
        explain = {**explain, "since": explain["since"].isoformat()}
    return {
        "key": str(pull.key),
        "code": str(verdict.code),
        "reason_code": str(verdict.reason_code) if verdict.reason_code else None,
        "severity": severity(verdict.code),
        "message": message(verdict),
        "replayed": False,
        "scan_id": scan_id,
        "bag": _bag(verdict.bag),
        "parent": parent_facts(verdict.parent) if verdict.parent and not verdict.blind else None,
        "bill": verdict.bill,
        "explain": explain,
        "undo_until": (at + undo_window).isoformat() if verdict.code in UNDOABLE else None,
    }


def parent_facts(parent: Parent) -> dict[str, Any]:
    return {
        "qr_id": parent.code,
        "product": parent.product.name,
        "count": parent.count,
        "limit": parent.limit,
        "state": parent.state,
        "weight_kg": f"{parent.weight_kg:.3f}",
    }


def _bag(bag: Parent | Child | None) -> dict[str, Any] | None:
    if bag is None:
        return None
    return {"qr_id": bag.code, "kind": bag.kind, "lot": (bag.lot or None) if isinstance(bag, Child) else None}


def message(verdict: Verdict) -> str:
    """What happened and what to do next, in plain words."""
    if verdict.blind and verdict.code == Result.UNDONE:
        return _("Taken back. Counted so far: {found}.").format(**_words(verdict))
    code = verdict.reason_code if verdict.code == Result.CONFLICT else verdict.code
    sentence = SENTENCES[code or verdict.code]().format(**_words(verdict))
    if verdict.code == Result.CONFLICT:
        return _("Kept for a person to look at. {reason}").format(reason=sentence)
    if verdict.code == Result.BILLED and verdict.parent and verdict.parent.needs_recount:
        return _("{sentence}. It must be counted again before the bill is completed.").format(
            sentence=sentence
        )
    return sentence


def _words(verdict: Verdict) -> dict[str, Any]:
    explain, parent = verdict.explain or {}, verdict.parent
    return {
        "bag": verdict.bag.code if verdict.bag else _("This bag"),
        "parent": parent.code if parent else _("the sack"),
        "count": parent.count if parent else 0,
        "limit": parent.limit if parent else 0,
        "bill": verdict.bill["number"] if verdict.bill else explain.get("bill", ""),
        "other": explain.get("parent", ""),
        "since": f"{timezone.localtime(explain['since']):%H:%M}" if "since" in explain else "",
        "by": explain.get("by", ""),
        "lot": explain.get("lot", ""),
        "scanned_lot": explain.get("scanned_lot", ""),
        "on_bill": explain.get("bill", ""),
        "other_return": explain.get("return", ""),
        "found": verdict.bill["parents"] if verdict.bill else 0,
    }


# Functions, so that each sentence is looked up in the language of the person who is told.
SENTENCES: dict[Result, Callable[[], str]] = {
    Result.PARENT_OPENED: lambda: _("{parent} is open: {count} of {limit}"),
    Result.LINKED: lambda: _("In {parent}: {count} of {limit}"),
    Result.LINKED_LAST: lambda: _("{parent} is full: {count} of {limit}. Scan the next sack."),
    Result.CLOSED: lambda: _("{parent} is closed with {count} of {limit}"),
    Result.MOVED: lambda: _("Moved from {other} to {parent}: {count} of {limit}"),
    Result.BILLED: lambda: _("{parent} is on bill {bill} with {count} of {limit}"),
    Result.UNBILLED: lambda: _("{parent} is off bill {bill}"),
    Result.LOOKED_UP: lambda: _("{bag} is registered"),
    Result.UNDONE: lambda: _("Taken back. {parent}: {count} of {limit}"),
    Result.ALREADY_HERE: lambda: _("Already in {parent} since {since}, by {by}. Still {count} of {limit}."),
    Result.ALREADY_BILLED_HERE: lambda: _("{parent} is already on this bill. It counts once."),
    Result.NEED_PARENT: lambda: _("No sack is open. Scan the sack first, then this packet again."),
    Result.IN_OTHER_PARENT: lambda: _("In {other} since {since}, by {by}. Move it here, or leave it there."),
    Result.UNREADABLE: lambda: _("Not read as a bag code. Nothing was changed. Scan it again."),
    Result.NOT_ALLOWED: lambda: _("You may not do this. Nothing was changed. Ask a biller or an admin."),
    Result.UNKNOWN: lambda: _("Not registered here. Nothing was changed. Check the code."),
    Result.WRONG_KIND: lambda: _("{bag} is the wrong kind of bag for this. Nothing was changed."),
    Result.LOT_DIFFERS: lambda: _(
        "{bag} is registered with lot {lot}, this label says {scanned_lot}. Put it aside and tell an admin."
    ),
    Result.PARENT_BILLED: lambda: _("{parent} is on bill {on_bill}: it takes no more. Scan another sack."),
    Result.PARENT_FULL: lambda: _("{parent} is full: {count} of {limit}. Scan the next sack."),
    Result.PARENT_CLOSED: lambda: _("{parent} is closed with {count} of {limit}. Scan another sack."),
    Result.PARENT_EMPTY: lambda: _("{parent} is empty. Put at least one packet in first."),
    Result.BILL_FINAL: lambda: _(
        "Bill {bill} is finished: nothing on it can change. Ask a biller to reopen it."
    ),
    Result.ON_OTHER_BILL: lambda: _("{parent} is on bill {on_bill}. Take it off there first."),
    Result.NOT_ON_BILL: lambda: _("{parent} is not on this bill. Nothing was changed."),
    Result.RETURNED: lambda: _("{parent} came back from bill {on_bill}: on return {bill}"),
    Result.UNRETURNED: lambda: _("{parent} is off return {bill}"),
    Result.ALREADY_RETURNED_HERE: lambda: _("{parent} is already on this return. It counts once."),
    Result.RETURN_FINAL: lambda: _("Return {bill} is finished: nothing on it can change."),
    Result.NOT_DISPATCHED: lambda: _("{parent} is on no completed bill, so it cannot come back from one."),
    Result.ON_OTHER_RETURN: lambda: _("{parent} is on return {other_return}. Take it off there first."),
    Result.NOT_ON_RETURN: lambda: _("{parent} is not on this return. Nothing was changed."),
    Result.RECOUNT_OPENED: lambda: _("{parent} is being counted. Counted so far: {found}. Scan its packets."),
    Result.COUNTED: lambda: _("Counted so far: {found}."),
    Result.ALREADY_COUNTED: lambda: _(
        "This packet was counted before. It counts once. Counted so far: {found}."
    ),
    Result.NOT_COUNTING: lambda: _("{parent} is not being counted now. Scan the sack to begin."),
    Result.RECOUNT_FULL: lambda: _("No sack holds more than {found} packets. Scan TT-DONE."),
    Result.NOTHING_TO_UNDO: lambda: _("There is nothing to take back."),
    Result.UNDO_NOT_YOURS: lambda: _("This was scanned by somebody else. Only they can take it back."),
    Result.UNDO_TOO_LATE: lambda: _("Too late to take this back. Ask a biller or an admin."),
    Result.UNDO_SUPERSEDED: lambda: _("This cannot be taken back any more: things have changed since."),
    Result.KEY_REUSED: lambda: _(
        "This scan's key was used for another scan. Nothing was changed. Scan again."
    ),
}
