"""What each dispatch area did over days, and what waits there now."""

from datetime import date

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from bags.models import Bag
from monitoring.reports.columns import work_table
from monitoring.reports.days import bounds, told_day, told_range
from monitoring.reports.shape import Chart, Column, Report, Table
from monitoring.reports.work import work_done

MEASURES = ("packets", "packed_kg", "sacks", "short_sacks", "billed", "dispatched", "dispatched_kg")


def area_report(first: date, last: date) -> Report:
    """By area and by day, and the sacks that wait in each area at this moment."""
    work = work_done(*bounds(first, last))
    days = {told_day(day): done for day, done in sorted(work.by_day.items())}
    areas = work_table("areas", _("Areas"), _("Area"), work.by_area, work.total, MEASURES)
    return Report(
        name="areas",
        title=_("Dispatch areas"),
        about=told_range(first, last),
        as_of=timezone.now(),
        chart=Chart(
            title=_("Dispatched kg, by area"),
            labels=[str(row[0]) for row in areas.rows],
            values=[float(row[-1] or 0) for row in areas.rows],
        ),
        tables=[
            areas,
            work_table("days", _("Days"), _("Day"), days, work.total, MEASURES),
            _waiting_table(),
        ],
    )


def _waiting_table() -> Table:
    """Sacks by where they stand now: open; closed and on no bill; on a bill that is not completed."""
    columns = [
        Column("name", _("Area"), is_number=False),
        Column("open", _("Open")),
        Column("unbilled", _("Closed, not billed")),
        Column("on_live_bill", _("On a bill in work")),
    ]
    held = ~Q(held_by="")
    rows = list(
        Bag.objects.parents()
        .filter(held_final=False)
        .values_list("area__name")
        .annotate(
            open=Count("pk", filter=Q(state=Bag.State.OPEN)),
            unbilled=Count("pk", filter=Q(state=Bag.State.CLOSED) & ~held),
            on_live_bill=Count("pk", filter=held),
        )
        .order_by("area__name")
    )
    sums = [sum(column) for column in list(zip(*rows, strict=True))[1:]] if rows else [0, 0, 0]
    told = [(name or _("none"), *counts) for name, *counts in rows]
    return Table("waiting", _("Sacks that wait now"), columns, told, (_("Total"), *sums))
