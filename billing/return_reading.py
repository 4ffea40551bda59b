"""What is known of returns, as pages and the JSON interface tell it."""

from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts.paging import keyset_page
from billing.models import Bill, Return, ReturnLine

_OPEN = Q(lines__removed_at=None)


def _with_totals(returns: QuerySet[Return]) -> QuerySet[Return]:
    """Adds parents, children and weight_kg over the open lines."""
    return returns.select_related("created_by", "committed_by").annotate(
        parents=Count("lines", filter=_OPEN),
        children=Coalesce(Sum("lines__child_count", filter=_OPEN), 0),
        weight_kg=Coalesce(Sum("lines__weight_kg", filter=_OPEN), Decimal(0)),
    )


def list_returns(filters: dict[str, Any], *, after: str | None, limit: int) -> dict[str, Any]:
    """A page of returns as GET /api/v1/returns takes and tells them."""
    names = {"state": "state", "area": "area_id", "from": "created_at__gte", "to": "created_at__lt"}
    rows = Return.objects.filter(
        **{field: filters[name] for name, field in names.items() if filters.get(name)}
    )
    if filters.get("bill"):
        bills = Bill.objects.with_number(filters["bill"])
        rows = rows.filter(pk__in=ReturnLine.objects.filter(bill_line__bill__in=bills).values("ticket"))
    page = keyset_page(rows, after=after, limit=limit, describe=lambda ticket: {"id": ticket.pk})
    ids = [row["id"] for row in page["results"]]
    totals = {ticket.pk: return_facts(ticket) for ticket in _with_totals(Return.objects.filter(pk__in=ids))}
    return {**page, "results": [totals[pk] for pk in ids]}


def find_return(number: str) -> Return | None:
    """The return of a number, in any letter case, with its totals."""
    if "\0" in number:
        return None
    return _with_totals(Return.objects.filter(number=number.upper())).first()


def return_facts(ticket: Any) -> dict[str, Any]:
    """The return without its lines; weights in kg as decimal strings."""
    return {
        "number": ticket.number,
        "state": ticket.state,
        "area": ticket.area_id,
        "notes": ticket.notes,
        "parents": ticket.parents,
        "children": ticket.children,
        "weight_kg": f"{ticket.weight_kg:.3f}",
        "created_by": ticket.created_by.username,
        "created_at": ticket.created_at,
        "committed_by": ticket.committed_by.username if ticket.committed_by else None,
        "committed_at": ticket.committed_at,
    }


def return_detail(ticket: Any) -> dict[str, Any]:
    """The return with all its open lines."""
    return {**return_facts(ticket), "lines": _lines(ReturnLine.objects.filter(ticket=ticket))}


def came_back(bill: Bill) -> dict[str, Any]:
    """What committed returns brought back from a bill: {"lines", "parents", "children", "weight_kg"}."""
    lines = _lines(ReturnLine.objects.filter(bill_line__bill=bill, ticket__state=Return.State.COMMITTED))
    weight = sum((Decimal(line["weight_kg"]) for line in lines), Decimal(0))
    return {
        "lines": lines,
        "parents": len(lines),
        "children": sum(line["children"] for line in lines),
        "weight_kg": f"{weight:.3f}",
    }


def _lines(lines: QuerySet[ReturnLine]) -> list[dict[str, Any]]:
    columns = {
        "qr_id": "bag__qr_id",
        "product": "bag__product__name",
        "bill": "bill_line__bill__number",
        "return": "ticket__number",
        "children": "child_count",
        "weight_kg": "weight_kg",
        "added_by": "added_by__username",
        "added_at": "added_at",
    }
    rows = lines.filter(removed_at=None).order_by("added_at", "pk").values_list(*columns.values())
    told = [dict(zip(columns, row, strict=True)) for row in rows]
    return [{**line, "weight_kg": f"{line['weight_kg']:.3f}"} for line in told]
