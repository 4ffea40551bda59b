"""Which reports there are, and who may see them."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.api import not_allowed
from accounts.operators import Operator
from monitoring.reports.areas import area_report
from monitoring.reports.asking import Asked
from monitoring.reports.bills import bill_summary
from monitoring.reports.days_work import day_summary, own_day
from monitoring.reports.exceptions import exception_report
from monitoring.reports.shape import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of report. `asks` names the fields of Asked that it heeds."""

    name: str
    title: Promise
    about: Promise
    asks: tuple[str, ...]
    is_for_all: bool = False
    make: Callable[[Asked, Operator], Report]


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            name="day",
            title=_("Day summary"),
            about=_("What the whole warehouse did on a day: by area, operator, bill state and product."),
            asks=("day",),
            make=lambda asked, _viewer: day_summary(asked.the_day),
        ),
        Kind(
            name="bills",
            title=_("Bill summary"),
            about=_("The bills of some days: by state, by day and one by one."),
            asks=("from", "to"),
            make=lambda asked, _viewer: bill_summary(asked.first, asked.last),
        ),
        Kind(
            name="areas",
            title=_("Dispatch areas"),
            about=_("What each area packed, billed and dispatched, and which sacks wait there now."),
            asks=("from", "to"),
            make=lambda asked, _viewer: area_report(asked.first, asked.last),
        ),
        Kind(
            name="own",
            title=_("Own day"),
            about=_("What one operator did on a day, hour by hour."),
            asks=("day", "operator"),
            is_for_all=True,
            make=lambda asked, viewer: own_day(asked.the_day, name=asked.operator, viewer=viewer),
        ),
        Kind(
            name="exceptions",
            title=_("Exceptions"),
            about=_("What is not as it should be now: sacks, bills, conflicts, devices, refusals."),
            asks=(),
            make=lambda _asked, viewer: exception_report(reaches_devices=viewer.is_admin),
        ),
    )
}


def kinds_for(viewer: Operator) -> list[Kind]:
    return [kind for kind in KINDS.values() if kind.is_for_all or viewer.sees_all]


def make_report(*, name: str, asked: Asked, viewer: Operator) -> Report:
    """The report of a name in KINDS. Raises ApiError 403 for whom it is not."""
    kind = KINDS[name]
    if kind not in kinds_for(viewer):
        raise not_allowed()
    return kind.make(asked, viewer)
