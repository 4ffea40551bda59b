"""What is not as it should be at this moment, each thing with its rows. Limits are the setting EXCEPTIONS.

open         sacks open still, whose first scan is more than `open_hours` ago
unbilled     sacks closed and on no bill, closed more than `unbilled_hours` ago (imported ones: registered)
short        sacks closed, on no completed bill, that miss more than `short_percent` of their full number
bills        bills not completed, with the first of their sacks put on more than `bill_days` days ago
conflicts    scans made offline that nobody has decided on
silent       devices that told of scans not sent yet or in need of attention, last seen more than
             `silent_minutes` ago
refused      devices of whose scans of the last 24 hours more than `refused_percent` per cent were not
             accepted (as in monitoring.reports.work), of at least `refused_scans` scans

Those that wait longest come first, ROWS of each; the number told is of all. A report that is asked for later
tells what is so then.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, F, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from bags.models import Bag, Device, Scan
from bags.scanning.results import SUCCESS
from billing.models import Bill, BillBag
from monitoring.reports.shape import Cell, Chart, Column, Report, Table

ROWS = 200
REFUSALS_OVER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class _Found:
    """`number` of all there are, `table` with the first ROWS of them."""

    number: int
    table: Table


def exception_report(*, reaches_devices: bool) -> Report:
    """All exceptions as they are now; `reaches_devices` says whether the reader may see a device's page."""
    now = timezone.now()
    found = [
        _open(now),
        _unbilled(now),
        _short(),
        _bills(now),
        _conflicts(),
        _silent(now, reaches_devices),
        _refused(now),
    ]
    return Report(
        name="exceptions",
        title=_("Exceptions"),
        about=_at(now),
        as_of=now,
        chart=Chart(
            title=_("Exceptions by kind"),
            labels=[one.table.title for one in found],
            values=[one.number for one in found],
        ),
        tables=[_overview(found), *(one.table for one in found)],
    )


def _overview(found: Sequence[_Found]) -> Table:
    columns = [Column("what", _("What"), is_number=False), Column("number", _("How many"))]
    return Table(
        "overview",
        _("All exceptions"),
        columns,
        [(one.table.title, one.number) for one in found],
        (_("Total"), sum(one.number for one in found)),
        addresses=[f"#table-{one.table.key}" for one in found],
    )


def _open(now: datetime) -> _Found:
    hours = settings.EXCEPTIONS["open_hours"]
    sacks = Bag.objects.parents().filter(state=Bag.State.OPEN, created_at__lt=now - timedelta(hours=hours))
    title = _("Sacks open for more than {hours} hours").format(hours=hours)
    return _sacks("open", title, sacks.annotate(since=F("created_at")))


def _unbilled(now: datetime) -> _Found:
    hours = settings.EXCEPTIONS["unbilled_hours"]
    sacks = _closed().filter(held_by="", since__lt=now - timedelta(hours=hours))
    return _sacks("unbilled", _("Closed for more than {hours} hours, not billed").format(hours=hours), sacks)


def _short() -> _Found:
    percent = settings.EXCEPTIONS["short_percent"]
    sacks = _closed().filter(held_final=False, child_count__lt=F("child_limit") * (100 - percent) / 100.0)
    return _sacks("short", _("Short by more than {percent} per cent").format(percent=percent), sacks)


def _closed() -> QuerySet[Any]:
    """Closed sacks with `since`, when that was."""
    closing = Scan.objects.filter(pk=OuterRef("closed_by_scan")).values("received_at")
    return (
        Bag.objects.parents()
        .filter(state=Bag.State.CLOSED)
        .annotate(since=Coalesce(Subquery(closing), F("created_at")))
    )


def _sacks(key: str, title: str, sacks: QuerySet[Any]) -> _Found:
    columns = [
        Column("sack", _("Sack"), is_number=False),
        Column("area", _("Area"), is_number=False),
        Column("since", _("Since"), is_number=False),
        Column("packets", _("Packets")),
        Column("full", _("Full number")),
        Column("bill", _("Bill"), is_number=False),
    ]
    found = sacks.order_by("since", "pk").values_list(
        "qr_id", "area__name", "since", "child_count", "child_limit", "held_by"
    )[:ROWS]
    rows = [(code, area or "", _at(since), *rest) for code, area, since, *rest in found]
    return _table(
        key, title, columns, rows, sacks.count(), (reverse("bag-detail", args=[r[0]]) for r in rows)
    )


def _bills(now: datetime) -> _Found:
    days = settings.EXCEPTIONS["bill_days"]
    lines = (
        BillBag.objects.filter(removed_at=None, bill__state=Bill.State.PROCESSING)
        .values("bill__number")
        .annotate(since=Min("added_at"), sacks=Count("pk"))
        .filter(since__lt=now - timedelta(days=days))
        .order_by("since")
    )
    found = list(lines.values_list("bill__number", "since", "sacks"))
    columns = [
        Column("bill", _("Bill"), is_number=False),
        Column("since", _("First sack put on"), is_number=False),
        Column("sacks", _("Sacks")),
    ]
    rows = [(number, _at(since), sacks) for number, since, sacks in found[:ROWS]]
    title = _("Bills not completed for more than {days} days").format(days=days)
    return _table(
        "bills", title, columns, rows, len(found), (reverse("bill-detail", args=[r[0]]) for r in rows)
    )


def _conflicts() -> _Found:
    conflicts = Scan.objects.open_conflicts()
    columns = [
        Column("read", _("As read"), is_number=False),
        Column("operator", _("Operator"), is_number=False),
        Column("since", _("Arrived"), is_number=False),
        Column("why", _("Reason"), is_number=False),
    ]
    found = conflicts.order_by("pk").values_list("raw", "operator__username", "received_at", "reason_code")[
        :ROWS
    ]
    rows = [(raw[:120] or "–", name, _at(at), why) for raw, name, at, why in found]
    desk = reverse("conflict-list")
    return _table("conflicts", _("Open conflicts"), columns, rows, conflicts.count(), [desk] * len(rows))


def _silent(now: datetime, reaches_devices: bool) -> _Found:
    minutes = settings.EXCEPTIONS["silent_minutes"]
    devices = Device.objects.filter(
        Q(unsent__gt=0) | Q(attention__gt=0), last_seen_at__lt=now - timedelta(minutes=minutes)
    ).select_related("last_operator")
    columns = [
        Column("device", _("Device"), is_number=False),
        Column("operator", _("Last operator"), is_number=False),
        Column("since", _("Last seen"), is_number=False),
        Column("unsent", _("Not sent yet")),
        Column("attention", _("Needs attention")),
    ]
    found = list(devices.order_by("last_seen_at")[:ROWS])
    rows = [
        (
            device.short_name,
            device.last_operator.username,
            _at(device.last_seen_at),
            device.unsent or 0,
            device.attention or 0,
        )
        for device in found
    ]
    title = _("Devices with unsent scans, silent for more than {minutes} minutes").format(minutes=minutes)
    pages = [reverse("device-detail", args=[one.pk]) if reaches_devices else "" for one in found]
    return _table("silent", title, columns, rows, devices.count(), pages)


def _refused(now: datetime) -> _Found:
    percent, least = settings.EXCEPTIONS["refused_percent"], settings.EXCEPTIONS["refused_scans"]
    start = now - REFUSALS_OVER
    devices = (
        Scan.objects.filter(received_at__gte=start, device__isnull=False)
        .values("device_id")
        .annotate(
            scans=Count("pk"), refused=Count("pk", filter=~Q(code__in=[code.value for code in SUCCESS]))
        )
        .filter(scans__gte=least, refused__gt=F("scans") * percent / 100.0)
        .order_by("-refused", "device_id")
    )
    found = list(devices.values_list("device_id", "scans", "refused"))
    columns = [
        Column("device", _("Device"), is_number=False),
        Column("scans", _("Scans")),
        Column("refused", _("Refused")),
        Column("percent", _("Per cent")),
    ]
    rows = [(str(name)[:8], scans, refused, refused * 100 // scans) for name, scans, refused in found[:ROWS]]
    title = _("Devices with more than {percent} per cent refused in 24 hours").format(percent=percent)
    files = [
        reverse("export-file", args=["scans", "csv"])
        + "?"
        + urlencode({"device": str(name), "from": start.isoformat(), "to": now.isoformat()})
        for name, _scans, _refused in found[:ROWS]
    ]
    return _table("refused", title, columns, rows, len(found), files)


def _table(
    key: str,
    title: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    number: int,
    addresses: Iterable[str],
) -> _Found:
    told = title
    if number > len(rows):
        told = _("{title} (the first {shown} of {number})").format(
            title=title, shown=len(rows), number=number
        )
    return _Found(number, Table(key, told, columns, rows, addresses=list(addresses)))


def _at(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "j M Y, H:i")
