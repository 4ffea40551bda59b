"""A bill as a paper to print, sign and send along with the lorry."""

from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from reportlab.lib.colors import black
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Spacer

from billing.models import Bill
from billing.papers.paper import GREY, LINE, Code, Paper

NONE = "–"


def bill_pdf(bill: dict[str, Any], *, printed_by: str) -> bytes:
    """`bill` as reading.bill_detail tells it. Whatever is not completed is marked so on every page."""
    title = _("Bill {number}").format(number=bill["number"])
    mark = _mark(bill)
    now = _when(timezone.now())
    paper = Paper(
        title=title,
        head=f"{title} · {mark}" if mark else title,
        foot=_("Printed {at} by {name}").format(at=now, name=printed_by),
    )
    return paper.build(lambda paper: _story(paper, bill, mark))


def _mark(bill: dict[str, Any]) -> str:
    """What a bill that is no final document says of itself, on every page."""
    return {
        Bill.State.DRAFT.value: _("DRAFT – not a final bill"),
        Bill.State.PROCESSING.value: _("IN WORK – not a final bill"),
        Bill.State.CANCELLED.value: _("CANCELLED – not valid"),
    }.get(bill["state"], "")


def _story(paper: Paper, bill: dict[str, Any], mark: str) -> list[Flowable]:
    name = [paper.words(_("Bill"), colour=GREY), paper.words(bill["number"], size=22, bold=True)]
    marked = [[paper.words(mark, size=12, bold=True, align="centre")]]
    return [
        paper.grid([[name, Code(bill["number"], 32 * mm)]], [148, 32]),
        *([paper.grid(marked, [1], BOX), Spacer(0, 6)] if mark else []),
        _facts(paper, bill),
        Spacer(0, 8),
        _totals(paper, bill),
        Spacer(0, 8),
        _lines(paper, bill),
        Spacer(0, 8),
        KeepTogether([Spacer(0, 16 * mm), _signatures(paper)]),
    ]


BOX = [("BOX", (0, 0), (-1, -1), 1.5, black), ("BOTTOMPADDING", (0, 0), (-1, -1), 5)]


def _facts(paper: Paper, bill: dict[str, Any]) -> Flowable:
    facts = [
        (_("Date"), _when(bill["completed_at"] or bill["created_at"])),
        (_("Destination"), bill["destination"] or NONE),
        (_("Vehicle"), bill["vehicle_number"] or NONE),
        (_("Description"), bill["description"] or NONE),
        (_("State"), Bill.State(bill["state"]).label),
        (_("Made by"), bill["created_by"]),
        (_("Completed by"), bill["completed_by"] or NONE),
    ]
    rows = [[paper.words(label, colour=GREY), paper.words(fact, size=10)] for label, fact in facts]
    return paper.grid(rows, [30, 150])


def _totals(paper: Paper, bill: dict[str, Any]) -> Flowable:
    sacks = str(bill["parents"])
    if bill["target"]:
        sacks = _("{count} of {target}").format(count=sacks, target=bill["target"])
    short = sum(line["short"] for line in bill["lines"])
    figures = [
        (_("Sacks"), sacks),
        (_("Short sacks"), short),
        (_("Packets"), bill["children"]),
        (_("Actual kg"), bill["actual_kg"]),
        (_("Expected kg"), bill["expected_kg"]),
        (_("Difference kg"), bill["variance_kg"]),
        (_("Measured kg"), bill["measured_weight_kg"] or NONE),
    ]
    boxes = [
        [paper.words(label, size=8, colour=GREY) for label, _figure in figures],
        [paper.words(figure, size=12, bold=True) for _label, figure in figures],
    ]
    style = [
        ("BOX", (0, 0), (-1, -1), 1, black),
        ("LINEAFTER", (0, 0), (-2, -1), 0.4, LINE),
        ("LEFTPADDING", (0, 0), (-1, -1), 4),
    ]
    return paper.grid(boxes, [1] * len(figures), style)


def _lines(paper: Paper, bill: dict[str, Any]) -> Flowable:
    if not bill["lines"]:
        return paper.words(_("No sacks are on this bill yet."), size=10)
    rows = [
        (
            number,
            line["qr_id"],
            line["product"],
            line["children"],
            line["weight_kg"],
            _("SHORT") if line["short"] else "",
        )
        for number, line in enumerate(bill["lines"], start=1)
    ]
    return paper.table(
        [_("No."), _("Sack"), _("Product"), _("Packets"), _("Weight, kg"), _("Mark")],
        rows,
        widths=[12, 60, 40, 20, 28, 20],
        numbers=[0, 3, 4],
        total=["", _("Total"), "", bill["children"], bill["actual_kg"], ""],
    )


def _signatures(paper: Paper) -> Flowable:
    labels = [_("Prepared by"), _("Driver"), _("Received by")]
    cells = [paper.words(_("{role}: name, date, signature").format(role=label), size=8) for label in labels]
    gap = Spacer(0, 0)
    style = [("LINEABOVE", (column, 0), (column, 0), 0.8, black) for column in (0, 2, 4)]
    return paper.grid([[cells[0], gap, cells[1], gap, cells[2]]], [54, 9, 54, 9, 54], style)


def _when(at: Any) -> str:
    return date_format(timezone.localtime(at), "j M Y, H:i")
