"""The reports of a day's work: the warehouse's, and one operator's own."""

from datetime import date, datetime

from django.db.models import F, OuterRef, Subquery
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.api import not_allowed, not_found
from accounts.models import User
from accounts.operators import Operator
from bags.models import Bag, Scan
from monitoring.reports.bills import bills_of, state_table
from monitoring.reports.columns import hours_chart, work_table
from monitoring.reports.days import bounds, told_day
from monitoring.reports.shape import Column, Report, Table
from monitoring.reports.work import work_done

SACK_MEASURES = ("packets", "packed_kg", "sacks", "short_sacks", "billed", "dispatched", "dispatched_kg")


def day_summary(day: date) -> Report:
    """What the whole warehouse did on a day, by area, operator, bill state and product."""
    work = work_done(*bounds(day, day))
    measures = ("scans", "refused", "undone", *SACK_MEASURES)
    return Report(
        name="day",
        title=_("Day summary"),
        about=told_day(day),
        as_of=timezone.now(),
        chart=hours_chart(work, _("Packets packed, by hour")),
        tables=[
            work_table("areas", _("Areas"), _("Area"), work.by_area, work.total, measures),
            work_table("operators", _("Operators"), _("Operator"), work.by_operator, work.total, measures),
            state_table(bills_of(day, day)),
            # A scan that found no sack belongs to no product, so scans are not told here.
            work_table("products", _("Products"), _("Product"), work.by_product, work.total, SACK_MEASURES),
        ],
    )


def own_day(day: date, *, name: str | None, viewer: Operator) -> Report:
    """What the operator of a name did on a day, or the viewer. Raises ApiError 403 for somebody else's day
    when the viewer sees only their own, 404 for a name that nobody has."""
    person = _whose(name, viewer)
    start, end = bounds(day, day)
    work = work_done(start, end, operator_id=person.pk)
    measures = ("scans", "refused", "undone", "packets", "packed_kg", "sacks", "short_sacks", "billed")
    hours = {f"{hour:02}:00": done for hour, done in sorted(work.by_hour.items())}
    return Report(
        name="own",
        title=_("Own day"),
        about=_("{name}, {day}").format(name=person.username, day=told_day(day)),
        as_of=timezone.now(),
        chart=hours_chart(work, _("Packets packed, by hour")),
        tables=[
            work_table("hours", _("Hours"), _("Hour"), hours, work.total, measures),
            work_table(
                "products", _("Products"), _("Product"), work.by_product, work.total, SACK_MEASURES[:5]
            ),
            _sack_table(person.pk, start, end),
        ],
    )


def _whose(name: str | None, viewer: Operator) -> User:
    if not name or name.casefold() == viewer.name.casefold():
        return User.objects.get(pk=viewer.id)
    if not viewer.sees_all:
        raise not_allowed()
    found = User.objects.filter(username__iexact=name).first()
    if found is None:
        raise not_found()
    return found


def _sack_table(operator_id: int, start: datetime, end: datetime) -> Table:
    """The sacks that count as packed by the operator, in the order in which they were closed."""
    closing = Scan.objects.filter(operator_id=operator_id, received_at__gte=start, received_at__lt=end)
    sacks = (
        Bag.objects.parents()
        .filter(state=Bag.State.CLOSED, closed_by_scan__in=closing.values("pk"))
        .annotate(
            kg=F("child_count") * F("product__kg_per_child"),
            closed_at=Subquery(Scan.objects.filter(pk=OuterRef("closed_by_scan")).values("received_at")),
        )
        .order_by("closed_by_scan")
        .values_list("closed_at", "qr_id", "product__name", "child_count", "child_limit", "kg")
    )
    rows = [
        (
            code,
            product,
            date_format(timezone.localtime(closed_at), "H:i"),
            count,
            kg,
            _("Short") if count < limit else "",
        )
        for closed_at, code, product, count, limit, kg in sacks
    ]
    columns = [
        Column("sack", _("Sack"), is_number=False),
        Column("product", _("Product"), is_number=False),
        Column("closed", _("Closed"), is_number=False),
        Column("packets", _("Packets")),
        Column("kg", _("kg")),
        Column("short", _("Short"), is_number=False),
    ]
    total = (_("Total"), "", "", sum(row[3] for row in rows), sum(row[4] for row in rows), "")
    return Table("sacks", _("Sacks packed"), columns, rows, total if rows else None)
