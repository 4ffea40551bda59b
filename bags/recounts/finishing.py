"""How a recount ends: it is set beside what is recorded, or it is given up. Nothing else changes."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models.functions import Trim, Upper
from django.utils.translation import gettext as _

from accounts.operators import Operator
from audit.actions import Action
from audit.database import database_now
from audit.log import Entry, record
from bags.holding import lock
from bags.models import Bag, Link
from bags.recounts.confirming import RecountRefused
from bags.recounts.models import Recount, RecountLine

Outcome = RecountLine.Outcome


@transaction.atomic
def finish_recount(*, recount_id: int, by: Operator) -> Recount:
    """Everything is counted: what was found stands beside what is recorded now. Older recounts of the sack
    are overtaken. A finished one stays as it is. Raises RecountRefused `unknown` or `dropped`."""
    recount = _lock(recount_id, by)
    if recount.state == Recount.State.FINISHED:
        return recount
    _assert_not_dropped(recount)
    recorded = {link.code: link for link in _open_links().filter(parent=recount.sack_id)}
    counted = list(recount.lines.filter(taken_back_at=None).order_by("pk"))
    _judge(counted, recorded)
    missing = _missing(recount, recorded, {line.code for line in counted})
    recount.found = sum(line.outcome == Outcome.FOUND for line in counted)
    recount.expected = len(recorded)
    recount.differences = recount.undecided = len(counted) - recount.found + len(missing)
    RecountLine.objects.bulk_update(counted, ["bag", "outcome", "link"])
    RecountLine.objects.bulk_create(missing)
    older = Recount.objects.filter(sack=recount.sack_id, state=Recount.State.FINISHED, overtaken_by=None)
    older.update(overtaken_by=recount)
    figures = {
        "expected": recount.expected,
        "found": recount.found,
        "missing": len(missing),
        "unexpected": len(counted) - recount.found,
    }
    return _end(recount, Recount.State.FINISHED, Action.RECOUNT_FINISHED, by, figures)


@transaction.atomic
def drop_recount(*, recount_id: int, by: Operator) -> Recount:
    """It is not to go on: begun by mistake, or left lying. Raises RecountRefused `unknown`, `dropped` or
    `finished`."""
    recount = _lock(recount_id, by)
    _assert_not_dropped(recount)
    if recount.state == Recount.State.FINISHED:
        raise RecountRefused("finished", _("This recount is finished. Nothing was changed."))
    return _end(recount, Recount.State.DROPPED, Action.RECOUNT_DROPPED, by, {})


def _lock(recount_id: int, by: Operator) -> Recount:
    """The recount, and all others of its sack, in id order; then the sack. A line that is counted meanwhile
    waits for the sack: its key to the recount is left free."""
    recount = Recount.objects.visible_to(by).filter(pk=recount_id).first()
    if recount is None:
        raise RecountRefused("unknown", _("There is no such recount."))
    of_sack = Recount.objects.filter(sack=recount.sack_id).order_by("pk")
    rows = {row.pk: row for row in of_sack.select_for_update(no_key=True)}
    lock([recount.sack_id])
    return rows[recount.pk]


def _assert_not_dropped(recount: Recount) -> None:
    if recount.state == Recount.State.DROPPED:
        raise RecountRefused("dropped", _("This recount was given up. Nothing was changed."))


def _open_links() -> Any:
    links = Link.objects.filter(unlinked_at=None)
    return links.annotate(code=Upper(Trim("child__qr_id")))


def _judge(counted: Iterable[RecountLine], recorded: dict[str, Link]) -> None:
    """Each packet that was counted: here, or not, and where it is recorded then."""
    elsewhere = {line.code for line in counted} - recorded.keys()
    found = Bag.objects.annotate(cleaned=Upper(Trim("qr_id"))).filter(cleaned__in=elsewhere)
    bags = dict(found.values_list("cleaned", "pk"))
    links = {link.child_id: link for link in _open_links().filter(child__in=bags.values())}
    for line in counted:
        line.link = recorded.get(line.code) or links.get(bags.get(line.code, 0))
        line.bag_id = line.link.child_id if line.link else bags.get(line.code)
        line.outcome = Outcome.FOUND if line.code in recorded else Outcome.UNEXPECTED


def _missing(recount: Recount, recorded: dict[str, Link], counted: set[str]) -> list[RecountLine]:
    return [
        RecountLine(recount=recount, code=code, bag_id=link.child_id, outcome=Outcome.MISSING, link=link)
        for code, link in recorded.items()
        if code not in counted
    ]


def _end(recount: Recount, state: str, action: Action, by: Operator, figures: dict[str, int]) -> Recount:
    before = {"state": recount.state}
    recount.state, recount.ended_at, recount.ended_by_id = state, database_now(), by.id
    recount.save()
    entry = Entry(
        at=recount.ended_at,
        action=action,
        target_type="recount",
        target_id=str(recount.pk),
        target_label=recount.sack.qr_id,
        before=before,
        after={"state": state, **figures},
    )
    record(entry, signed=by.signature)
    return recount
