"""How work stands in tables and charts."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from monitoring.reports.shape import Cell, Chart, Column, Table
from monitoring.reports.work import Done, Work


def labels() -> dict[str, str]:
    """The heading of each measure of Done."""
    return {
        "scans": _("Scans"),
        "refused": _("Refused"),
        "undone": _("Undone"),
        "packets": _("Packets"),
        "packed_kg": _("Packed kg"),
        "sacks": _("Sacks packed"),
        "short_sacks": _("Short"),
        "billed": _("Sacks billed"),
        "dispatched": _("Sacks dispatched"),
        "dispatched_kg": _("Dispatched kg"),
    }


def work_table(
    key: str,
    title: str,
    label: str,
    cut: Mapping[str | None, Done] | Mapping[str, Done],
    total: Done,
    measures: Sequence[str],
) -> Table:
    """A row for each part of the cut that has one of the measures; `label` heads the parts' names."""
    names = labels()
    columns = [Column("name", label, is_number=False), *(Column(name, names[name]) for name in measures)]
    figures = [(name, _figures(done, measures)) for name, done in cut.items()]
    rows = [(name or _("none"), *row) for name, row in figures if any(row)]
    return Table(key, title, columns, rows, (_("Total"), *_figures(total, measures)))


def _figures(done: Done, measures: Sequence[str]) -> tuple[Cell, ...]:
    return tuple(getattr(done, name) for name in measures)


def hours_chart(work: Work, title: str) -> Chart:
    nothing = Done()
    packets = [work.by_hour.get(hour, nothing).packets for hour in range(24)]
    return Chart(title=title, labels=[f"{hour:02}" for hour in range(24)], values=packets)
