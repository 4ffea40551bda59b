"""Which reports go out by e-mail each day: at what hour, to whom, and what they say."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from urllib.parse import urljoin

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bags.sheets import CSV_TYPE
from monitoring.models import DayMail
from monitoring.reports.days import ONE_DAY
from monitoring.reports.days_work import day_summary
from monitoring.reports.exceptions import exception_report
from monitoring.reports.formats import PDF_TYPE, as_csv, as_pdf
from monitoring.reports.shape import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a mail tells: `report` as text and HTML, its addresses complete; `attached` says in words what the
    `file` is: its content, its kind and its content type."""

    subject: str
    report: Report
    attached: str
    file: tuple[bytes, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing:
    """A report that goes out each day. `name` is what it is called in the audit log and in file names;
    `setting` with _AT and _TO names its hour and its recipients; `day_of` tells the day of a mail from when
    it is due; `write` makes it, in the language that is active."""

    kind: DayMail.Kind
    name: str
    title: Promise
    about: Promise
    setting: str
    day_of: Callable[[datetime], date]
    write: Callable[[date], Letter]

    @property
    def at(self) -> time:
        found: time = getattr(settings, f"{self.setting}_AT")
        return found

    @property
    def to(self) -> Sequence[str]:
        found: Sequence[str] = getattr(settings, f"{self.setting}_TO")
        return found


def _finished_day(due_at: datetime) -> date:
    """A summary before noon is about the day before."""
    day = timezone.localdate(due_at)
    return day if timezone.localtime(due_at).time() >= time(12) else day - ONE_DAY


def _day_letter(day: date) -> Letter:
    report = day_summary(day)
    total = {column.key: text for column, text in report.tables[0].shown_total}
    return Letter(
        subject=_("Day summary {day}: {packets} packets, {kg} kg dispatched").format(
            day=report.about, packets=total["packets"], kg=total["dispatched_kg"]
        ),
        report=report,
        attached=_("The same as a PDF is attached."),
        file=(as_pdf(report, printed_by="TraitorTrack"), "pdf", PDF_TYPE),
    )


def _exceptions_letter(_day: date) -> Letter:
    """How many there are of each kind when it is sent, and where their rows are; in the file the rows too."""
    report = exception_report(reaches_devices=False)
    overview, *_rest = report.tables
    page = settings.PUBLIC_URL + reverse("report", args=["exceptions"])
    ways = [
        urljoin(page, way) if number else ""
        for (_what, number), way in zip(overview.rows, overview.addresses, strict=True)
    ]
    return Letter(
        subject=_("Exceptions {at}: {number} to look at").format(
            at=report.about, number=sum(report.chart.values)
        ),
        report=replace(report, tables=[replace(overview, addresses=ways)]),
        attached=_("Their rows are attached as a CSV file."),
        file=(as_csv(report), "csv", CSV_TYPE),
    )


MAILINGS: dict[str, Mailing] = {
    mailing.kind.value: mailing
    for mailing in (
        Mailing(
            kind=DayMail.Kind.DAY,
            name="day summary",
            title=gettext_lazy("Summary by e-mail"),
            about=gettext_lazy(
                "The e-mail at the end of the day: how it looks, who gets it, whether it was sent."
            ),
            setting="DAY_SUMMARY",
            day_of=_finished_day,
            write=_day_letter,
        ),
        Mailing(
            kind=DayMail.Kind.EXCEPTIONS,
            name="exception report",
            title=gettext_lazy("Exceptions by e-mail"),
            about=gettext_lazy("The e-mail each morning: how it looks, who gets it, whether it was sent."),
            setting="EXCEPTIONS",
            day_of=timezone.localdate,
            write=_exceptions_letter,
        ),
    )
}
