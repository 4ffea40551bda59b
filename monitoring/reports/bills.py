"""The bills of a stretch of days.

A bill counts on the day of its completion; one that is not completed, on the day that it was made.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from billing import reading
from billing.models import Bill
from monitoring.reports.days import bounds, days_between, told_day, told_range, told_shortly
from monitoring.reports.shape import Cell, Chart, Column, Report, Table

FIGURES = ("parents", "children", "actual_kg", "expected_kg", "variance_kg")


def bill_summary(first: date, last: date) -> Report:
    """The bills from day to day, by state, by day and one by one."""
    bills = bills_of(first, last)
    completed = [bill for bill in bills if bill["state"] == Bill.State.COMPLETED]
    days = days_between(first, last)
    kg = _by_day(completed)
    return Report(
        name="bills",
        title=_("Bill summary"),
        about=told_range(first, last),
        as_of=timezone.now(),
        chart=Chart(
            title=_("Completed bills, kg by day"),
            labels=[told_shortly(day) for day in days],
            values=[float(sum((bill["actual_kg"] for bill in kg[day]), Decimal(0))) for day in days],
        ),
        tables=[state_table(bills), _day_table(bills), _bill_table(bills)],
    )


def bills_of(first: date, last: date) -> list[dict[str, Any]]:
    """The bills that count on these days, in order, as reading.bill_facts tells them but with numbers, and
    `day`, the day on which each counts."""
    start, end = bounds(first, last)
    rows = Bill.objects.alias(counts_at=Coalesce("completed_at", "created_at"))
    rows = rows.filter(counts_at__gte=start, counts_at__lt=end).order_by("counts_at", "pk")
    return [
        {
            **facts,
            **{name: Decimal(facts[name]) for name in ("actual_kg", "expected_kg", "variance_kg")},
            "day": timezone.localdate(facts["completed_at"] or facts["created_at"]),
        }
        for facts in reading.facts_of(rows)
    ]


def state_table(bills: Iterable[dict[str, Any]]) -> Table:
    by_state = defaultdict(list)
    for bill in bills:
        by_state[bill["state"]].append(bill)
    rows = [
        (str(state.label), *_sums(by_state[state.value])) for state in Bill.State if by_state[state.value]
    ]
    return Table("bill_states", _("Bills by state"), _columns("state", _("State")), rows, _total(rows))


def _day_table(bills: list[dict[str, Any]]) -> Table:
    rows = [(told_day(day), *_sums(of_day)) for day, of_day in sorted(_by_day(bills).items())]
    return Table("bill_days", _("Bills by day"), _columns("day", _("Day")), rows, _total(rows))


def _bill_table(bills: list[dict[str, Any]]) -> Table:
    columns = [
        Column("number", _("Bill"), is_number=False),
        Column("state", _("State"), is_number=False),
        Column("day", _("Day"), is_number=False),
        Column("destination", _("Destination"), is_number=False),
        *_columns("", "")[2:],
        Column("measured_kg", _("Measured kg")),
    ]
    rows: list[tuple[Cell, ...]] = [
        (
            bill["number"],
            str(Bill.State(bill["state"]).label),
            told_day(bill["day"]),
            bill["destination"],
            *(bill[name] for name in FIGURES),
            None if bill["measured_weight_kg"] is None else Decimal(bill["measured_weight_kg"]),
        )
        for bill in bills
    ]
    total = (_("Total"), "", "", "", *_sums(bills)[1:], None) if bills else None
    return Table("bills", _("Bills"), columns, rows, total)


def _columns(key: str, label: str) -> list[Column]:
    return [
        Column(key, label, is_number=False),
        Column("bills", _("Bills")),
        Column("sacks", _("Sacks")),
        Column("packets", _("Packets")),
        Column("actual_kg", _("Actual kg")),
        Column("expected_kg", _("Expected kg")),
        Column("variance_kg", _("Difference kg")),
    ]


def _sums(bills: list[dict[str, Any]]) -> tuple[Any, ...]:
    return (len(bills), *(sum(bill[name] for bill in bills) for name in FIGURES))


def _total(rows: list[tuple[Any, ...]]) -> tuple[Any, ...] | None:
    figures = [sum(column) for column in list(zip(*rows, strict=True))[1:]]
    return (_("Total"), *figures) if rows else None


def _by_day(bills: list[dict[str, Any]]) -> dict[date, list[dict[str, Any]]]:
    found = defaultdict(list)
    for bill in bills:
        found[bill["day"]].append(bill)
    return found
