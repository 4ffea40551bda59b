"""Sheets of labels as PDF, and the ruler page by which a printer's offset is read off.

Widths and places come in mm and are drawn in points. A module of a QR code is a whole number of dots of a
203 dpi printer, the coarsest that prints labels, so that none comes out thinner than its neighbour.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import segno
from django.utils.translation import gettext as _
from reportlab.lib.colors import HexColor, black
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from bags.labels.layouts import Paper
from bags.labels.refusal import LabelsRefused
from bags.qr import draw_qr

DOT = 25.4 / 203
LEAST_DOTS = 3  # a module of 0.375 mm, which every scanner reads
QUIET = 4  # modules around a code that stay white, as the standard asks
PADDING = 1.5
CODE_FONT, FACTS_FONT = "Helvetica-Bold", "Helvetica"
LARGEST_CODE, LARGEST_FACTS, SMALLEST = 28.0, 10.0, 4.0  # points
LEADING = 1.25
GREY = HexColor("#777777")
SCALE = 10  # mm to both sides of a label's edge


@dataclass(frozen=True, slots=True)
class Label:
    """`text` goes into the QR code; `code` is read by people, as are the `facts` below it, one a line."""

    text: str
    code: str
    facts: Sequence[str]


def draw_labels(labels: Sequence[Label], paper: Paper, *, title: str) -> bytes:
    """The sheets, the first label in place `paper.start`. Raises LabelsRefused `label_too_small`."""
    canvas, out = _canvas(paper, title)
    grid, corners = paper.grid, list(paper.grid.corners())
    # Which of the eight masks suits best is asked once: asking takes longer than all the rest.
    mask = segno.make(labels[0].text, error="m", micro=False).mask
    for place, label in enumerate(labels, start=paper.start - 1):
        if place % grid.places == 0 and place >= grid.places:
            canvas.showPage()
        x, y = corners[place % grid.places]
        _draw_label(canvas, label, mask, x + paper.right, grid.page[1] - y - paper.down, grid.label)
    canvas.save()
    return out.getvalue()


def draw_ruler(paper: Paper) -> bytes:
    """Every label's outline, and scales across the first one's left and upper edge. Printed and held
    against a sheet, a scale tells at the label's true edge how far everything must move."""
    canvas, out = _canvas(paper, _("Ruler page"))
    width, height = (side * mm for side in paper.grid.label)
    tops = [(x + paper.right, paper.grid.page[1] - y - paper.down) for x, y in paper.grid.corners()]
    canvas.setStrokeColor(GREY)
    canvas.setLineWidth(0.3)
    for x, top in tops:
        canvas.rect(x * mm, top * mm - height, width, height)
    left, top = (part * mm for part in tops[0])
    canvas.setStrokeColor(black)
    for step in range(-SCALE, SCALE + 1):
        tick = (5.0 if step == 0 else 3.5 if step % 5 == 0 else 2.0) * mm
        across, along = left + step * mm, top - step * mm
        canvas.line(across, top - height / 2, across, top - height / 2 + tick)
        canvas.line(left + width / 2, along, left + width / 2 + tick, along)
        if step % 5 == 0:
            canvas.setFont(FACTS_FONT, 6)
            canvas.drawCentredString(across, top - height / 2 - 6, str(step))
            canvas.drawRightString(left + width / 2 - 2, along - 2, str(step))
    canvas.save()
    return out.getvalue()


def _canvas(paper: Paper, title: str) -> tuple[Canvas, BytesIO]:
    out = BytesIO()
    width, height = paper.grid.page
    canvas = Canvas(out, pagesize=(width * mm, height * mm), pageCompression=1)
    canvas.setTitle(title)
    canvas.setAuthor("TraitorTrack")
    return canvas, out


def _draw_label(
    canvas: Canvas, label: Label, mask: int, x: float, top: float, size: tuple[float, float]
) -> None:
    """The QR code left of its text; on a label that is no wider than high, above it."""
    width, height = (side - 2 * PADDING for side in size)
    matrix = segno.make(label.text, error="m", micro=False, mask=mask).matrix
    modules = len(matrix) + 2 * QUIET
    is_wide = width >= 1.5 * height
    side = min(height, width * 0.6) if is_wide else min(width, height * 0.7)
    dots = int(side / modules / DOT)
    if dots < LEAST_DOTS:
        raise _too_small()
    module = dots * DOT
    side = module * modules
    # On the printer's own dots, seen from the page's upper left corner.
    left = round((x + PADDING + (0 if is_wide else (width - side) / 2)) / DOT) * DOT
    upper = top - PADDING - ((height - side) / 2 if is_wide else 0)
    draw_qr(
        canvas, matrix, x=(left + QUIET * module) * mm, y=(upper - QUIET * module) * mm, module=module * mm
    )
    if is_wide:
        _draw_text(canvas, label, left + side, top - PADDING, width - (left + side - x - PADDING), height)
    else:
        _draw_text(canvas, label, x + PADDING, upper - side, width, height - side, centred=True)


def _draw_text(
    canvas: Canvas, label: Label, x: float, top: float, width: float, height: float, *, centred: bool = False
) -> None:
    """As large as the place lets it be."""
    lines = [
        (label.code, CODE_FONT, LARGEST_CODE),
        *((fact, FACTS_FONT, LARGEST_FACTS) for fact in label.facts),
    ]
    sizes = [min(largest, width * mm / stringWidth(text, font, 1)) for text, font, largest in lines]
    sizes[1:] = [min(sizes[1:])] * len(label.facts)
    shrink = min(1.0, height * mm / (sum(sizes) * LEADING))
    sizes = [size * shrink for size in sizes]
    if min(sizes) < SMALLEST:
        raise _too_small()
    y = top * mm - (height * mm - sum(sizes) * LEADING) / 2
    for (text, font, _largest), size in zip(lines, sizes, strict=True):
        y -= size * LEADING
        canvas.setFont(font, size)
        spare = (width * mm - stringWidth(text, font, size)) / 2 if centred else 0.0
        canvas.drawString(x * mm + spare, y + size * 0.3, text)


def _too_small() -> LabelsRefused:
    return LabelsRefused(
        "label_too_small",
        _("These labels are too small for the code and its text. Nothing was printed. Choose larger ones."),
    )
