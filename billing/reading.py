"""What is known of bills, as pages and the JSON interface tell it."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts.paging import keyset_page
from billing.models import Bill

_OPEN = Q(lines__removed_at=None)
_NO_KG = Decimal(0)


def with_totals(bills: QuerySet[Bill]) -> QuerySet[Bill]:
    """Adds parents, children, live_kg and full_kg over the open lines."""
    kg = F("lines__bag__product__kg_per_child")
    count = Coalesce("lines__child_count", "lines__bag__child_count")
    return bills.select_related("created_by", "completed_by").annotate(
        parents=Count("lines", filter=_OPEN),
        children=Coalesce(Sum(count, filter=_OPEN), 0),
        live_kg=Coalesce(Sum(F("lines__bag__child_count") * kg, filter=_OPEN), _NO_KG),
        full_kg=Coalesce(Sum(F("lines__bag__child_limit") * kg, filter=_OPEN), _NO_KG),
    )


def bills_asked(filters: Mapping[str, Any]) -> QuerySet[Bill]:
    """All bills of which `list_bills` shows a page."""
    names = {
        "state": "state",
        "created_by": "created_by__username__iexact",
        "from": "created_at__gte",
        "to": "created_at__lt",
    }
    rows = Bill.objects.filter(**{field: filters[name] for name, field in names.items() if filters.get(name)})
    if q := filters.get("q"):
        rows = rows.filter(
            Q(number__icontains=q) | Q(destination__icontains=q) | Q(vehicle_number__icontains=q)
        )
    return rows


def list_bills(filters: Mapping[str, Any], *, after: str | None, limit: int) -> dict[str, Any]:
    """A page of bills as GET /api/v1/bills takes and tells them."""
    rows = bills_asked(filters)
    page = keyset_page(rows, after=after, limit=limit, describe=lambda bill: {"id": bill.pk})
    ids = [row["id"] for row in page["results"]]
    totals = {bill.pk: bill_facts(bill) for bill in with_totals(Bill.objects.filter(pk__in=ids))}
    return {**page, "results": [totals[pk] for pk in ids]}


def find_bill(number: str) -> Bill | None:
    """The bill of a number, with its totals."""
    return with_totals(Bill.objects.with_number(number)).first() if "\0" not in number else None


def facts_of(bills: QuerySet[Bill]) -> list[dict[str, Any]]:
    """The facts of each bill, in the order given."""
    return [bill_facts(bill) for bill in with_totals(bills)]


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
    rows = bill.lines.filter(removed_at=None).order_by("added_at", "pk").values_list(*_LINE)
    return {**bill_facts(bill), "lines": [_line(*row) for row in rows]}


# Plain values: five hundred lines as model instances take three times as long.
_LINE = (
    "bag__qr_id",
    "bag__child_count",
    "bag__child_limit",
    "bag__needs_recount",
    "bag__product__name",
    "bag__product__kg_per_child",
    "child_count",
    "weight_kg",
    "added_by__username",
    "added_at",
)


def _line(
    qr_id: str,
    count: int,
    limit: int,
    needs_recount: bool,
    product: str,
    kg_per_child: Decimal,
    frozen_count: int | None,
    frozen_kg: Decimal | None,
    added_by: str,
    added_at: datetime,
) -> dict[str, Any]:
    children = count if frozen_count is None else frozen_count
    weight = children * kg_per_child if frozen_kg is None else frozen_kg
    return {
        "qr_id": qr_id,
        "product": product,
        "children": children,
        "weight_kg": f"{weight:.3f}",
        "short": children < limit,
        "needs_recount": needs_recount,
        "added_by": added_by,
        "added_at": added_at,
    }
