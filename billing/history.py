"""What happened with a bill, in sentences: the audit entries of the bill and its lines, newest first."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from accounts.paging import keyset_page
from audit.actions import Action
from audit.models import AuditLog
from billing.forms import EditBillForm
from billing.models import Bill

PAGE = 100


def bill_history(bill: Bill, *, after: str | None) -> dict[str, Any]:
    """A page of what happened, as keyset_page tells it; each {"at", "who", "what", "reason"}.

    Raises ApiError for a cursor that we did not make."""
    entries = AuditLog.objects.filter(target_type="bill", target_id=str(bill.pk))
    return keyset_page(entries, after=after, limit=PAGE, describe=_event)


def last_editor(bill: Bill) -> str:
    """Who changed the bill itself last: its name in the audit log."""
    own = (
        Action.BILL_CREATED,
        Action.BILL_EDITED,
        Action.BILL_COMPLETED,
        Action.BILL_REOPENED,
        Action.BILL_CANCELLED,
    )
    entries = AuditLog.objects.filter(target_type="bill", target_id=str(bill.pk), action__in=own)
    return entries.order_by("-pk").values_list("actor", flat=True)[0]


def _event(entry: AuditLog) -> dict[str, Any]:
    sentence = _SENTENCES.get(entry.action)
    what = sentence(entry.before or {}, entry.after or {}) if sentence else entry.action.replace("_", " ")
    return {"at": entry.at, "who": entry.actor, "what": what, "reason": entry.reason}


Facts = dict[str, Any]


def _edited(before: Facts, after: Facts) -> str:
    changes = [
        _("{field}: {before} → {after}").format(
            field=EditBillForm.base_fields[name].label,
            before=_value(before.get(name)),
            after=_value(value),
        )
        for name, value in after.items()
    ]
    return _("Changed. {changes}").format(changes="; ".join(changes))


def _value(value: Any) -> str:
    return _("nothing") if value in (None, "") else f"“{value}”"


# Functions, so that each sentence is looked up in the language of its reader.
_SENTENCES: dict[str, Callable[[Facts, Facts], str]] = {
    Action.BILL_CREATED: lambda _before, _after: _("Bill made."),
    Action.BILL_EDITED: _edited,
    Action.BILL_COMPLETED: lambda _before, after: _("Completed: {parents} sacks, {actual_kg} kg.").format(
        **after
    ),
    Action.BILL_REOPENED: lambda before, _after: _(
        "Reopened. It had been completed with {actual_kg} kg."
    ).format(**before),
    Action.BILL_CANCELLED: lambda _before, after: _("Cancelled. {parents} sacks were set free.").format(
        **after
    ),
    Action.PARENT_BILLED: lambda _before, after: _("{parent} put on, with {count} packets.").format(**after),
    Action.PARENT_RETURNED: lambda _before, after: _(
        "{parent} came back with return {return}: {count} packets, {weight_kg} kg. The bill's figures stay."
    ).format(**after),
    Action.PARENT_RETURN_CANCELLED: lambda before, _after: _(
        "Return {return} was cancelled: {parent} is on this bill again."
    ).format(**before),
    Action.PARENT_UNBILLED: lambda before, _after: _("{parent} taken off, with {count} packets.").format(
        **before
    ),
}
