"""Recounts as their pages show them. Of one that goes on nobody is told what is expected."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Prefetch, QuerySet

from accounts.operators import Operator
from accounts.paging import keyset_page
from bags.recounts.models import Recount, RecountDecision, RecountLine, RecountQuerySet

PAGE = 50
TO_DECIDE_SHOWN = 50
Outcome = RecountLine.Outcome


def list_recounts(operator: Operator, filters: Mapping[str, Any], *, after: str | None) -> dict[str, Any]:
    """A page of the recounts that exist for the operator, newest first; three statements at most."""
    rows = recounts_asked(operator, filters).select_related("sack", "started_by", "ended_by")
    return keyset_page(rows, after=after, limit=PAGE, describe=lambda recount: {"recount": recount})


def recounts_asked(operator: Operator, filters: Mapping[str, Any]) -> RecountQuerySet:
    rows = Recount.objects.visible_to(operator)
    if filters.get("show") == "open":
        return rows.open()
    if filters.get("show") == "differences":
        return rows.with_differences()
    return rows.to_decide() if filters.get("show") == "undecided" else rows


def to_decide() -> QuerySet[Recount]:
    """For the desk."""
    rows = Recount.objects.to_decide().select_related("sack", "ended_by")
    return rows.order_by("-pk")[:TO_DECIDE_SHOWN]


def find_recount(recount_id: int, operator: Operator) -> Recount | None:
    rows = Recount.objects.visible_to(operator)
    people = ("sack", "started_by", "ended_by", "overtaken_by")
    return rows.select_related(*people).filter(pk=recount_id).first()


def board(recount: Recount, operator: Operator) -> dict[str, Any]:
    """What was found and what was not. Of an open one only how many were counted: it stays blind. A packet
    that is recorded out of the operator's sight is one that is not known here."""
    lines = recount.lines.filter(taken_back_at=None)
    if recount.state != Recount.State.FINISHED:
        return {"counted": lines.count()}
    made = RecountDecision.objects.select_related("decided_by", "undone_by").order_by("-pk")
    told = lines.select_related("bag", "link__parent").order_by("code")
    by_outcome: dict[str, list[dict[str, Any]]] = {outcome: [] for outcome in Outcome.values}
    for line in told.prefetch_related(Prefetch("decisions", made)):
        by_outcome[line.outcome].append(_row(line, operator))
    return by_outcome


def _row(line: RecountLine, operator: Operator) -> dict[str, Any]:
    decisions = list(line.decisions.all())
    standing = next((made for made in decisions if made.undone_at is None), None)
    return {
        "line": line,
        "is_known": line.bag is not None and _sees(operator, line),
        "elsewhere": line.link.parent.qr_id if line.link and _sees(operator, line) else None,
        "decisions": decisions,
        "is_open": standing is None,
    }


def _sees(operator: Operator, line: RecountLine) -> bool:
    areas = [bag.area_id for bag in (line.bag, line.link.parent if line.link else None) if bag]
    return operator.sees_all or all(area == operator.area for area in areas)
