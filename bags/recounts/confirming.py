"""A parent that a conflict made doubtful is counted by a person, who says so."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.operators import Operator
from audit.actions import Action
from audit.database import database_now
from audit.log import Entry, record
from bags.models import Bag
from bags.scanning.codes import clean


class RecountRefused(Exception):
    """The flag stays as it is: nothing was changed. `code` is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@transaction.atomic
def confirm_count(*, code: str, reason: str, by: Operator) -> Bag:
    """Take the recount flag off a parent that was counted. Raises RecountRefused `not_allowed`,
    `reason_needed`, `unknown` or `not_needed`."""
    if not by.may_bill:
        raise RecountRefused("not_allowed", _("Only billers and admins say that a sack was counted."))
    if not reason.strip():
        raise RecountRefused(
            "reason_needed", _("Say what you found. The reason is kept. Nothing was changed.")
        )
    bag = None
    if "\0" not in code:
        bag = Bag.objects.parents().with_code(clean(code)).select_for_update().first()
    if bag is None:
        raise RecountRefused("unknown", _("There is no such sack."))
    if not bag.needs_recount:
        raise RecountRefused(
            "not_needed", _("{sack} needs no recount, or somebody was quicker.").format(sack=bag.qr_id)
        )
    bag.needs_recount = False
    bag.save(update_fields=["needs_recount"])
    entry = Entry(
        at=database_now(),
        action=Action.RECOUNTED,
        target_type="bag",
        target_id=str(bag.pk),
        target_label=bag.qr_id,
        before={"needs_recount": True},
        after={"needs_recount": False, "count": bag.child_count},
        reason=reason.strip(),
    )
    record(entry, signed=by.signature)
    return bag
