"""What is known of bills, as pages and the JSON interface tell it."""

from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts.paging import keyset_page
from billing.models import Bill, BillBag

_OPEN = Q(lines__removed_at=None)
_NO_KG = Decimal(0)


def _with_totals(bills: QuerySet[Bill]) -> QuerySet[Bill]:
    """Adds parents, children, live_kg and full_kg over the open lines."""
    kg = F("lines__bag__product__kg_per_child")
    count = Coalesce("lines__child_count", "lines__bag__child_count")
    return bills.select_related("created_by", "completed_by").annotate(
        parents=Count("lines", filter=_OPEN),
        children=Coalesce(Sum(count, filter=_OPEN), 0),
        live_kg=Coalesce(Sum(F("lines__bag__child_count") * kg, filter=_OPEN), _NO_KG),
        full_kg=Coalesce(Sum(F("lines__bag__child_limit") * kg, filter=_OPEN), _NO_KG),
    )


def list_bills(filters: dict[str, Any], *, after: str | None, limit: int) -> dict[str, Any]:
    """A page of bills as GET /api/v1/bills takes and tells them."""
    rows = Bill.objects.all()
    if filters.get("q"):
        rows = rows.filter(number__icontains=filters["q"])
    if filters.get("state"):
        rows = rows.filter(state=filters["state"])
    if filters.get("from"):
        rows = rows.filter(created_at__gte=filters["from"])
    if filters.get("to"):
        rows = rows.filter(created_at__lt=filters["to"])
    page = keyset_page(rows, after=after, limit=limit, describe=lambda bill: {"id": bill.pk})
    ids = [row["id"] for row in page["results"]]
    totals = {bill.pk: bill_facts(bill) for bill in _with_totals(Bill.objects.filter(pk__in=ids))}
    return {**page, "results": [totals[pk] for pk in ids]}


def find_bill(number: str) -> Bill | None:
    """The bill of a number, with its totals."""
    return _with_totals(Bill.objects.with_number(number)).first() if "\0" not in number else None


def bill_facts(bill: Any) -> dict[str, Any]:
    """The bill without its lines; weights in kg as decimal strings, frozen once it is completed."""
    actual = bill.live_kg if bill.actual_kg is None else bill.actual_kg
    expected = bill.full_kg if bill.expected_kg is None else bill.expected_kg
    return {
        "number": bill.number,
        "state": bill.state,
        "description": bill.description,
        "destination": bill.destination,
        "vehicle_number": bill.vehicle_number,
        "target": bill.target,
        "parents": bill.parents,
        "children": bill.children,
        "actual_kg": f"{actual:.3f}",
        "expected_kg": f"{expected:.3f}",
        "variance_kg": f"{actual - expected:.3f}",
        "measured_weight_kg": None if bill.measured_weight_kg is None else f"{bill.measured_weight_kg:.3f}",
        "version": bill.version,
        "created_by": bill.created_by.username,
        "created_at": bill.created_at,
        "completed_by": bill.completed_by.username if bill.completed_by else None,
        "completed_at": bill.completed_at,
    }


def bill_detail(bill: Any) -> dict[str, Any]:
    """The bill with all its open lines."""
    lines = bill.lines.filter(removed_at=None).select_related("bag__product", "added_by")
    return {**bill_facts(bill), "lines": [_line(line) for line in lines.order_by("added_at", "pk")]}


def _line(line: BillBag) -> dict[str, Any]:
    bag, product = line.bag, line.bag.product
    kg_per_child = product.kg_per_child if product else _NO_KG
    children = bag.child_count if line.child_count is None else line.child_count
    weight = children * kg_per_child if line.weight_kg is None else line.weight_kg
    return {
        "qr_id": bag.qr_id,
        "product": product.name if product else None,
        "children": children,
        "weight_kg": f"{weight:.3f}",
        "short": children < bag.child_limit,
        "needs_recount": bag.needs_recount,
        "added_by": line.added_by.username,
        "added_at": line.added_at,
    }
