"""The numbers of the dashboard, as one operator may see them."""

from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from accounts.operators import Operator
from bags.models import Bag, Scan
from bags.scanning.results import SUCCESS
from billing.models import Bill


def dashboard_numbers(operator: Operator) -> dict[str, Any]:
    """Bags, open parents and today's scans; bills by state and open conflicts for those who may see
    bills, else None.

    "Today" is the day in the setting TIME_ZONE.
    """
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    bags = Bag.objects.visible_to(operator).aggregate(
        parents=Count("pk", filter=Q(kind=Bag.Kind.PARENT)),
        children=Count("pk", filter=Q(kind=Bag.Kind.CHILD)),
        open=Count("pk", filter=Q(state=Bag.State.OPEN)),
    )
    scans = Scan.objects.filter(received_at__gte=today)
    if not operator.sees_all:
        scans = scans.filter(operator_id=operator.id)
    counts = scans.aggregate(all=Count("pk"), accepted=Count("pk", filter=Q(code__in=SUCCESS)))
    return {
        "bags_parents": bags["parents"],
        "bags_children": bags["children"],
        "open_parents": bags["open"],
        "scans_today": counts["all"],
        "accepted_today": counts["accepted"],
        "refused_today": counts["all"] - counts["accepted"],
        "bills_by_state": _bills_by_state() if operator.may_bill else None,
        "open_conflicts": Scan.objects.open_conflicts().count() if operator.may_bill else None,
        "as_of": timezone.now(),
    }


def _bills_by_state() -> dict[str, int]:
    found = dict(Bill.objects.values_list("state").annotate(Count("pk")).order_by())
    return {state: found.get(state, 0) for state in Bill.State.values}
